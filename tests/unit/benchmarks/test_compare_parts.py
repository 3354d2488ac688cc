"""The pure side of the comparison's parts: spread and goals, order in a line, the compressed day, memory's slope."""

import pytest

from benchmarks.compare_long import out_of_order
from benchmarks.compare_part import Bounds
from benchmarks.compare_parts import PARTS
from benchmarks.compare_peak import TALK_S, peak_day
from benchmarks.compare_soak import FLAT_MB_PER_1000, memory_of
from benchmarks.compare_spread import Turn, as_dict, goal_lines, goal_rows, kept, lines, ratio

GAP = ("gap", "below_in_every_round", 1.0)


def turns(ours: list[float | None], theirs: list[float | None]) -> dict[str, list[Turn]]:
    return {"hotline": [{"gap": value} for value in ours], "app_queue": [{"gap": value} for value in theirs]}


def test_a_table_shows_the_median_of_all_rounds_with_the_least_and_the_most_and_the_ratio() -> None:
    told = lines("drain", turns([1, 2, 9], [4, 4, 5]), (GAP,))
    assert told[0] == "drain; rounds: 3, interleaved"
    assert "2.00 (1.00-9.00)" in told[2]
    assert "4.00 (4.00-5.00)" in told[2]
    assert told[2].endswith("0.50")
    assert told[-1] == "goal: gap below app_queue's in every round: missed"


def test_a_gap_that_is_to_be_below_in_every_round_may_not_be_above_in_one() -> None:
    assert kept(turns([1, 2], [4, 3]), GAP) is True
    assert kept(turns([1, 3], [4, 3]), GAP) is False
    assert kept(turns([None], [None]), GAP) is None


@pytest.mark.parametrize(
    ("goal", "told"),
    [
        (("gap", "ratio_least", 0.95), True),
        (("gap", "ratio_most", 0.94), False),
        (("gap", "most", 95), True),
        (("gap", "most", 94), False),
        (("other", "most", 94), None),
        (("other", "ratio_most", 94), None),
    ],
)
def test_goals_are_judged_by_medians(goal: tuple[str, str, float], told: bool | None) -> None:
    assert kept(turns([95, 90, 99], [100, 100, 100]), goal) is told


def test_all_goals_are_in_one_table_with_both_values_and_their_ratio() -> None:
    (row,) = goal_rows("drain", turns([1, 2, 9], [4, 4, 5]), (GAP,))
    assert (row["of"], row["figure"], row["hotline"], row["app_queue"], row["ratio"]) == ("drain", "gap", 2, 4, 0.5)
    assert row["kept"] is False
    unknown = goal_rows("soak", {"hotline": [{"gap": None}]}, (("gap", "most", 1.0),))
    told = goal_lines([row, *unknown])
    assert told[2].startswith("drain: gap ")
    assert told[2].split()[2:5] == ["2.00", "4.00", "0.50"]
    assert told[2].endswith("missed: gap below app_queue's in every round")
    assert told[3].endswith("not measured: gap at most 1")


def test_what_was_not_measured_is_left_empty_and_never_zero() -> None:
    told = as_dict({"hotline": [{"gap": None}], "app_queue": [{"gap": 0.0}]}, (GAP,))
    assert told["hotline"] == {"gap": None}
    assert told["ratios_to_app_queue"] == {"gap": None}
    assert told["spread"] == {"hotline": {}, "app_queue": {"gap": [0.0, 0.0]}}
    assert ratio(turns([2], [0]), "gap") is None


def test_whoever_is_rung_for_after_a_later_caller_is_out_of_order() -> None:
    assert out_of_order([(0, 10), (1, 11), (2, 12)]) == 0
    assert out_of_order([(0, 10), (0.3, 9)]) == 0  # they called at nearly the same moment
    assert out_of_order([(0, 12), (1, 11), (2, 10)]) == 2
    assert out_of_order([]) == 0


def test_the_compressed_day_keeps_its_shape_and_as_many_seats_are_busy() -> None:
    day = peak_day(10, 8.0)
    assert day.of_the_day == 16_000
    assert day.faster == pytest.approx(8 / (1594 / 3600))
    assert all(0 <= guest.at < 600 for guest in day.guests)
    busiest = sum(225 <= guest.at < 250 for guest in day.guests) / 25  # the tenth hour
    assert busiest == pytest.approx(8.0, rel=0.25)
    mean = sum(guest.talk_s for guest in day.guests) / len(day.guests)
    assert busiest * mean == pytest.approx(1594 / 3600 * TALK_S, rel=0.3)


def test_the_same_day_comes_again() -> None:
    assert peak_day(2, 8.0) == peak_day(2, 8.0)


def test_memory_that_stays_counts_as_flat_and_memory_that_leaks_does_not() -> None:
    soak = PARTS["soak"].goals
    steady = memory_of([(calls, 100.0, 80.0 + min(calls / 1000, 2.0)) for calls in range(0, 10_001, 500)])
    leaking = memory_of([(calls, 100.0, 80.0 + calls / 1000) for calls in range(0, 10_001, 500)])
    assert kept({"hotline": [steady]}, soak[0]) is True, "the first calls fill caches: that is no leak"
    assert kept({"hotline": [leaking]}, soak[0]) is False
    assert leaking["engine_mb_per_1000"] == pytest.approx(1.0)
    assert FLAT_MB_PER_1000 * 10 <= 2


def test_quick_is_one_round_unless_more_are_asked_for() -> None:
    assert (Bounds().turns(3), Bounds(quick=True).turns(3), Bounds(rounds=5, quick=True).turns(3)) == (3, 1, 5)

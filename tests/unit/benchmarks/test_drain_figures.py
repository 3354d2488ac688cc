"""The pure parts of benchmarks.drain."""

from pathlib import Path

import pytest

from benchmarks.drain_figures import Drained, Stay, case_as_dict, drained, gaps_ms, lines, percentile
from benchmarks.drain_site import directory, extensions, queues_conf


def test_a_gap_is_from_a_seats_hang_up_to_its_own_next_invite() -> None:
    first, second = [Stay(10.0, 12.0), Stay(12.25, 14.0)], [Stay(11.0, 13.0), Stay(13.5, 15.0)]
    assert gaps_ms([first, second]) == [250.0, 500.0]


def test_calls_are_put_in_order_before_gaps_are_measured() -> None:
    assert gaps_ms([[Stay(12.25, 14.0), Stay(10.0, 12.0)]]) == [250.0]


def test_a_seat_with_one_call_has_no_gap() -> None:
    assert gaps_ms([[Stay(1.0, 2.0)], []]) == []


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert (percentile(values, 0.5), percentile(values, 0.95), percentile(values, 1.0)) == (50.0, 95.0, 100.0)
    assert percentile([7.0], 0.95) == 7.0


def test_a_percentile_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)


def test_a_drain_lasts_from_its_beginning_to_the_last_hang_up() -> None:
    told = drained([[Stay(1.0, 3.0), Stay(3.5, 5.0)], [Stay(1.0, 4.0), Stay(4.1, 6.0)]], 2.0, 0.7, 0.5)
    assert (told.total_s, told.cpu_s) == (4.0, 0.7)
    assert told.idle_gap_p95_ms == pytest.approx(500.0)


def turn(gap_p95_ms: float, total_s: float = 16.0) -> Drained:
    return Drained(total_s, 50, gap_p95_ms, 3, 0.5)


def goals(ours: list[Drained], theirs: list[Drained]) -> list[bool]:
    told = case_as_dict(ours, theirs)
    assert told["goals_kept"] is all(goal["kept"] for goal in told["goals"])
    return [goal["kept"] for goal in told["goals"]]


def test_medians_are_told_with_every_rounds_figures() -> None:
    ours = [Drained(1, 9, 5, 3, 1), Drained(2, 8, 6, 2, 1), Drained(3, 7, 4, 1, 1)]
    told = case_as_dict(ours, [turn(700)] * 3)
    assert told["ours"] == {"total_s": 2, "idle_gap_p50_ms": 8, "idle_gap_p95_ms": 5, "cpu_s": 2, "machine_busy": 1}
    assert told["app_queue"]["idle_gap_p95_ms"] == 700
    assert told["turns"]["ours"] == [one.as_dict() for one in ours]
    assert [one["idle_gap_p95_ms"] for one in told["turns"]["app_queue"]] == [700] * 3


@pytest.mark.parametrize(
    ("ours", "theirs", "kept"),
    [
        ([90, 100, 110], [700, 800, 900], [True, True]),
        ([90, 100, 800], [700, 800, 700], [True, False]),  # one round above theirs, though the medians are far below
        ([90, 100, 110], [700, 100, 900], [True, False]),  # alike is not below
        ([160, 170, 180], [700, 800, 900], [False, True]),
    ],
)
def test_a_gap_must_be_short_and_below_app_queues_in_every_round(
    ours: list[float], theirs: list[float], kept: list[bool]
) -> None:
    assert goals([turn(gap) for gap in ours], [turn(gap) for gap in theirs]) == kept


def test_the_table_shows_spread_and_ratio_and_whether_the_goals_were_kept() -> None:
    told = "\n".join(lines("a case", [turn(100, 1), turn(100, 3)], [turn(90, 4)] * 2))
    assert "2.00 (1.00-3.00)" in told
    assert "0.50" in told
    assert "goal: idle_gap_p95_ms at most 150: kept" in told
    assert "goal: idle_gap_p95_ms below app_queue's in every round: missed" in told


def test_app_queue_has_the_same_seats_as_members() -> None:
    told = queues_conf((5, 60))
    assert told.count("member => ") == 65
    assert "member => PJSIP/1060\n" in told
    assert told.count("retry = 1\n") == told.count("autofill = yes\n") - 1 == 2


def test_each_queue_has_its_number() -> None:
    told = extensions((5, 60), Path("/bye"))
    assert "exten => 90005,1,Answer\n same => n,Queue(drain5,c)\n same => n,StopMixMonitor\n" in told
    assert told.count("n,Playback(/bye)") == 2
    assert "exten => 90060,1,Answer\n same => n,Queue(drain60,c)" in told


def test_the_directory_has_a_person_for_every_seat() -> None:
    assert directory().count("name: ") == 60

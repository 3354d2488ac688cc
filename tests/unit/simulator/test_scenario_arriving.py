"""When callers come: the same for the same seed, as many as were ordered, and as the day has them."""

from collections import Counter
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import pytest

from simulator.scenario.arriving import Constant, Day, DayMistake, Poisson, Ramp, Steps, arrival_times, plateau_at
from simulator.scenario.plateaus import Plateaus
from simulator.scenario.record import CallRecord, Went

DAYS = Path(__file__).resolve().parents[3] / "scenarios" / "days"


def times(how, calls=1000, seed=1, folder=DAYS, compress=1.0) -> list[float]:
    return list(arrival_times(how, calls, seed, folder, compress))


def test_evenly_means_evenly() -> None:
    assert times(Constant(kind="constant", rate=4), 4) == [0, 0.25, 0.5, 0.75]


def test_at_random_has_the_mean_and_repeats_with_its_seed() -> None:
    how = Poisson(kind="poisson", rate=5)
    first, again, other = times(how), times(how), times(how, seed=2)
    assert first == again != other
    gaps = [after - before for before, after in pairwise(first)]
    assert fmean(gaps) == pytest.approx(0.2, rel=0.1)
    assert sum(gap > 0.2 for gap in gaps) / len(gaps) == pytest.approx(
        0.368, abs=0.05
    )  # e^-1, as exponential gaps have


def test_a_ramp_rises_from_its_first_rate_to_its_last() -> None:
    moments = times(Ramp(kind="ramp", first=1, last=10, over_s=60), 1000)
    assert sum(at < 5 for at in moments) == pytest.approx(7, abs=2)
    assert sum(70 <= at < 80 for at in moments) == 100


@pytest.mark.parametrize(("name", "calls"), [("normal-5000", 5000), ("peak-16000", 16000), ("storm-87000", 87000)])
def test_a_shipped_day_has_as_many_calls_as_its_name_says(name: str, calls: int) -> None:
    moments = times(Day(kind="day", file=f"{name}.csv"), 100_000)
    assert len(moments) == calls
    assert moments == sorted(moments)
    busiest = max(range(24), key=lambda hour: sum(hour * 3600 <= at < (hour + 1) * 3600 for at in moments))
    assert busiest == 9


def test_a_part_of_a_day_passes_faster_and_begins_at_once() -> None:
    how = Day(kind="day", file="normal-5000.csv", begins="09:00", ends="10:00")
    moments = times(how, compress=60)
    assert 0 <= moments[0] < 1
    assert 59 < moments[-1] < 60


def test_a_recorded_day_is_replayed_to_the_second(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("at_s\n30\n10.5\n20\n", encoding="utf-8")
    assert times(Day(kind="day", file="d.csv"), folder=tmp_path) == [10.5, 20, 30]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("at,calls\n08:00,x\n", "d.csv:2: calls is 'x'"),
        ("at,calls\n07:00,1\n8,1\n", "d.csv:3: at is '8': write a time of day"),
        ("at,calls\n25:00,1\n", "d.csv:2: at is '25:00': write a time of day"),
        ("at,calls\n25:70,1\n", "d.csv:2: at is '25:70'"),
        ("at,calls\n08:60,1\n", "d.csv:2: at is '08:60'"),
        ("at,calls\n24:00,1\n", "d.csv:2: at is '24:00': no call can come then: leave this line out"),
        ("at,calls\n-1:00,1\n", "d.csv:2: at is '-1:00'"),
        ("at,calls\n08:00,1\n09:00\n", "d.csv:3: calls is '': write a number"),
        ("calls,at\n1,08:00\n1\n", "d.csv:3: at is '': write a time of day"),
        ("at,calls\n09:00,1\n08:00,1\n", "d.csv:3: 08:00 does not come after"),
        ("time,calls\n09:00,1\n", "must name the columns at and calls"),
        ("at_s\nnan\n", "d.csv:2: at_s is 'nan'"),
        ("at,calls\n09:00,1000000000\n", "at most 100000 are allowed"),
        ("", "must name the columns"),
    ],
)
def test_a_day_that_cannot_be_read_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "d.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DayMistake) as caught:
        times(Day(kind="day", file="d.csv"), folder=tmp_path)
    assert told in str(caught.value)


def record(at: float, went: Went) -> CallRecord:
    return CallRecord(0, "kind", "138", at, went=went)


def test_rising_in_steps_stops_at_the_first_that_fails_and_tells_the_last_that_held() -> None:
    records: list[CallRecord] = []
    plateaus = Plateaus(Steps(kind="steps", first=2, by=3, every_s=10, last=11), records)
    assert plateaus.verdict() == (None, None)
    records += [record(at, Went.DONE) for at in range(20)]
    assert not plateaus.over(20)
    assert plateaus.verdict() == (5, None)
    assert not plateaus.over(39.9)
    assert plateaus.over(40)  # the last step is done
    records.append(record(21, Went.FAILED))
    assert not plateaus.over(29)  # a step is judged when it is over
    assert plateaus.over(30)
    assert plateaus.verdict() == (5, 8)


def test_a_step_holds_with_as_many_failures_as_it_may_have_also_when_its_calls_end_late() -> None:
    records = [record(5, Went.FAILED)]
    plateaus = Plateaus(Steps(kind="steps", first=1, by=1, every_s=10, last=9, until_failed_share=0.25), records)
    assert plateaus.over(10)
    records += [record(6, Went.DONE) for _ in range(3)]
    assert not plateaus.over(11)
    assert plateaus.verdict() == (1, None)


def test_finding_out_whether_it_is_over_takes_no_longer_the_more_calls_there_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked = Counter[float]()

    def counting(how: Steps, at: float) -> int:
        looked[at] += 1
        return plateau_at(how, at)

    monkeypatch.setattr("simulator.scenario.plateaus.plateau_at", counting)
    records: list[CallRecord] = []
    plateaus = Plateaus(Steps(kind="steps", first=1, by=1, every_s=10, last=50), records)
    for number in range(300):
        records.append(record(number + 0.5, Went.DONE))
        assert not plateaus.over(number)
    assert {looked[one.planned_at] for one in records} == {1}

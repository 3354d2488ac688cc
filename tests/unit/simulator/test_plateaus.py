"""Steps of arrivals: what is told of each, and who gave in first, the target or the simulator itself."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from simulator.measures.plateaus import Watched, gave_in, plateau_rows
from simulator.scenario import Run, Scenario
from simulator.scenario.arriving import Steps, arrival_times
from simulator.scenario.plateaus import Plateaus
from simulator.scenario.record import CallRecord, Went
from simulator.telling.files import as_json
from simulator.telling.page import page
from simulator.telling.report import Report, report_of
from simulator.telling.rising import lines
from simulator.telling.tables import report_table

HOW = Steps(kind="steps", first=10, by=10, every_s=10, last=40, until_failed_share=0.01)
ON_TIME = {"p50": 0.5, "p99": 1.5, "max": 3.0, "worst_second": 1.0}
LATE = {**ON_TIME, "p99": 35.0}
CORES = {"asterisk": 2.0, "engine_loop": 1.0, "machine": 2.0}


def call(planned_at: float, went: Went = Went.DONE, late_s: float = 0.0) -> CallRecord:
    began = planned_at + late_s
    return CallRecord(0, "one", "138", planned_at, began_at=began, ended_at=began + 1, went=went)


def step(number: int, *, failed: int = 0, late_s: float = 0.0, of: int = 100) -> list[CallRecord]:
    """Calls that came on a step, evenly."""
    return [
        call(10 * number + 10 * place / of, Went.FAILED if place < failed else Went.DONE, late_s) for place in range(of)
    ]


def row(rate: float, late_ms: Mapping[str, float] = ON_TIME, **more: Any) -> dict[str, Any]:
    return {"rate": rate, "calls": 100, "failed_share": 0.0, "came_late": 0, "late_ms": late_ms, "cores": {}, **more}


def test_each_step_tells_its_calls_and_what_kept_processors_busy_while_it_lasted() -> None:
    asked: list[tuple[float, float]] = []

    def busy(low: float, high: float) -> Mapping[str, float | None]:
        asked.append((low, high))
        return {"asterisk": 0.1 * len(asked), "database": None}

    records = [*step(0), *step(1, of=200, failed=4), *step(2, of=300)[:30]]
    rows = plateau_rows(HOW, records, {0: ON_TIME, 1: LATE}, Watched(busy))
    assert [(one["rate"], one["calls"], one["failed"], one["failed_share"]) for one in rows] == [
        (10, 100, 0, 0.0), (20, 200, 4, 0.02), (30, 30, 0, 0.0),
    ]  # fmt: skip
    assert asked == [(0, 10), (10, 20), (20, pytest.approx(21))], "the last step was cut short"
    assert [one["late_ms"].get("p99") for one in rows] == [1.5, 35.0, None]
    assert [one["cores"] for one in rows] == [
        {"asterisk": 0.1, "database": None}, {"asterisk": 0.2, "database": None}, {"asterisk": 0.3, "database": None},
    ]  # fmt: skip


CUT = Steps(kind="steps", first=4, by=6, every_s=4, last=40)


def came(calls: int, *, failed: int = 0) -> list[CallRecord]:
    """The first calls of ``CUT``, of which the last ones fail."""
    times = list(arrival_times(CUT, calls, 1, Path()))
    return [call(at, Went.FAILED if place >= calls - failed else Went.DONE) for place, at in enumerate(times)]


def test_a_step_for_which_the_calls_did_not_reach_has_not_held_and_is_told_as_cut_short() -> None:
    records = came(90)
    rows = plateau_rows(CUT, records, {}, Watched())
    assert [(one["rate"], one["calls"], one["cut_short"]) for one in rows] == [
        (4, 16, False), (10, 40, False), (16, 34, True),
    ]  # fmt: skip
    assert [line[0] for line in lines({"plateaus": rows})] == ["4", "10", "16 (cut short)"]
    assert Plateaus(CUT, records).verdict() == (10, None)
    assert gave_in(rows, 0.01, {})["told"] == (
        "Nobody gave in, up to 10 calls a second; the step of 16 was cut short, after 34 calls in 2.1 s, and does not "
        "count as held."
    )


def test_a_step_that_had_all_its_calls_has_held_though_none_came_after_it() -> None:
    assert Plateaus(CUT, came(16 + 40)).verdict() == (10, None)
    assert [one["cut_short"] for one in plateau_rows(CUT, came(16 + 40), {}, Watched())] == [False, False]
    assert Plateaus(CUT, came(16 + 39)).verdict() == (4, None)
    assert [one["cut_short"] for one in plateau_rows(CUT, came(16 + 39), {}, Watched())] == [False, True]


def test_a_step_that_somebody_has_come_past_was_not_cut_short_whatever_calls_are_known() -> None:
    plateaus = Plateaus(CUT, came(50))
    assert not plateaus.over(8.0)
    assert plateaus.verdict() == (10, None)
    assert not plateau_rows(CUT, came(50), {}, Watched(), plateaus.reached)[-1]["cut_short"]


def test_a_step_cut_short_can_fail_all_the_same() -> None:
    assert Plateaus(CUT, came(90, failed=9)).verdict() == (10, 16)


def test_a_first_step_that_was_cut_short_proves_nothing() -> None:
    assert Plateaus(CUT, came(5)).verdict() == (None, None)
    told = gave_in(plateau_rows(CUT, came(5), {}, Watched()), 0.01, {})["told"]
    assert told.startswith("Nobody gave in, but the step of 4 was cut short, after 5 calls in 1.2 s"), told


def test_calls_that_came_much_later_than_planned_are_told_by_the_step_for_which_they_were_planned() -> None:
    rows = plateau_rows(HOW, [*step(0), *step(1, late_s=0.6)], {}, Watched())
    assert [one["came_late"] for one in rows] == [0, 100]


@pytest.mark.parametrize(
    ("second", "who", "told"),
    [
        (
            row(20, failed_share=0.02),
            "target",
            "at 20 calls a second: 2 % of its calls failed while the simulator was",
        ),
        (
            row(20, LATE),
            "simulator",
            "at 20 calls a second: its own ticks came late (35 ms at p99; at most 20 is",
        ),
        (row(20, {**ON_TIME, "worst_second": 90}), "simulator", "90 ms or more for half of its worst second"),
        (row(20, LATE, failed_share=0.5), "simulator", "what failed from there on may be its own doing"),
        (row(20, failed_share=0.01), "nobody", "Nobody gave in, up to 30 calls a second."),
        (row(20, cores={"asterisk": 1.91}), "target", "Asterisk was full while the simulator was on time (1.5 ms late"),
        (row(20, cores={"engine_loop": 0.96}), "target", "the engine's loop was full"),
        (row(20, cores={"asterisk": None, "engine": 1.2, "simulator": 1.0}), "nobody", "Nobody gave in"),
        (row(20, cores={"machine": 1.95}), "nobody", "but from 20 on the machine was full (1.95 of 2 cores)"),
        (
            row(20, came_late=7),
            "simulator",
            "7 calls came more than 0.5 s later than planned, though its ticks were",
        ),
        (row(20, came_late=7, failed_share=0.3), "target", "30 % of its calls failed"),
    ],
)
def test_who_gave_in_first_is_told_with_the_reason(second: dict[str, Any], who: str, told: str) -> None:
    verdict = gave_in([row(10), second, row(30)], 0.01, CORES)
    assert verdict["who"] == who
    assert verdict["at_rate"] == (None if who == "nobody" else 20)
    assert told in verdict["told"]


def test_what_came_first_counts_whatever_came_later() -> None:
    assert gave_in([row(10, LATE), row(20, failed_share=0.9)], 0.01, CORES)["who"] == "simulator"
    assert gave_in([row(10, failed_share=0.9), row(20, LATE)], 0.01, CORES)["who"] == "target"


def test_what_else_kept_the_machine_busy_is_told_as_others() -> None:
    cores = {"asterisk": 0.3, "engine": 0.2, "engine_loop": 0.1, "database": None, "simulator": 0.2, "machine": 1.9}
    told = gave_in([row(10, LATE, cores=cores)], 0.01, CORES)["told"]
    assert "simulator 0.20, machine 1.90 of 2, others 1.20." in told
    assert "others" not in gave_in([row(10, LATE, cores={**cores, "machine": 0.8})], 0.01, CORES)["told"]


def test_without_a_call_nobody_gave_in() -> None:
    assert gave_in([], 0.01, CORES) == {"who": "nobody", "at_rate": None, "told": "Nobody gave in: no call came."}


@pytest.fixture
def report() -> Report:
    scenario = Scenario.model_validate({
        "name": "x", "arrivals": HOW.model_dump(), "callers": {"one": {"steps": [{"wait": 1}]}},
    })  # fmt: skip
    run = Run(scenario, ("127.0.0.1", 5060), began_at=0.0, seconds=21.0, records=[*step(0), *step(1, failed=3)])
    run.lateness.split(0.0, HOW.every_s)
    for place in range(200):
        run.lateness.add(0.0012, place / 10)
    return report_of(run, watched=Watched(lambda low, _: {"asterisk": 0.5 + low / 100, "machine": 1.2}, CORES))


def test_the_report_tells_steps_and_verdict_to_people_and_machines(report: Report) -> None:
    assert [(one["rate"], one["late_ms"]["p99"]) for one in report["plateaus"]] == [
        (10, pytest.approx(1.2, rel=0.01)), (20, pytest.approx(1.2, rel=0.01)),
    ]  # fmt: skip
    assert json.loads(as_json(report))["gave_in"]["who"] == "target"
    console = Console(file=io.StringIO(), width=160)
    console.print(report_table(report))
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    for told in ("Asterisk, cores", "3 %", "1.2 ms", "0.60", "The target gave in first, at 20 calls a second"):
        assert told in shown
        assert told in page(report)


def test_a_run_without_steps_tells_of_none(report: Report) -> None:
    scenario = Scenario.model_validate({"name": "x", "callers": {"one": {"steps": [{"wait": 1}]}}})
    told = report_of(Run(scenario, ("127.0.0.1", 5060), seconds=1.0, records=step(0)))
    assert (told["plateaus"], told["gave_in"]) == ([], None)
    assert "<h2>Steps</h2>" in page(report)
    assert "<h2>Steps</h2>" not in page(told)

"""The benchmark that saturates Asterisk tells the truth, whichever way it goes."""

import os
from pathlib import Path
from typing import Any

import pytest

from benchmarks.saturate import FULL_SEARCH, QUICK, found, lines, scenario_of
from benchmarks.saturate_site import keep_on, two_cores
from simulator.bounds import SATURATING
from simulator.scenario.arriving import arrival_times

ON_TIME, LATE = {"p99": 1.0, "worst_second": 0.9}, {"p99": 40.0, "worst_second": 30.0}


def row(rate: float, asterisk: float, core: float | None = None, *, failed_share: float = 0.0, **more: Any) -> Any:
    cores = {"asterisk": asterisk, "asterisks_core": core or asterisk, "simulator": 0.5, "simulators_core": 0.55}
    return {"rate": rate, "failed_share": failed_share, "came_late": 0, "late_ms": ON_TIME, "cores": cores, **more}


@pytest.mark.parametrize(
    ("rows", "saturated", "told"),
    [
        ([row(20, 0.4), row(40, 0.97)], True, "saturated at 40 calls a second, by a simulator that was on time."),
        ([row(20, 0.4), row(40, 0.9, failed_share=0.2)], True, "saturated at 40 calls a second, by a simulator"),
        (
            [row(20, 0.4), row(40, 0.97, late_ms=LATE)],
            False,
            "alone: the simulator was the bottleneck.",
        ),
        ([row(20, 0.4), row(40, 0.5)], False, "not saturated by the simulator alone: no rate was too high."),
        ([row(20, 0.4), row(40, 0.6, 0.98)], False, "not saturated by the simulator alone: no rate was too high."),
        ([row(20, 0.4, 0.9), row(40, 0.97)], True, "saturated at 40 calls a second, by a simulator that was on time."),
        ([row(20, 0.4), row(40, 0.5, 0.9, failed_share=0.2)], False, "it gave in while others kept its core busy."),
    ],
)
def test_the_finding_names_whoever_gave_in_first(rows: list[Any], saturated: bool, told: str) -> None:
    result = found(rows, (1, 0), 0.001)
    assert result["saturated"] is saturated
    shown = lines(result)
    assert told in shown[-1]
    assert len([line for line in shown if line.strip().startswith(("20 ", "40 "))]) == 2
    others = rows[-1]["cores"]["asterisks_core"] > rows[-1]["cores"]["asterisk"]
    assert any("do not trust this: others kept Asterisk's core busy" in line for line in shown) == others
    assert result["disturbed"] == (["asterisk"] if others else [])


def test_where_there_is_one_core_only_it_says_so_and_calls_no_core_full() -> None:
    result = found([row(20, 0.97)], None, 0.001)
    assert (result["saturated"], result["asterisks_core"]) == (False, None)
    assert "only one core" in lines(result)[0]


@pytest.mark.parametrize("search", [FULL_SEARCH, QUICK])
def test_there_are_calls_enough_for_all_steps_within_the_bounds(search: Any) -> None:
    scenario = scenario_of(search)
    last = list(arrival_times(scenario.arrivals, scenario.calls, 1, Path()))[-1]
    steps = (search.last - search.first) / search.by + 1
    assert last >= steps * search.every_s - 1 / search.last
    assert scenario.bounds == SATURATING
    assert steps * search.every_s < 150, "it is to end within three minutes"


def test_a_process_is_kept_on_a_core_with_all_its_threads() -> None:
    cores = two_cores()
    if cores is None:
        pytest.skip("only one core")
    assert len(set(cores)) == 2
    before = os.sched_getaffinity(0)
    try:
        keep_on(os.getpid(), [cores[1]])
        threads = [int(task.name) for task in Path("/proc/self/task").iterdir()]
        assert all(os.sched_getaffinity(thread) == {cores[1]} for thread in threads)
    finally:
        keep_on(os.getpid(), sorted(before))
    keep_on(2**22 + 1, [cores[1]])  # of one that is gone nothing is asked

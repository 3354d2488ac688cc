"""What the simulator itself carries: the limit is the last step before the first that did not hold."""

from dataclasses import replace

import pytest

from benchmarks.capacity import Carried, as_dict, lines, most_of
from benchmarks.capacity_steps import Search, Step, carry_steps
from simulator.scenario.part import Part

GOOD = Step(25, late_ms=2.0, failed=0, calls=100, rate=25, busy=0.1)


@pytest.mark.parametrize("bad", [{"late_ms": 20.1}, {"failed": 1}, {"rate": 22.0}])
def test_a_step_holds_when_ticks_and_calls_come_in_time_and_calls_go_well(bad: dict[str, float]) -> None:
    assert GOOD.held
    assert not replace(GOOD, **bad).held  # type: ignore[arg-type]


def test_several_processes_carry_together_what_each_carries_beside_the_others() -> None:
    steps = [replace(GOOD, size=size, rate=size) for size in (25, 50, 75)]
    late = replace(GOOD, size=100, rate=100, late_ms=80.0)
    one, two = Carried(1, [[*steps, late]]), Carried(2, [[*steps[:2], late], [*steps, late]])
    assert (one.most, two.most, one.ended) == (75, 125, True)
    assert as_dict([one, two])["scaling"] == {"2": 1.67}
    told = "\n".join(lines("talks", [one, two]))
    assert "one core carries 75 talks at a time" in told
    assert "2 processes carry 125 talks at a time, each with two telephones and full audio (x 1.67)" in told


def test_a_process_that_others_kept_from_its_core_says_so() -> None:
    late = replace(GOOD, late_ms=80.0)
    for busy, doubted in ((0.3, True), (0.9, False)):
        found = [Carried(1, [[GOOD, replace(late, busy=busy)]])]
        assert ("do not trust this" in "\n".join(lines("talks", found))) is doubted
        assert as_dict(found)["starved"] is doubted


def test_a_search_that_found_no_limit_says_so() -> None:
    assert most_of([]) == most_of([replace(GOOD, failed=5)]) == 0
    assert "or more: no step failed" in lines("calls", [Carried(1, [[GOOD]])])[-1]


@pytest.mark.parametrize("kind", ["talks", "calls"])
async def test_callers_reach_the_simulators_own_phones(kind: str) -> None:
    steps = await carry_steps(kind, Part(), Search(talks=(2, 4), rates=(4, 8), holds_s=0.5))
    assert len(steps) >= 1
    assert all(step.failed == 0 and step.calls > 0 and 0 < step.busy < 2 for step in steps)

"""A comparison in a hurry: what does not fit is cut and told, and the process ends at its time whatever it is doing."""

import asyncio
import json
import subprocess
import sys
import threading
import time

import pytest

from benchmarks.compare_hurry import Deadline, HardStop, process_began
from benchmarks.compare_whole import FULL, QUICK, Comparison


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def done() -> str:
    return "done"


def test_the_quick_comparison_has_time_for_all_that_it_plans_and_some_to_spare() -> None:
    assert QUICK.measured_s is not None
    assert QUICK.ends_s is not None
    assert QUICK.takes_s() < QUICK.measured_s
    assert QUICK.measured_s + QUICK.stops_s() < QUICK.ends_s <= 57
    assert QUICK.ready_s() < QUICK.measured_s


def test_the_whole_comparison_is_not_in_a_hurry() -> None:
    assert FULL.measured_s is None
    assert FULL.ends_s is None


def test_what_does_not_fit_any_more_is_cut_and_named_and_what_fits_is_done() -> None:
    clock = Hands()
    deadline = Deadline(0.0, 44.0, clock)

    async def run() -> list[str | None]:
        first = await deadline.within("first", 5.0, done)
        clock.now = 40.0
        return [first, await deadline.within("second", 5.0, done), await deadline.within("third", 3.0, done)]

    assert asyncio.run(run()) == ["done", None, "done"]
    assert deadline.cut == ["second"]


def test_a_turn_that_is_not_over_in_time_is_cut_amidst_it() -> None:
    deadline = Deadline(time.monotonic(), 0.05)

    async def run() -> str | None:
        return await deadline.within("a drain that hangs", 0.01, asyncio.Event().wait) and "hung"

    assert asyncio.run(run()) is None
    assert deadline.cut == ["a drain that hangs"]


def test_a_time_limit_of_the_work_itself_is_no_cut() -> None:
    deadline = Deadline(time.monotonic(), 30.0)

    async def times_out() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        asyncio.run(deadline.within("work", 0.1, times_out))
    assert deadline.cut == []


def test_without_a_deadline_nothing_is_cut() -> None:
    assert asyncio.run(Deadline(0.0, None).within("long", 1e9, done)) == "done"


def test_a_comparison_of_which_nothing_was_measured_can_still_be_told() -> None:
    comparison = Comparison(QUICK, time.monotonic())
    comparison.deadline.cut.append("all of it")
    told = comparison.as_dict()
    assert told["cut"] == ["all of it"]
    assert "cut, for want of time: all of it" in told["notes"]
    assert told["hotline"]["max_cps"] is None
    assert all(goal["kept"] is None for goal in told["goals"])
    json.dumps(told)


def test_the_hard_stop_says_its_last_words_and_ends_the_process() -> None:
    left = threading.Event()
    said: list[str] = []
    with HardStop(0.01, lambda: said.append("what there is"), left.set):
        assert left.wait(10)
    assert said == ["what there is"]


def test_who_is_in_time_is_not_stopped() -> None:
    left = threading.Event()
    with HardStop(0.2, left.set, left.set):
        pass
    assert not left.wait(0.4)


def test_even_a_process_that_stands_still_ends_with_its_children() -> None:
    code = (
        "import subprocess, sys, threading\n"
        "from benchmarks.compare_hurry import HardStop\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "with HardStop(0.5, lambda: print(child.pid, flush=True)):\n"
        "    threading.Event().wait(60)\n"
    )
    began = time.monotonic()
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=False)
    assert out.returncode == 1
    assert time.monotonic() - began < 40
    assert not _alive(int(out.stdout))


def _alive(pid: int) -> bool:
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_time_in_which_python_was_loaded_counts() -> None:
    assert process_began() < time.monotonic()

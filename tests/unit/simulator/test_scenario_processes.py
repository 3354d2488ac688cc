"""A run in several processes: shared out by number, measures put together, a process that dies is told."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from itertools import pairwise
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from simulator import Behaviour, CallLeg, ForeignTarget, Reaction, SeatPlan, Softphone, UserAgent, constant
from simulator.agent import Listener
from simulator.media.engine import MediaEngine
from simulator.media.stream import MediaMode
from simulator.scenario import Run, Scenario, Went, Whither, run_in_processes, run_scenario
from simulator.scenario.part import Part
from simulator.scenario.post import Post, Refused
from simulator.scenario.reading import Read
from simulator.telling.files import as_junit
from simulator.telling.page import page
from simulator.telling.report import report_of
from simulator.telling.tables import report_table

TONE = 500
STEPS = [{"hear": TONE}, {"talk": "1-2"}, {"hang_up": True}]


@pytest.fixture
async def exchange() -> AsyncIterator[UserAgent]:
    media = MediaEngine(ports=(23_600, 23_998))
    async with UserAgent(media=media) as agent:
        Softphone(
            agent, "1001", "x", tone=TONE, behaviour=Behaviour(Reaction.ANSWER, constant(0.0), one_call_at_a_time=False)
        )
        yield agent
    await media.close()


def scenario(**more: Any) -> Read:
    callers = {"one": {"steps": STEPS, "share": 3}, "other": {"steps": STEPS[:1]}}
    given = {"name": "s", "number": "1001", "callers": callers, "arrivals": {"kind": "poisson", "rate": 8}, "calls": 9}
    return Read(Scenario.model_validate({**given, **more}), Path())


def who(run: Run) -> list[tuple[int, str, str, float, Went]]:
    return [(r.index, r.kind, r.number, r.planned_at, r.went) for r in sorted(run.records, key=lambda r: r.index)]


@given(st.integers(1, 16), st.integers(1, 500))
def test_parts_share_calls_and_bounds_without_rest_or_overlap(of: int, total: int) -> None:
    parts = [Part(index, of) for index in range(of)]
    assert sorted(place for part in parts for place in range(total) if part.has(place)) == list(range(total))
    assert sum(part.share(total) for part in parts) == total
    ports = [part.ports((24_000, 31_998)) for part in parts]
    assert all(first % 2 == 0 and first < last for first, last in ports)
    assert all(before[1] < after[0] for before, after in pairwise(ports))
    assert 24_000 <= ports[0][0] < ports[-1][1] <= 31_998


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_long_messages_come_whole_and_the_end_is_told(run: Callable[[Coroutine[Any, Any, None]], None]) -> None:
    async def talk() -> None:
        here, there = (Post(end) for end in Pipe())
        for length in (5_000_000, 1, 5_000_000):
            here.tell(Refused(ValueError("x" * length)))
            message = await there.hear()
            assert isinstance(message, Refused)
            assert len(str(message.error)) == length
        here.close()
        assert await there.hear() is None
        there.close()

    run(talk())


async def test_two_processes_live_the_run_that_one_would_live(exchange: UserAgent) -> None:
    seen: list[int] = []
    both = await run_in_processes(
        scenario(), {}, 2, Whither(exchange.address), lambda run: seen.append(len(run.records))
    )
    alone = await run_scenario(scenario(), {}, target=exchange.address, rtp_ports=(24_000, 24_798))
    assert who(both) == who(alone)
    assert {record.went for record in both.records} == {Went.DONE}, [record.reason for record in both.records]
    assert seen == list(range(1, 10))
    assert [one.placed for one in both.processes] == [5, 4]
    assert all(one.late_ms["max"] > 0 and not one.died for one in both.processes)
    assert both.late_ms["max"] == max(one.late_ms["max"] for one in both.processes)
    assert both.late_ms["p99"] == both.lateness.ms(0.99)
    report = report_of(both)
    assert report["verdict"] == "passed"
    assert [one["placed"] for one in report["simulator"]["processes"]] == [5, 4]
    assert "process 2: callers, seats" in page(report)
    assert report_table(report)


@pytest.mark.parametrize("odd_ones", [0, 1], ids=["the first's", "the second's"])
async def test_steps_end_for_all_processes_when_the_calls_of_one_have_failed(odd_ones: int) -> None:
    media = MediaEngine(ports=(23_600, 23_998))
    async with UserAgent(media=media) as agent:

        async def refuses_some_above_the_fifteenth(leg: CallLeg) -> None:
            index = int(leg.caller_number[3:])
            if index >= 15 and index % 2 == odd_ones:
                leg.reject(503)
            else:
                leg.answer()

        some = Listener(refuses_some_above_the_fifteenth, tone=TONE, mode=MediaMode.FULL, keep_s=0.1, credentials=None)
        agent.listen("1001", some)
        steps = {"quick": {"steps": [{"wait": 0.2}, {"hang_up": True}]}}
        rising = {"kind": "steps", "first": 5, "by": 5, "every_s": 2}
        read = scenario(callers=steps, calls=100, arrivals=rising)
        both = await run_in_processes(read, {}, 2, Whither(agent.address))
        alone = await run_scenario(read, {}, target=agent.address, rtp_ports=(24_000, 24_798))
    await media.close()
    assert who(both) == who(alone)
    assert len(both.records) == 30, "calls came on a step after the one that failed"
    assert (both.sustained_rate, both.broke_at_rate) == (alone.sustained_rate, alone.broke_at_rate) == (5, 10)
    assert report_of(both)["steps"] == {"sustained_rate": 5, "broke_at_rate": 10}


async def test_steps_that_all_hold_end_with_the_last_one(exchange: UserAgent) -> None:
    steps = {"quick": {"steps": [{"wait": 0.2}, {"hang_up": True}]}}
    rising = {"kind": "steps", "first": 6, "by": 6, "every_s": 1, "last": 12}
    run = await run_in_processes(
        scenario(callers=steps, calls=100, arrivals=rising), {}, 3, Whither(exchange.address)
    )  # fmt: skip
    assert len(run.records) == 18
    assert (run.sustained_rate, run.broke_at_rate) == (12, None)
    assert not any(one.died for one in run.processes)


async def test_a_process_that_dies_is_told_and_the_run_has_failed(exchange: UserAgent) -> None:
    def kill_the_second(run: Run) -> None:
        second = next((r for r in run.records if r.index % 2), None)
        if second is not None and not killed:
            killed.append(second.index)
            os.kill(run.processes[1].pid, signal.SIGKILL)

    killed: list[int] = []
    steps = {"quick": {"steps": [{"hear": TONE}]}}
    read = scenario(callers=steps, calls=20)
    run = await run_in_processes(read, {}, 2, Whither(exchange.address), kill_the_second)
    report = report_of(run)
    assert killed
    assert len([r for r in run.records if r.index % 2 == 0]) == 10, "the other process did not go on"
    assert len(run.records) < 20
    assert report["verdict"] == "failed"
    assert report["limits_missed"] == ["process 2 died: killed by signal 9"]
    assert "it died: killed by signal 9" in as_junit(report)


async def test_what_processes_cannot_do_is_told_before_a_call(exchange: UserAgent) -> None:
    whither = Whither(exchange.address)
    for read, count, told in (
        (scenario(), 17, "write 1 to 16"),
        (scenario(max_concurrent=2), 3, "too few callers for 3 processes"),
    ):
        with pytest.raises(ValueError, match=told):
            await run_in_processes(read, {}, count, whither)
    with pytest.raises(ForeignTarget, match=r"192\.0\.2\.1 is not this machine"):
        await run_in_processes(scenario(), {}, 2, Whither(("192.0.2.1", 5060)))
    agents = {"staff": {"count": 2, "accounts": "x.csv"}}
    with pytest.raises(ValueError, match="2 are wanted, but there are accounts for 1"):
        await run_in_processes(scenario(agents=agents), {"staff": [SeatPlan("1", "x")]}, 2, whither)

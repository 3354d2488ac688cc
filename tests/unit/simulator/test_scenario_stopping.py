"""A run that is stopped early ends soon, whoever does not answer, and tells what was measured by then."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator import Behaviour, Reaction, SeatPlan, Softphone, UserAgent, constant
from simulator.media.engine import MediaEngine
from simulator.scenario import Run, Scenario, Went, Whither, run_in_processes, run_scenario
from simulator.scenario.reading import Read
from simulator.telling.files import as_junit
from simulator.telling.page import page
from simulator.telling.report import report_of

SOON_S = 3.0


@pytest.fixture
def nobody() -> Iterator[tuple[str, int]]:
    """A port that takes everything and answers nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        yield deaf.getsockname()


@pytest.fixture
async def exchange() -> AsyncIterator[UserAgent]:
    media = MediaEngine(ports=(23_600, 23_998))
    async with UserAgent(media=media) as agent:
        Softphone(agent, "1001", "x", behaviour=Behaviour(Reaction.ANSWER, constant(0.0), one_call_at_a_time=False))
        yield agent
    await media.close()


def scenario(**more: Any) -> Read:
    callers = {"one": {"steps": [{"wait": 0.5}, {"hang_up": True}], "share": 1}, "long": {"steps": [{"wait": 60}]}}
    arrivals = {"kind": "constant", "rate": 10}
    given = {"name": "s", "number": "1001", "callers": callers, "arrivals": arrivals, "calls": 1000, **more}
    return Read(Scenario.model_validate(given), Path())


def after(seconds: float) -> asyncio.Event:
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, stop.set)
    return stop


async def lived(read: Read, target: tuple[str, int], processes: int, stop: asyncio.Event) -> Run:
    if processes > 1:
        return await run_in_processes(read, {}, processes, Whither(target), stop=stop)
    return await run_scenario(read, {}, target=target, rtp_ports=(24_000, 24_798), stop=stop)


async def test_nobody_answers_and_the_run_ends_soon_all_the_same(nobody: tuple[str, int]) -> None:
    began = time.monotonic()
    run = await lived(scenario(), nobody, 1, after(1.0))
    assert time.monotonic() - began < 1.0 + SOON_S
    assert run.stopped
    assert len(run.records) == run.placed > 5
    assert {one.went for one in run.records} == {Went.UNFINISHED}
    report = report_of(run)
    assert (report["verdict"], report["failed"], report["unfinished"]) == ("failed", 0, run.placed)
    assert report["sip"]["codes"] == {"none": report["sip"]["dials"]}
    assert report["sip"]["dials"] >= run.placed - 1, "one may have been about to dial"
    assert report["limits_missed"] == ["it was stopped before its end"]
    assert "it was stopped before its end" in as_junit(report)
    assert f"{run.placed} callers were still on the line" in page(report)


@pytest.mark.parametrize("processes", [1, 2])
async def test_calls_that_were_over_keep_what_they_measured_and_others_hang_up(
    exchange: UserAgent, processes: int
) -> None:
    stop = asyncio.Event()

    async def enough() -> None:
        while len(list(exchange._sessions)) < 12:  # noqa: ASYNC110 - the calls that are up
            await asyncio.sleep(0.05)
        stop.set()

    waiting = asyncio.create_task(enough())
    run = await lived(scenario(), exchange.address, processes, stop)
    await waiting
    went = {one.went for one in run.records}
    assert went == {Went.DONE, Went.UNFINISHED}
    assert all(one.sip[0].request_delay_s is not None for one in run.records if one.went is Went.DONE)
    assert run.stopped
    assert not any(one.died for one in run.processes)
    async with asyncio.timeout(2):
        while exchange._sessions:  # noqa: ASYNC110 - callers have hung up, and no call is left
            await asyncio.sleep(0.05)


async def test_agents_that_cannot_even_register_keep_nobody_waiting(nobody: tuple[str, int]) -> None:
    read = scenario(agents={"staff": {"count": 2, "accounts": "x.csv"}})
    plans = {"staff": [SeatPlan("1001", "x"), SeatPlan("1002", "x")]}
    began = time.monotonic()
    run = await run_scenario(read, plans, target=nobody, rtp_ports=(24_000, 24_798), stop=after(0.5))
    assert time.monotonic() - began < 0.5 + SOON_S
    assert (run.stopped, run.placed, run.seats) == (True, 0, 0)

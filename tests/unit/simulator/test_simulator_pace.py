"""Never more than so many calls a second, whoever dials, first or again, in one process or several."""

import asyncio
import time
from collections.abc import AsyncIterator
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import CallLeg, LoadProfile, UserAgent, constant, run_load
from simulator.agent import Listener
from simulator.media.engine import MediaEngine
from simulator.media.stream import MediaMode
from simulator.pace import Pace
from simulator.scenario import Run, Scenario, Went, Whither, run_in_processes, run_scenario
from simulator.scenario.reading import Read
from simulator.telling.page import page
from simulator.telling.report import report_of

BOUND = 50
NEARLY_A_SECOND = 0.9
"""Calls leave at their turn or some milliseconds after it, so a full second may hold one of the turn before."""


class Exchange:
    """Answers everybody, and knows when they dialled."""

    def __init__(self, agent: UserAgent) -> None:
        self.agent = agent
        self.came: list[float] = []
        self.leaves = asyncio.Event()  # all that are up then are hung up
        self.first_left = 0.0
        listener = Listener(self._answer, tone=500, mode=MediaMode.NONE, keep_s=0, credentials=None)
        agent.listen("*", listener)

    async def _answer(self, leg: CallLeg) -> None:
        self.came.append(leg.session.invited_at)
        leg.answer()
        await self.leaves.wait()
        await asyncio.sleep(1.2)  # nobody hangs up before the ACK (RFC 3261, 15), and a 200 may have to be sent again
        self.first_left = self.first_left or time.monotonic()
        await leg.hang_up()


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    media = MediaEngine(ports=(22_000, 23_598))
    async with UserAgent(media=media) as agent:
        yield Exchange(agent)
    await media.close()


def left(run: Run) -> list[float]:
    """When each INVITE left."""
    return [ladder[0].at for record in run.records for ladder in record.ladders]


def most_in_a_second(at: list[float]) -> int:
    """How many there were in the busiest second, or nearly that."""
    return max(sum(one <= other < one + NEARLY_A_SECOND for other in at) for one in at)


async def lived(exchange: Exchange, steps: list[dict[str, Any]], processes: int = 1, **more: Any) -> Run:
    given = {"name": "s", "number": "1001", "media": "none", "callers": {"one": {"steps": steps}}, **more}
    read = Read(Scenario.model_validate(given), Path())
    if processes > 1:
        return await run_in_processes(read, {}, processes, Whither(exchange.agent.address))
    return await run_scenario(read, {}, target=exchange.agent.address, rtp_ports=(24_000, 25_998))


@pytest.mark.parametrize("processes", [1, 2])
async def test_redials_leave_no_faster_than_first_calls_may(exchange: Exchange, processes: int) -> None:
    steps = [{"mute": True}, {"redial": 0, "most": 6}, {"hang_up": True}]
    run = await lived(exchange, steps, processes, calls=40, arrivals={"kind": "constant", "rate": 40})
    report = report_of(run)
    assert {record.went for record in run.records} == {Went.DONE}, report["reasons"]
    assert len(left(run)) == report["sip"]["dials"] == 280
    assert most_in_a_second(left(run)) <= BOUND
    assert report["simulator"]["slowed"] > 0
    assert [doubt for doubt in report["simulator"]["doubts"] if "no more than 50 a second may leave" in doubt]
    assert "calls that the bound on their rate let wait" in page(report)


async def test_callers_for_whom_there_was_no_room_do_not_leave_all_at_once(exchange: Exchange) -> None:
    """A hundred are up when a hundred more are due: those come when the first are hung up, all in one moment."""
    asyncio.get_running_loop().call_later(4.0, exchange.leaves.set)
    run = await lived(
        exchange, [{"mute": True}, {"ended": 30}], calls=200, max_concurrent=100,
        arrivals={"kind": "constant", "rate": 50},
    )  # fmt: skip
    assert {record.went for record in run.records} == {Went.DONE}, report_of(run)["reasons"]
    assert len(left(run)) == 200
    assert most_in_a_second(left(run)) <= BOUND
    assert run.held_back > 50, "that they came late is not told"


async def test_a_load_by_options_has_the_same_bound(exchange: Exchange) -> None:
    asyncio.get_running_loop().call_later(2.5, exchange.leaves.set)
    profile = LoadProfile(
        calls=120, rate=50, max_concurrent=60, press=(), patience=constant(30), mode=MediaMode.NONE
    )  # fmt: skip
    report = await run_load(profile, [], target=exchange.agent.address, rtp_ports=(24_000, 25_998))
    assert len(report.results) == 120
    there_was_room = sorted(exchange.came)[60:]
    assert there_was_room[BOUND] >= exchange.first_left + 0.99, "they left all at once"


@given(st.lists(st.floats(0, 0.2), min_size=1, max_size=300), st.integers(1, 60))
def test_no_second_has_more_turns_than_allowed_and_nobody_waits_without_need(gaps: list[float], most: int) -> None:
    pace, now, turns = Pace.alone(most), 100.0, list[float]()
    for gap in gaps:
        now += gap
        wanted = now
        while (wait := pace.take(now)) > 0:
            now += wait
        turns.append(now)
        before = turns[-1 - most] if len(turns) > most else 0.0
        assert now == pytest.approx(max(wanted, before + 1.0))
        assert now - before >= 1.0 - 1e-9


async def test_a_second_is_counted_from_when_a_call_has_left_not_from_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    pace, now = Pace.alone(1), 100.0
    monkeypatch.setattr("simulator.pace.time", SimpleNamespace(monotonic=lambda: now))
    left = await pace.turn()
    now = 100.3  # the machine was busy
    left()
    assert pace.take(101.0) == pytest.approx(0.3)
    assert pace.take(101.3) == 0


def test_a_process_that_was_killed_within_its_turn_holds_the_others_up_for_a_second_only() -> None:
    pace = Pace.shared(get_context("spawn"), 2)
    assert pace._lock is not None
    pace._lock.acquire()  # and never gives it back
    began = time.monotonic()
    assert [pace.take(at) for at in (5.0, 5.0, 5.5, 6.0)] == [0.0, 0.0, 0.5, 0.0]
    assert time.monotonic() - began < 2

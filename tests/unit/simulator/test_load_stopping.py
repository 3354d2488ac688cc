"""A load run that is stopped early, and what is refused before it begins."""

import asyncio
import resource
import socket
import time
from collections.abc import AsyncIterator

import pytest

from simulator import (
    Behaviour,
    LoadOutcome,
    LoadProfile,
    Reaction,
    SeatPlan,
    Softphone,
    UserAgent,
    constant,
    run_load,
)  # fmt: skip
from simulator.media.engine import MediaEngine

PORTS = (23_000, 23_398)


@pytest.fixture
async def exchange() -> AsyncIterator[tuple[UserAgent, Softphone]]:
    media, answers = MediaEngine(ports=(22_600, 22_998)), Behaviour(Reaction.ANSWER, one_call_at_a_time=False)
    async with UserAgent(media=media) as agent:
        yield agent, Softphone(agent, "1001", "x", behaviour=answers)
    await media.close()


def after(seconds: float) -> asyncio.Event:
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, stop.set)
    return stop


async def test_callers_of_a_stopped_run_hang_up_and_those_who_were_through_are_reported(
    exchange: tuple[UserAgent, Softphone],
) -> None:
    agent, phone = exchange
    profile = LoadProfile(calls=1000, rate=10, number="1001", press=(), patience=constant(0.5), max_concurrent=100)
    report = await run_load(profile, [], target=agent.address, rtp_ports=PORTS, stop=after(2.05))
    assert report.stopped
    assert {result.outcome for result in report.results} == {LoadOutcome.ABANDONED}
    assert 0 < report.unfinished <= 21 - len(report.results)
    told = report.as_dict()
    assert (told["stopped"], told["unfinished"], told["placed"]) == (True, report.unfinished, len(report.results))
    assert not phone.legs, "somebody is still on the line"


async def test_a_run_against_somebody_who_answers_nothing_is_stopped_within_seconds_seats_and_all() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        began = time.monotonic()
        report = await run_load(
            LoadProfile(calls=10, rate=10), [SeatPlan("1001", "x")], target=deaf.getsockname(), rtp_ports=PORTS,
            stop=after(0.5),
        )  # fmt: skip
    assert time.monotonic() - began < 5
    assert (report.stopped, report.results, report.unfinished) == (True, [], 0)


def test_what_is_no_digit_is_refused_before_anybody_is_called() -> None:
    with pytest.raises(ValueError, match="press is '1x': 'X' cannot be pressed"):
        LoadProfile(press=("1", "1x"))


async def test_more_callers_than_files_may_be_open_are_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (60, 60))
    with pytest.raises(ValueError, match="this process may open 60 files, and needs 180"):
        await run_load(LoadProfile(calls=80), [], target=("127.0.0.1", 9))

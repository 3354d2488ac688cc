"""A run can be watched while it goes on, also when no call ends meanwhile."""

import asyncio
import time
from pathlib import Path

import pytest

from simulator import Behaviour, Reaction, Softphone, UserAgent, constant
from simulator.media.engine import MediaEngine
from simulator.scenario import Run, Scenario, Whither, run_in_processes, run_scenario
from simulator.scenario.looking import LOOK_EVERY_S, regularly
from simulator.scenario.reading import Read

TALK_S = 3.0


@pytest.mark.parametrize("processes", [1, 2])
async def test_who_watches_sees_callers_on_the_line_long_before_the_first_call_ends(processes: int) -> None:
    callers = {"one": {"steps": [{"hear": 500}, {"wait": TALK_S}, {"hang_up": True}]}}
    read = Read(Scenario.model_validate({"name": "s", "number": "1001", "callers": callers, "calls": 2}), Path())
    seen: list[tuple[bool, int, int, int]] = []

    def look(run: Run) -> None:
        seen.append((run.going, run.placed, run.up, len(run.records)))

    media = MediaEngine(ports=(22_400, 22_798))
    async with UserAgent(media=media) as exchange:
        answers = Behaviour(Reaction.ANSWER, constant(0.0), one_call_at_a_time=False)
        Softphone(exchange, "1001", "x", tone=500, behaviour=answers)
        if processes > 1:
            run = await run_in_processes(read, {}, processes, Whither(exchange.address), look=look)
        else:
            run = await run_scenario(read, {}, target=exchange.address, rtp_ports=(22_800, 23_598), look=look)
    await media.close()
    assert len(run.records) == 2
    assert seen[0] == (False, 0, 0, 0), "it was not seen from its beginning"
    both_talk = [one for one in seen if one == (True, 2, 2, 0)]
    assert len(both_talk) >= (TALK_S - 1.0) / LOOK_EVERY_S - 2, seen


async def test_what_goes_wrong_in_looking_is_told_and_looking_ends_with_the_run() -> None:
    looks: list[float] = []
    async with regularly(lambda: looks.append(time.monotonic())):
        await asyncio.sleep(1.2)
    assert len(looks) == 3
    await asyncio.sleep(LOOK_EVERY_S + 0.1)
    assert len(looks) == 3

    def breaks() -> None:
        raise ValueError("the screen is gone")

    with pytest.raises(ValueError, match="the screen is gone"):
        async with regularly(breaks):
            await asyncio.sleep(0.05)

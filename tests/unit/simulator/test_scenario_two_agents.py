"""A caller who hears two agents at once is told as misrouted; one who hears the own agent alone is not."""

import asyncio
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from simulator import Behaviour, CallLeg, Reaction, Softphone, UserAgent
from simulator.media.engine import MediaEngine
from simulator.random_times import constant
from simulator.scenario.agents_met import Met, two_agents
from simulator.scenario.record import Sound

AGENT, OTHER, THIRD = 1230, 1410, 1590
RATE = 8000


class _Unasked:
    """An agent's side that is not looked at here."""

    async def hear_tone(self, tone: int, timeout: float) -> None:
        raise NotImplementedError

    async def sound(self) -> Sound | None:
        raise NotImplementedError


def mixed(path: Path, tones: list[int]) -> Path:
    """What a conference of agents sounds like."""
    at = np.arange(4 * RATE) / RATE
    samples = sum(6000 * np.sin(2 * np.pi * frequency * at) for frequency in tones)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(np.asarray(samples).astype(np.int16).tobytes())
    return path


async def talk(caller: UserAgent, phone: Softphone, sound: Path) -> tuple[CallLeg, float]:
    """A talk of a second and a half in which the agent's line sounds like this."""
    leg = await caller.call("1001", number="13800138000")
    await leg.wait_answered()
    other = await phone.next_call()
    began = time.monotonic()
    other.stream.play(sound)
    await asyncio.sleep(1.5)  # of speech
    await leg.hang_up()
    await other.wait_ended()
    return leg, began


@pytest.mark.parametrize(("tones", "found"), [([AGENT, OTHER], True), ([AGENT], False), ([OTHER], False)])
async def test_a_second_agent_in_a_talk_is_heard(tmp_path: Path, tones: list[int], found: bool) -> None:
    media = MediaEngine(ports=(26_400, 26_498))
    async with UserAgent(media=media) as callee, UserAgent(target=callee.address, media=media) as caller:
        phone = Softphone(callee, "1001", "secret", behaviour=Behaviour(Reaction.ANSWER, constant(0.05)))
        leg, began = await talk(caller, phone, mixed(tmp_path / "agents.wav", tones))
        met = Met("1001", "agent", AGENT, "13800138000", began, began, None, _Unasked())
        assert two_agents(leg, [AGENT, OTHER, THIRD], met, began) is found
    await media.close()

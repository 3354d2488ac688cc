"""What both sides of a talk hear, from its beginning to its end: what is planted is found, whoever it befalls."""

import asyncio
import contextlib
import wave
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import Behaviour, CallLeg, Reaction, Softphone, UserAgent, constant
from simulator.media.engine import MediaEngine
from simulator.media.rtp import Span
from simulator.scenario import Scenario
from simulator.scenario.agents_met import Answered, Met, answered_at
from simulator.scenario.company import OwnLine
from simulator.scenario.hearing import Hearing
from simulator.scenario.life import Life
from simulator.scenario.record import CallRecord, Defect, Went
from simulator.scenario.setting import Setting
from simulator.scenario.talk import AFTER_KEYS_S, faults_of

AGENT, OTHER, THIRD = 1230, 1410, 1590
RATE = 8000
TALK: list[dict[str, Any]] = [{"hear": "agent", "within": 3}, {"talk": 4}, {"hang_up": True}]


class _Desk:
    """One agent's phone that callers reach without a hotline between."""

    def __init__(self, phone: Softphone) -> None:
        self.tones: Sequence[int] = (AGENT, OTHER, THIRD)
        self._phone = phone
        self._legs: list[CallLeg] = []

    async def answers(self) -> CallLeg:
        """Return the phone's side of the next call, once it is answered."""
        leg = await self._phone.next_call()
        self._legs.append(leg)
        await leg.wait_answered()
        return leg

    async def talking(self, tone: int) -> list[Met]:
        return [
            Met("1001", "staff", tone, leg.caller_number, leg.session.invited_at, answered_at(leg), None, OwnLine(leg))
            for leg in self._legs if tone == AGENT and not leg.ended.is_set()
        ]  # fmt: skip

    async def answered(self, number: str, since: float) -> Answered | None:
        found = [leg for leg in self._legs if leg.caller_number == number and leg.session.invited_at >= since]
        return Answered("1001", "staff", answered_at(found[-1]) or 0.0) if found else None

    async def first_offer(self, number: str, since: float) -> float | None:
        return None


@pytest.fixture
async def exchange() -> AsyncIterator[tuple[UserAgent, _Desk]]:
    media = MediaEngine(ports=(26_400, 26_498))
    async with UserAgent(media=media) as callee, UserAgent(target=callee.address, media=media) as caller:
        behaviour = Behaviour(Reaction.ANSWER, constant(0.0))
        yield caller, _Desk(Softphone(callee, "1001", "secret", tone=AGENT, behaviour=behaviour))
    await media.close()


async def lived(
    exchange: tuple[UserAgent, _Desk], steps: list[dict[str, Any]], agent: Callable[[CallLeg], Awaitable[None]]
) -> CallRecord:
    """Live one call by these steps; ``agent`` is what the other side does in it."""
    caller, desk = exchange
    scenario = Scenario.model_validate(
        {"name": "talk", "number": "1001", "callers": {"one": {"steps": steps}}, "agents": {"staff": {"count": 1}}}
    )
    record = CallRecord(0, "one", "13800138000", 0.0)
    life = Life(caller, Setting(scenario, Path()), desk, record, scenario.callers["one"])
    acting = asyncio.create_task(_acts(desk, agent))
    await life.run()
    await acting
    return record


async def _acts(desk: _Desk, agent: Callable[[CallLeg], Awaitable[None]]) -> None:
    leg = await desk.answers()
    with contextlib.suppress(Exception):  # the caller may be gone by then
        await agent(leg)


def after(seconds: float, act: Callable[[CallLeg], Any]) -> Callable[[CallLeg], Awaitable[None]]:
    async def acts(leg: CallLeg) -> None:
        await asyncio.sleep(seconds)
        await done if isinstance(done := act(leg), Awaitable) else None

    return acts


def mixed(path: Path, seconds: float, tones: Sequence[int]) -> Path:
    """What a conference of agents sounds like."""
    at = np.arange(round(seconds * RATE)) / RATE
    samples = sum(6000 * np.sin(2 * np.pi * frequency * at) for frequency in tones)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(np.asarray(samples).astype(np.int16).tobytes())
    return path


async def presses_a_key_and_is_away(leg: CallLeg) -> None:
    await leg.send_digits("1")
    leg.be_quiet()


MUTED: list[dict[str, Any]] = [TALK[0], {"mute": True}, *TALK[1:]]
MUTED_IN_THE_TALK: list[dict[str, Any]] = [TALK[0], {"talk": 1}, {"mute": True}, {"talk": 3}, {"hang_up": True}]


@pytest.mark.parametrize(
    ("steps", "agent", "defects", "why"),
    [
        (TALK, after(0, lambda leg: None), [], ""),
        (TALK, after(0, lambda leg: leg.be_quiet()), [Defect.ONE_WAY], "answered, but the caller did not hear them"),
        (TALK, after(1.5, lambda leg: leg.be_quiet()), [Defect.GAP, Defect.ONE_WAY], "the caller heard nothing of the"),
        (TALK, after(1.5, lambda leg: leg.say_tone(2500)), [Defect.ONE_WAY], "the caller heard nothing of the other"),
        (MUTED, after(0, lambda leg: None), [Defect.ONE_WAY, Defect.GAP], "did not hear the caller"),
        (MUTED_IN_THE_TALK, after(0, lambda leg: None), [Defect.GAP, Defect.ONE_WAY], "the agent heard nothing of the"),
        (TALK, after(1, presses_a_key_and_is_away), [], ""),
    ],
    ids=[
        "nothing", "the agent from the start", "the agent in the talk", "the agent's voice alone",
        "the caller from the start", "the caller in the talk", "what an agent's keys led to",
    ],
)  # fmt: skip
async def test_lost_audio_is_found_at_either_side_and_at_any_time(
    exchange: tuple[UserAgent, _Desk],
    steps: list[dict[str, Any]],
    agent: Callable[[CallLeg], Awaitable[None]],
    defects: list[Defect],
    why: str,
) -> None:
    record = await lived(exchange, steps, agent)
    assert set(record.defects) == set(defects), record.reason
    assert why in record.reason
    assert record.went is (Went.FAILED if why else Went.DONE)


@pytest.mark.parametrize(
    ("tones", "seconds", "found"),
    [
        ((AGENT, OTHER), 1.5, True),  # in the middle: both before and after it all is as it should be
        ((AGENT, 2500), 1.5, False),  # nobody's tone
        ((OTHER,), 1.0, False),  # one after the other
    ],
)
async def test_a_second_agent_is_heard_in_the_middle_of_a_talk(
    exchange: tuple[UserAgent, _Desk], tmp_path: Path, tones: tuple[int, ...], seconds: float, found: bool
) -> None:
    sound = mixed(tmp_path / "agents.wav", seconds, tones)
    record = await lived(exchange, TALK, after(1.2, lambda leg: leg.stream.play(sound)))
    assert (Defect.TWO_AGENTS in record.defects) is found
    assert record.reason == ("two agents were heard in one talk" if found else "")


def heard(**what: Any) -> Hearing:
    return replace(Hearing(100.0, 130.0), **what)


@pytest.mark.parametrize(
    ("caller", "agent", "defects"),
    [
        (heard(), heard(), ()),
        (heard(), None, ()),
        (heard(holes=[(110, 110.6)]), None, (Defect.GAP,)),
        (heard(), heard(holes=[(110, 110.6)]), (Defect.GAP,)),
        (heard(), heard(unheard=[(110, 112)]), (Defect.ONE_WAY,)),
        (heard(), heard(unheard=[(110, 111.9)]), ()),
        (heard(unheard=[(112, 125)], holes=[(112, 113)]), heard(pressed=[(110, 111)]), ()),  # music on hold, say
        (heard(unheard=[(117, 125)]), heard(pressed=[(110, 111)]), (Defect.ONE_WAY,)),  # long after the keys
        (heard(unheard=[(105, 125)]), heard(pressed=[(110, 111)]), (Defect.ONE_WAY,)),  # and before them
        (heard(unheard=[(109, 125)]), heard(pressed=[(110, 111)]), ()),
        (heard(unheard=[(110, 114)]), heard(said=[(110, 114)]), ()),
        (heard(unheard=[(110, 117)]), heard(said=[(110, 114)]), (Defect.ONE_WAY,)),
        (heard(unheard=[(110, 130)]), heard(left_at=110.5), ()),  # whose phone went dead
        (heard(two_at=112), heard(), (Defect.TWO_AGENTS,)),
        (heard(two_at=112), heard(pressed=[(110, 111)]), ()),  # a colleague was brought in
        (heard(two_at=109), heard(pressed=[(110, 111)]), (Defect.TWO_AGENTS,)),
    ],
)
def test_what_the_scenario_ordered_is_no_fault_and_all_else_is(
    caller: Hearing, agent: Hearing | None, defects: tuple[Defect, ...]
) -> None:
    faults = faults_of(caller, agent, within=2.0)
    assert faults.defects == defects
    assert bool(faults.reason) is bool({Defect.ONE_WAY, Defect.TWO_AGENTS} & set(defects))


_SPANS = st.lists(st.tuples(st.floats(100, 130), st.floats(0.5, 20)).map(lambda span: (span[0], sum(span))), max_size=5)


@given(_SPANS, _SPANS)
def test_without_keys_every_silence_within_the_talk_counts_whoever_s_it_is(
    mine: list[Span], theirs: list[Span]
) -> None:
    def long(spans: list[Span]) -> bool:
        return any(min(high, 130.0) - low >= 2.0 for low, high in spans)

    faults = faults_of(heard(unheard=mine), heard(unheard=theirs), within=2.0)
    assert (Defect.ONE_WAY in faults.defects) is (long(mine) or long(theirs))


@given(_SPANS, st.floats(100, 130))
def test_keys_never_make_a_fault_of_what_was_none(spans: list[Span], pressed: float) -> None:
    without = faults_of(heard(unheard=spans, holes=spans), heard(), within=2.0)
    with_keys = faults_of(
        heard(unheard=spans, holes=spans), heard(pressed=[(pressed, pressed + AFTER_KEYS_S)]), within=2.0
    )
    assert set(with_keys.defects) <= set(without.defects)

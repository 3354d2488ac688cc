"""Two of our own agents with each other, over loopback."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from simulator import Behaviour, CallFailed, CallLeg, EndedBy, Reaction, Softphone, Timers, UserAgent
from simulator.media.engine import MediaEngine
from simulator.random_times import constant

QUICK = Timers(t1=0.05, t2=0.2, t4=0.2)


@dataclass
class Pair:
    caller: UserAgent
    phone: Softphone

    async def call(self, reaction: Reaction, **options) -> CallLeg:
        self.phone.behaviour = Behaviour(reaction, answer_after=constant(0.05))
        return await self.caller.call("1001", number="13800138000", **options)

    async def talk(self) -> tuple[CallLeg, CallLeg]:
        leg = await self.call(Reaction.ANSWER)
        await leg.wait_answered()
        return leg, await self.phone.next_call()


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    media = MediaEngine(ports=(26_000, 26_398))
    async with UserAgent(media=media, timers=QUICK) as callee:
        phone = Softphone(callee, "1001", "secret", tone=1230)
        async with UserAgent(target=callee.address, media=media, timers=QUICK) as caller:
            yield Pair(caller, phone)
    await media.close()


async def test_both_sides_hear_each_other_s_tone(pair: Pair) -> None:
    leg, other = await pair.talk()
    await asyncio.gather(leg.hear_tone(1230), other.hear_tone(440))
    assert leg.heard_tones([440, 1230, 2000]) == {1230}
    assert other.heard_tones([440, 1230, 2000]) == {440}
    await leg.hang_up()
    await other.wait_ended()
    assert (leg.ended_by, other.ended_by) == (EndedBy.US, EndedBy.PEER)
    assert other.caller_number == "13800138000"
    assert other.called_number == "1001"


async def test_digits_arrive_as_pressed_and_as_long(pair: Pair) -> None:
    leg, other = await pair.talk()
    await leg.send_digits("12*#0D")
    assert await other.wait_digits(6) == "12*#0D"
    assert [digit.duration_s for digit in other.heard_digits] == pytest.approx([0.1] * 6)
    began = [digit.timestamp / 8000 for digit in other.heard_digits]
    gaps = [after - before for before, after in itertools.pairwise(began)]
    assert gaps == pytest.approx([0.18] * 5, abs=0.021)  # a frame either way


async def test_a_busy_phone_answers_486(pair: Pair) -> None:
    leg = await pair.call(Reaction.BUSY)
    with pytest.raises(CallFailed) as failure:
        await leg.wait_answered()
    assert failure.value.status == 486
    assert leg.ended_by is EndedBy.PEER


async def test_a_declined_call_rings_and_ends_with_603(pair: Pair) -> None:
    leg = await pair.call(Reaction.DECLINE)
    await leg.wait_ended()
    assert leg.status == 603
    assert "180 Ringing (INVITE)" in [step.line for step in leg.ladder]


async def test_a_ringing_call_can_be_cancelled(pair: Pair) -> None:
    leg = await pair.call(Reaction.RING)
    await leg.wait_ringing()
    other = await pair.phone.next_call()
    await leg.cancel()
    await other.wait_ended()
    assert leg.status == 487
    assert (leg.ended_by, other.ended_by, other.reason) == (EndedBy.US, EndedBy.PEER, "CANCEL")
    with pytest.raises(CallFailed):
        await leg.wait_answered()


async def test_a_silent_phone_lets_the_call_time_out(pair: Pair) -> None:
    pair.phone.go_silent()
    began = time.monotonic()
    leg = await pair.call(Reaction.ANSWER)
    await leg.wait_ended()
    assert (leg.status, leg.ended_by) == (408, EndedBy.NETWORK)
    assert time.monotonic() - began == pytest.approx(QUICK.give_up, abs=0.5)


async def test_hold_stops_the_sound_and_resume_brings_it_back(pair: Pair) -> None:
    leg, other = await pair.talk()
    await leg.hear_tone(1230)
    await leg.hold()
    await leg.hear_silence(0.4)
    await leg.resume()
    await asyncio.gather(leg.hear_tone(1230), other.hear_tone(440))


async def test_the_called_side_can_hang_up(pair: Pair) -> None:
    leg, other = await pair.talk()
    await other.hang_up()
    await leg.wait_ended()
    assert leg.ended_by is EndedBy.PEER


async def test_an_unknown_number_is_404(pair: Pair) -> None:
    leg = await pair.caller.call("9999", number="1")
    with pytest.raises(CallFailed) as failure:
        await leg.wait_answered()
    assert failure.value.status == 404

"""Answering at once, how long the first sound waits for the caller's first audio, and hanging up."""

import asyncio

import pytest
from talk_world import PretendedAmi, Session, line_of, turns

from calls import CallerHungUp
from calls.identity import Address
from calls.line import RingOutcome
from telephony.agi_codec import Reply

ANSWER, HEARD = "EXEC Answer ,i", "GET FULL VARIABLE ${CHANNEL(rtcp,rxcount,audio)}"


class _Asked(Session):
    """A session that tells how many packets have come from the caller: ``packets``, the last of them for ever."""

    def __init__(self, *packets: int) -> None:
        super().__init__()
        self.packets = list(packets)
        self.clock_goes_on = lambda: None

    async def command(self, *words: str) -> Reply:
        reply = await super().command(*words)
        if " ".join(words) != HEARD:
            return reply
        self.clock_goes_on()
        return Reply(200, "1", str(self.packets.pop(0) if len(self.packets) > 1 else self.packets[0]))

    @property
    def looks(self) -> int:
        return self.given.count(HEARD)


async def test_the_first_sound_waits_until_the_line_is_answered_and_audio_has_come_from_the_caller() -> None:
    session = _Asked(0, 0, 7)
    line = line_of(session, PretendedAmi(), "1.1")
    await line.answer(wait=False)
    playing = asyncio.ensure_future(line.play([]))
    await turns()
    assert session.given == [ANSWER]
    session.let_go.set()
    await asyncio.wait_for(playing, 5)
    assert session.looks == 3
    await line.play([])
    assert session.looks == 3  # it can be heard from now on


async def test_a_caller_from_whom_nothing_comes_is_waited_for_half_a_second_and_no_longer() -> None:
    session = _Asked(0)
    line = line_of(session, PretendedAmi(), "1.1")
    session.clock_goes_on = lambda: line._clock.advance(0.1)  # type: ignore[attr-defined]
    session.let_go.set()
    await line.answer(wait=False)
    await asyncio.wait_for(line.play([]), 5)
    assert session.looks == 5


async def test_whose_line_was_answered_some_time_ago_is_not_waited_for_any_more() -> None:
    session = _Asked(0)
    line = line_of(session, PretendedAmi(), "1.1")
    session.let_go.set()
    await line.answer(wait=False)
    await turns()
    line._clock.advance(0.5)  # type: ignore[attr-defined]
    await line.play([])
    assert session.looks == 0


async def test_who_has_talked_to_somebody_is_played_to_at_once() -> None:
    session = _Asked(0)
    line = line_of(session, PretendedAmi(), "1.1")
    session.let_go.set()
    await line.answer(wait=False)
    await turns()
    session.let_go.clear()  # the Dial lasts
    ringing = asyncio.ensure_future(line.ring(Address("PJSIP/1001"), ring_s=20))
    await turns()
    assert line.leg is not None
    line.leg.answered.set()
    assert (await ringing).outcome is RingOutcome.ANSWERED
    session.let_go.set()  # and is over
    await line.talk()
    await line.play([])
    assert session.looks == 0


async def test_a_call_is_hung_up_by_the_dialplan_which_is_told_that_it_is_done_before_the_session_ends() -> None:
    session = _Asked(0)
    line = line_of(session, PretendedAmi(), "1.1")
    await line.hang_up()
    assert session.given == ["SET VARIABLE CALL_DONE 1"]
    assert session.left.is_set()
    assert line.gone
    await line.hang_up()
    assert session.given == ["SET VARIABLE CALL_DONE 1"]


async def test_a_line_whose_session_the_channel_has_left_is_gone_at_once_and_its_digits_are_waited_for_no_longer() -> (
    None
):
    session = _Asked(0)
    line = line_of(session, PretendedAmi(), "1.1")
    digit = asyncio.ensure_future(line.next_digit())
    await turns()
    session.leave()
    assert line.gone
    with pytest.raises(CallerHungUp):
        await asyncio.wait_for(digit, 5)
    await asyncio.wait_for(line.wait_gone(), 5)

"""What is done in a conversation: a method for each ``calls.conversation.Deed``, and what they share.

A deed moves channels and writes down who hears whom now (``Together``). It raises ``AmiError``, ``LineFault`` or
``TimeoutError`` when Asterisk cannot do it, and ``CallerHungUp`` when the caller is gone.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from calls import CallerHungUp, LineFault
from calls.conversation import Happening, State
from calls.segments import CALLER
from calls.talk_events import PartyAnswered, Transferred
from calls.targets import Kind, Target
from calls.timeline import Held, PartyJoined, PartyLeft, Unheld
from telephony.ami import AmiRefused
from telephony.moves import BETWEEN, DESK, ON_HOLD, ON_HOLD_NOW, Moves
from telephony.parties import Third, Watched
from telephony.thirds import Thirds, third_of
from telephony.waiting import first_of

if TYPE_CHECKING:
    from telephony.conversation import News

_MOVE_S = 5.0  # Asterisk moves a channel within some milliseconds
_LEAVING_S = 0.15  # when all hang up, they do within this
_SAY_S = 6.0  # the longest that an agent is told something before the caller is taken back


class Deeds(Thirds):
    """The deeds. ``news`` is what happened; most need not look at it."""

    async def nothing(self, news: "News") -> None:
        """It is as it should be already; only who hears whom is written down."""
        self._write_down()

    # -- hold ------------------------------------------------------------------------------------------------------

    async def hold(self, news: "News") -> None:
        """Part caller and agent."""
        await self._agent_to_desk()
        await self._music(on=True)
        if news.kind is Happening.HOLD:
            self._guide("talk.held")

    async def reconnect(self, news: "News") -> None:
        """Caller and agent together again; but not an agent who has left with the third."""
        if news.kind is Happening.THIRD_LEFT:
            self._together([])
            if not await self._stays(self._agent_watch):
                return
        with suppress(AmiRefused):  # the agent has hung up: then the bridge fails, which is told
            await self._moves.to(BETWEEN, self.agent_channel)
        await self._music(on=False)
        self._desk = None
        self._joined_by(self._line.meet(self.agent_channel))
        self._board.route(self.agent_id, self._line)
        await self._bridged(self._line.channel, self.agent_channel)
        self._unheld()
        self._together([[CALLER, self.agent_party]])

    # -- consulting ------------------------------------------------------------------------------------------------

    async def ring(self, news: "News") -> None:
        """Ring the third from the agent's line."""
        third = self._rings(_of(news))
        try:
            if self._desk is None:
                await self.hold(news)
        except BaseException:
            self._hotline.failed(self.call, third.target, None)
            raise
        self._invited(third)
        third.ringing = self._later(self._ring_from_desk(third), "ring")

    async def consult(self, news: "News") -> None:
        """Agent and third talk, as the third's answer has arranged already."""
        third = third_of(news)
        third.ringing = None
        self._hotline.answered(self.call, third.target)
        self._append(PartyAnswered(call=self.call, at=self._now(), party=third.party, channel=third.unique_id))
        self._together([[self.agent_party, third.party]])

    async def give_up(self, news: "News") -> None:
        """Back to the caller, without the third."""
        await self._dismiss_all()
        self._together([])
        await self.reconnect(news)

    async def say_failed(self, news: "News") -> None:
        """Tell the agent why the third did not come, then back to the caller."""
        self._failed(news)
        await first_of(self._say(f"talk.{news.outcome}"), asyncio.sleep(_SAY_S), self._line.wait_gone())
        await self.reconnect(news)

    async def swap_to_caller(self, news: "News") -> None:
        """The third hears music, caller and agent talk."""
        await self._moves.to(ON_HOLD, self._there().channel)
        await self._consultation_over()
        await self.reconnect(news)

    async def swap_to_third(self, news: "News") -> None:
        """The caller hears music, agent and third talk."""
        third = self._there()
        await self._agent_to_desk()
        await self._music(on=True)
        self._consults(self._at_desk().meet(third.channel, outlives=True))
        await self._bridged(self.agent_channel, third.channel)
        self._together([[self.agent_party, third.party]])

    # -- three and more --------------------------------------------------------------------------------------------

    async def invite(self, news: "News") -> None:
        """Ring one more into the conference, while the talk goes on."""
        third = self._rings(_of(news))
        self._invited(third)
        third.ringing = self._later(self._ring_into_room(third), "invite")

    async def join(self, news: "News") -> None:
        """Who was invited waits in the conference: all others go there too."""
        third = third_of(news)
        third.ringing = None
        self._hotline.answered(self.call, third.target)
        self._append(PartyAnswered(call=self.call, at=self._now(), party=third.party, channel=third.unique_id))
        if not self._in_conference:
            await self._part(self._moves.into_room(self.agent_channel))
            await self._in_room(self.agent_channel)
        self._joined(third)
        await self._line.record_on()

    async def merge(self, news: "News") -> None:
        """All into one conference."""
        third = self._there()
        moving = self._moves.into_room(self.agent_channel, third.channel)
        if self.state is State.SWAPPED:
            await self._part(moving)
        else:
            await moving
            await self._music(on=False)
            self._desk = None
            self._board.route(self.agent_id, self._line)
        self._unheld()
        await self._in_room(self.agent_channel, third.channel)
        self._joined(third)
        await self._line.record_on()

    async def stop_inviting(self, news: "News") -> None:
        """Let go of whoever is being rung, or on hold; caller and agent talk on."""
        await self._dismiss_all()

    async def whisper_failed(self, news: "News") -> None:
        """The agent alone hears why the third did not come."""
        self._failed(news)
        self._later(self._tell_agent(f"talk.{news.outcome}"), "whisper")

    async def drop(self, news: "News") -> None:
        """Hang up the only third who is there; caller and agent go back to a two-party bridge."""
        await self._dismiss(third_of(news))
        self._write_down()
        await self._pair(self.agent_channel)

    async def dismiss(self, news: "News") -> None:
        """Hang up, or stop ringing, one third of several; all others talk on where they are."""
        await self._dismiss(third_of(news))
        self._write_down()

    async def forget(self, news: "News") -> None:
        """Whom the agent, who has left, had invited does not come; when two are left, they go on as two."""
        self._failed(news)
        await self.pair(news)

    async def pair(self, news: "News") -> None:
        """Two are left in the conference: back to a two-party bridge."""
        self._write_down()
        if self.state is State.MERGED:
            await self._pair_if_they_stay(self.agent_channel, self._agent_watch)
        elif self._in_conference and len(self._thirds) == 1:
            await self._pair_with(self._thirds[0])

    # -- the agent leaves ------------------------------------------------------------------------------------------

    async def hand_over(self, news: "News") -> None:
        """Caller and thirds together, the agent out."""
        third = self._there()
        if self.state is State.CONSULTING:
            await self._moves.to(BETWEEN, third.channel)
            self._together([])
            await self._music(on=False)
        elif self.state is State.SWAPPED:
            await self._part(self._moves.hang_up(self.agent_channel))
            self._together([])
        await self._moves.hang_up(self.agent_channel)
        self._unheld()
        self._agent_is_gone = True
        if self._in_conference:  # those who have answered have joined, and others may come
            self._write_down()
        self._append(PartyLeft(call=self.call, at=self._now(), party="agent"))
        if self._in_conference:
            if len(self._thirds) == 1:
                await self._pair_with(third)
        elif news.kind is not Happening.AGENT_LEFT or await self._stays(self._board.watch(third.unique_id)):
            self._joined(third)
            await self._meet(third.channel)

    async def take_back(self, news: "News") -> None:
        """The caller is the flow's again."""
        await self._dismiss_all()
        await self._free_caller()
        if self._may_hear_music:
            await self._music(on=False)
        elif self._ended is not None:  # of a caller who hangs up, the agent's end may be seen first
            with suppress(LineFault):
                await self._line.over(self._ended)
        if self.state is State.TALKING and news.kind is Happening.AGENT_LEFT:
            self._freed()  # nothing that is to be done yet has to do with the agent
        self._unheld()
        self._together([])

    async def pass_on(self, news: "News") -> None:
        """The agent out; the caller goes where they are passed on to."""
        await self._passed_on(_of(news), news.by or self.agent_party)

    async def park(self, news: "News") -> None:
        """The agent hears where, and is out; the caller hears music until somebody picks them up."""
        target = self._hotline.parks(self.call, self.agent)
        if self._desk is None:
            await self.hold(news)
        number = [f"talk.digit.{digit}" for digit in target.key]
        await first_of(self._say("talk.parked", *number), asyncio.sleep(_SAY_S), self._line.wait_gone())
        await self._passed_on(target, news.by or self.agent_party)

    async def take(self, news: "News") -> None:
        """The agent and all thirds out; the caller goes to the supervisor's phone."""
        await self._dismiss_all()
        if self._in_conference:
            await self._free_caller()
        await self._passed_on(_of(news), news.by)

    async def pass_on_asked(self, news: "News") -> None:
        """The same, to the third that was being rung."""
        third = self._thirds[0]
        await self._dismiss_all(keeping=third)
        self._thirds.remove(third)
        await self._passed_on(third.target, news.by or self.agent_party)

    async def queue_again(self, news: "News") -> None:
        """The same, to the queue that they came from."""
        await self._dismiss_all()
        await self._passed_on(Target(Kind.QUEUE, ""), "lost")

    async def end(self, news: "News") -> None:
        """The caller has hung up: over for all."""
        self._together([])
        await self._dismiss_all(by="caller")
        await self._moves.hang_up(self.agent_channel)

    # -- what they share -------------------------------------------------------------------------------------------

    async def _music(self, *, on: bool) -> None:
        """Music for the caller, and the recording goes on meanwhile, also while the service is away."""
        self._may_hear_music = True  # also when it ends: that may fail
        await self._line.music(on=on)
        await self._line.set_variable(ON_HOLD_NOW, str(int(on)))

    async def _passed_on(self, target: Target, by: str) -> None:
        self._hotline.passes_on(self.call, target)
        apart_at = await self._part(self._moves.hang_up(self.agent_channel), self._agent_watch.gone.wait)
        self._append(Transferred(call=self.call, at=self._now(), to=target.party, by=by))
        self._unheld()
        self._together([], apart_at)
        await self._line.set_variable(ON_HOLD_NOW, "0")  # music from now on, but no part of the talk
        await self._line.music(on=True)

    async def _hold_to_ask(self) -> None:
        await self._agent_to_desk()
        await self._music(on=True)
        self.state = State.HELD

    async def _agent_to_desk(self) -> None:
        """Send the agent's channel to a session of its own; the caller's bridge is over then."""
        coming = self._board.expect_desk(self.call)
        apart_at = await self._part(self._moves.to(DESK, self.agent_channel), lambda: coming)
        self._held(apart_at)
        self._together([], apart_at)
        async with asyncio.timeout(_MOVE_S):
            self._desk = await coming

    async def _part(self, move: Awaitable[None], elsewhere: Callable[[], Awaitable[Any]] | None = None) -> float:
        """Move somebody away from the caller; returns when the caller's bridge is over, with the time (epoch seconds)
        since when they are apart: sooner where they are ``elsewhere`` before that. Not amidst a code: of one that is
        not complete when the bridge ends, Asterisk 22 plays the digits to the caller, who is held up by that; so it
        does with the second digit of one whose first was pressed before they were together."""
        await first_of(self._codes.complete(), self._agent_watch.gone.wait(), self._line.wait_gone())
        bridge = self._release_bridge()
        try:
            await move
        except BaseException:
            if bridge is not None:
                self._joined_by(bridge)
            raise
        if bridge is None:
            return self._now()
        async with asyncio.timeout(_MOVE_S):
            if elsewhere is not None:
                await first_of(bridge, elsewhere())
            apart_at = self._now()
            await self._line.over(bridge)
        return apart_at

    async def _free_caller(self) -> None:
        """Return when the caller is in no bridge any more."""
        if self._in_conference:
            await self._part(self._moves.out_of_room(self._line.channel))
            self._in_conference = False
        else:
            await self._part(_nothing())

    async def _pair_with(self, third: Third) -> None:
        await self._pair_if_they_stay(third.channel, self._board.watch(third.unique_id))

    async def _pair_if_they_stay(self, channel: str, watched: Watched) -> None:
        """The same as ``_pair``, but for whoever leaves. They hear each other in the conference meanwhile."""
        if await self._stays(watched):
            await self._pair(channel)

    async def _stays(self, watched: Watched) -> bool:
        """Return whether somebody stays though another one has left: Asterisk 22 forgets to remove a channel that hangs
        up while it is being bridged, so whoever was with it would stay there alone. Raises ``CallerHungUp``."""
        await first_of(asyncio.sleep(_LEAVING_S), self._line.wait_gone(), watched.gone.wait())
        if self._line.gone:
            raise CallerHungUp
        return not watched.gone.is_set()

    async def _pair(self, channel: str) -> None:
        """From the conference to a two-party bridge with this channel. Where it has just hung up, the caller is in no
        bridge afterwards, and what becomes of them follows from that hang-up."""
        with suppress(AmiRefused):
            await self._moves.to(BETWEEN, channel)
        await self._free_caller()
        await self._meet(channel)

    async def _meet(self, channel: str) -> None:
        """Bridge the caller with somebody, and record on."""
        self._joined_by(self._line.meet(channel))
        await self._bridged(self._line.channel, channel)
        await self._line.record_on()

    async def _in_room(self, *coming: str) -> None:
        """The caller goes into the conference, where these channels are on the way to; all are there then. Recording on
        is left to whoever asks for it: it takes a moment, before which is to be written down who is there."""
        self._joined_by(self._line.confer(self._moves.room))
        self._in_conference = True
        for party in ("caller", "agent"):
            self._append(PartyJoined(call=self.call, at=self._now(), party=party))
        await self._seen(*(self._moves.in_room(channel) for channel in (*coming, self._line.channel)))
        await self._heed_hold(self._moves)

    async def _heed_hold(self, moves: Moves) -> None:
        """Who has a conference on hold by their own phone is not heard in it: phones send their own music then."""
        if self._agent_watch.held:
            await moves.mute(self.agent_channel, on=True)

    def _held(self, at: float) -> None:
        self._is_held = True
        self._append(Held(call=self.call, at=at, by="agent", by_phone=False))

    def _unheld(self) -> None:
        if self._is_held:
            self._is_held = False
            self._append(Unheld(call=self.call, at=self._now(), by="agent", by_phone=False))


def _of(news: "News") -> Target:
    assert news.target is not None
    return news.target


async def _nothing() -> None:
    """There is nobody to be moved."""

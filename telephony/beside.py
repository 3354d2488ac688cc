"""Supervisors in a talk: they hear all that their agent hears and says, and are heard by whom their mode says.

Who listens or whispers is on the agent's line by ChanSpy. Who has joined in comes into a conference with caller and
agent where these are together, as a third does, and so is in the caller's recording; it is left again when two remain.
While the agent talks with somebody else, they are in a conference with these (``telephony.consult_room``).

ChanSpy follows nobody (Asterisk 22): ``B`` stays in the ear of whom the agent has left, and neither whoever the agent
then talks with is heard nor a whisper, for packets of theirs are taken for old ones (``telephony.monitor``). So
supervisors step aside before anybody is moved, and come back after it.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from calls import CallerHungUp, LineFault
from calls.conversation import OVER, Deed, State
from calls.segments import CALLER
from calls.timeline import PartyJoined, PartyLeft
from telephony.ami import AmiError
from telephony.consult_room import ConsultRoom
from telephony.sides import Mode, Place, Side
from telephony.waiting import first_of

if TYPE_CHECKING:
    from telephony.line import ChannelLine

log = structlog.get_logger(__name__)

_OF_TWO = frozenset({State.TALKING, State.SWAPPED, State.INVITING})
"""Caller and agent are on a two-party bridge, but for a supervisor."""

_PARTS_NOBODY = frozenset({
    "nothing", "invite", "join", "whisper_failed", "stop_inviting", "drop", "dismiss", "pair", "end",
})  # fmt: skip
"""Deeds, by value, through which the agent stays with whom they are, but for those who are hung up."""


_ALL = "all"
_SILENCE = "0/1000"
_SLOWEST_S = 0.05  # so much later than that of a supervisor, the end of the caller's channel may be told


class Beside(ConsultRoom):
    """Supervisors beside the agent, or beside a third whose phone is a seat's."""

    _sides: tuple[Side, ...] = ()

    def supervisor_news(self) -> None:
        """A supervisor comes, or has left: have ``beside`` called when nobody is being moved."""
        raise NotImplementedError

    async def supervise(self, side: Side) -> None:
        """Let a supervisor into the talk, beside whoever is at the phone of ``side.channel``; returns when they have
        left by ``*`` or hung up, or that one has no part in the talk any more."""
        side.tell = self.supervisor_news
        self._sides = (*self._sides, side)
        self.supervisor_news()
        await side.stay()

    def inherit(self, sides: tuple[Side, ...]) -> None:
        """Take over the supervisors of the conversation before."""
        self._sides = sides
        for side in sides:
            side.tell = self.supervisor_news
        self.supervisor_news()

    def bequeath(self) -> tuple[Side, ...]:
        """Give the supervisors up to the next conversation, in which a third is the agent."""
        sides, self._sides = self._sides, ()
        return sides

    @property
    def room(self) -> str:
        """The conference in which they are, "" while they are in none."""
        if self._consult_room:
            return self._consult_moves.room
        return self._moves.room if self._in_conference else ""

    async def close(self) -> None:
        """The conversation is over: for supervisors, too."""
        for side in self._sides:
            await self._out(side)
        await super().close()

    # -- before and after each deed --------------------------------------------------------------------------------

    async def step_aside(self, deed: Deed) -> None:
        """Have supervisors hear and be heard by nobody while a deed is done that parts their agent from somebody.
        Raises ``AmiError``, ``TimeoutError``, ``CallerHungUp``, ``LineFault``."""
        if deed.value not in _PARTS_NOBODY:
            await self._all_aside()

    async def _all_aside(self) -> None:
        await self._quiet_desk()
        await self._aside(self._sides)
        if self._sides and self._in_conference and self.state in _OF_TWO:
            await self._two_again()

    async def beside(self) -> None:
        """Have each supervisor be where their agent is now. What Asterisk cannot do is logged: the talk goes on."""
        if not self._sides:
            self._consult_room = self._consult_room and self.state is State.CONSULTING
            return
        try:
            await self._beside()
        except CallerHungUp:
            log.debug("beside.caller_gone", call=self.call)  # which is told otherwise
        except (AmiError, LineFault, TimeoutError) as error:
            log.warning("beside.failed", call=self.call, state=self.state, error=str(error))

    async def _beside(self) -> None:
        for side in self._sides:
            if side.left or self._among(side) is None:
                await self._out(side)
        where = {side: (self._place_of(side), self._among(side) or "") for side in self._sides}
        moving = [side for side in self._sides if where[side] != (side.place, side.among)]
        await self._aside(moving)
        if self.state in _OF_TWO and self._joined_by_some() and not self._in_conference:
            await self._part(self._moves.into_room(self.agent_channel))  # as for a third
            await self._in_room(self.agent_channel)
            await self._line.record_on()
        elif self.state in _OF_TWO and self._in_conference and not self._joined_by_some():
            await first_of(asyncio.sleep(_SLOWEST_S), self._line.wait_gone(), self._agent_watch.gone.wait())
            if not self._line.gone:  # else it is over for the supervisor because it is for all
                self._write_down()
                await self._pair_if_they_stay(self.agent_channel, self._agent_watch)
        await self.consult_with(supervisor=any(place is Place.ROOM for place, _ in where.values()))
        for side in moving:
            await side.go(*where[side], self._consult_moves if self._consult_room else self._moves)
            if side.mode is Mode.BARGE:
                self._comes(side)
        if any(side.place in (Place.ALONE, Place.PAIR) for side in moving):
            self._sound_at_desk()

    async def _aside(self, sides: Iterable[Side]) -> None:
        await asyncio.gather(*(side.step_aside(self._moves) for side in sides))

    def _place_of(self, side: Side) -> Place:
        """Return where a supervisor belongs now."""
        if side.mode is not Mode.BARGE:
            return Place.ALONE if side.mode is Mode.WHISPER else Place.EAR
        among = self._among(side)
        if among == _ALL:
            return Place.ROOM
        return Place.PAIR if among else Place.ALONE

    def _among(self, side: Side) -> str | None:
        """Return with whom the one is beside whom a supervisor is: "" with nobody, None: no longer here."""
        return self._with_agent() if side.channel == self.agent_channel else self._with_third(side.channel)

    def _with_agent(self) -> str | None:
        if self.state in OVER or self._agent_is_gone or self._agent_watch.gone.is_set():
            return None
        if self.state in _OF_TWO or self.state is State.MERGED:
            return _ALL if self.state is State.MERGED or self._joined_by_some() else CALLER
        return self._in_consultation(self._there().channel) if self.state is State.CONSULTING else ""

    def _with_third(self, channel: str) -> str | None:
        third = next((third for third in self._thirds if third.channel == channel), None)
        if third is None or (self.state in OVER and self.state is not State.HANDED_OVER):
            return None
        if third.joined and self._in_conference:
            return _ALL
        if self.state is State.CONSULTING:
            return self._in_consultation(self.agent_party)
        return CALLER if self.state is State.HANDED_OVER else ""

    def _in_consultation(self, other: str) -> str:
        """Return with whom somebody is who talks with ``other`` without the caller."""
        return _ALL if any(side.mode is Mode.BARGE and not side.left for side in self._sides) else other

    # -- the conference --------------------------------------------------------------------------------------------

    async def _two_again(self) -> None:
        """Caller and agent go back to a two-party bridge; who is left of them when one is gone is in none."""
        if not self._agent_watch.gone.is_set():
            try:
                await super()._pair(self.agent_channel)
            except AmiError as error:  # the agent may have hung up in this moment
                log.info("beside.not_paired", call=self.call, error=str(error))
        if self._in_conference:
            await self._free_caller()

    async def _pair(self, channel: str) -> None:
        """Two are left of those who talked, but not while a supervisor is with them."""
        if not (channel == self.agent_channel and self._joined_by_some()):
            await super()._pair(channel)

    async def _hold_to_ask(self) -> None:
        await self._all_aside()
        await super()._hold_to_ask()

    def _joined_by_some(self) -> bool:
        """Whether a supervisor has joined in beside the agent."""
        beside = (side for side in self._sides if side.channel == self.agent_channel and not side.left)
        return any(side.mode is Mode.BARGE for side in beside)

    # -- an agent whose caller is on hold ----------------------------------------------------------------------------

    def _sound_at_desk(self) -> None:
        """Have something sound at the desk, though it is silence: whispers are mixed into what is sent to a phone."""
        if self.state is State.HELD and self._desk is not None and not self._asks:
            self._later(self._silence(self._desk), "silence")

    async def _silence(self, desk: "ChannelLine") -> None:
        if self._voice is not None:
            await asyncio.wait({self._voice})
        with suppress(CallerHungUp, LineFault):
            if self.state is State.HELD:
                await desk.execute("PlayTones", _SILENCE)

    async def _quiet_desk(self) -> None:
        if self._sides and self.state is State.HELD and self._desk is not None:
            with suppress(CallerHungUp, LineFault):
                await self._desk.execute("StopPlayTones", "")

    # -- the books -------------------------------------------------------------------------------------------------

    def _comes(self, side: Side) -> None:
        if side.left:
            return
        if not side.joined:
            side.joined = True
            self._append(PartyJoined(call=self.call, at=self._now(), party=side.party))
        thirds = [third.party for third in self._thirds if third.channel]
        if self.state is State.CONSULTING:
            self._together([[self.agent_party, *thirds]])
        elif side.place is Place.ROOM:
            self._write_down()
        elif side.place is Place.PAIR:
            self._together([[CALLER, *thirds]])

    async def _out(self, side: Side) -> None:
        """A supervisor is out of the conversation."""
        self._sides = tuple(other for other in self._sides if other is not side)
        try:
            await side.step_aside(self._moves)
        except AmiError as error:
            log.warning("beside.not_out", call=self.call, party=side.party, error=str(error))
        if side.joined:
            self._append(PartyLeft(call=self.call, at=self._now(), party=side.party))
            if self.state is State.CONSULTING:
                self._together([[self.agent_party, *(third.party for third in self._thirds if third.channel)]])
        side.over()

    def _former_out(self, parties: list[str]) -> None:
        """Write down that supervisors are out whom a former service has let in: their calls have ended."""
        for party in parties:
            self._append(PartyLeft(call=self.call, at=self._now(), party=party))
        if parties and self.state is State.CONSULTING:
            self._together([[self.agent_party, *(third.party for third in self._thirds if third.channel)]])
        elif parties and (self.state in _OF_TWO or self.state is State.MERGED):
            self._write_down()

    def _together(self, groups: list[list[str]], at: float | None = None) -> None:
        super()._together([self._with_supervisors(group) for group in groups], at)

    def _with_supervisors(self, group: list[str]) -> list[str]:
        here = (side for side in self._sides if side.place in (Place.ROOM, Place.PAIR) and not side.left)
        return [*group, *(side.party for side in here if side.joined and self._at(side.channel) in group)]

    def _at(self, channel: str) -> str:
        """Return who is at a phone."""
        if channel == self.agent_channel:
            return self.agent_party
        return next((third.party for third in self._thirds if third.channel == channel), "")

"""Taking up a conversation of a former service: where everybody is, who is still being rung, who has left meanwhile."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from calls import CallerHungUp, LineFault
from calls.conversation import State
from calls.line import RingOutcome
from calls.ongoing import OngoingThird
from telephony.agi_codec import Reply
from telephony.ami import AmiError
from telephony.beside import Beside
from telephony.channels import LiveChannel, live_channels
from telephony.outlived import BRIDGED, OutlivedTalk, is_invited
from telephony.parties import Third
from telephony.waiting import first_of

if TYPE_CHECKING:
    from telephony.line import ChannelLine

log = structlog.get_logger(__name__)

_DESK_S = 3.0  # an agent whose caller is on hold asks for the service once a second
_LOOK_S = 0.5  # nobody tells of the answer of somebody who was called by a service that is gone


class TakesUp(Beside):
    """What a conversation does when it is not the first to carry the talk."""

    async def take_up(self, outlived: OutlivedTalk) -> "asyncio.Task[Reply] | None":
        """Stand where the talk stands; return what bridges the caller now, None when they are on hold. Raises
        ``CallerHungUp``, ``LineFault``."""
        talk = outlived.talk
        self.state, self._is_held, self._may_hear_music = talk.state, talk.held, True
        self._agent_watch = outlived.agent_watch
        self._board.route(self.agent_id, self._line)
        bridge = await self._where_they_are(outlived)
        if outlived.record_to is not None:
            self._line.monitor.take_up(outlived.record_to, paused=talk.paused)
            await self._line.record_on()
        if talk.consult_recording:
            self._consult_record.take_up(talk.consult_recording, outlived.consult_to, paused=talk.paused)
            if self.state is not State.CONSULTING:
                await self._consult_record.end(gone=self._agent_watch.gone.is_set())
        for third in talk.thirds:
            self._take_up_third(third, outlived)
        self._former_out(talk.supervisors)
        return bridge

    async def _where_they_are(self, outlived: OutlivedTalk) -> "asyncio.Task[Reply] | None":
        if self.state in BRIDGED:
            return self._line.meet(self.agent_channel)
        if self.state is State.MERGED:
            self._in_conference = True
            parties = [party.name for party in outlived.in_room(outlived.alive)]
            for party in parties:
                try:
                    await self._moves.into_room(party)
                except AmiError as error:  # they may have left, which is told otherwise
                    log.warning("conversation.not_in_room", call=self.call, error=str(error))
            bridge = self._line.confer(self._moves.room)
            with suppress(CallerHungUp):  # which is told otherwise; nobody can be moved on who has not arrived
                await self._seen(*(self._moves.in_room(party) for party in (*parties, self._line.channel)))
            return bridge
        await self._music(on=True)
        if self.state is State.HELD and outlived.desk is not None:
            await first_of(outlived.desk, self._agent_watch.gone.wait(), asyncio.sleep(_DESK_S))
            self._comes_to_desk(outlived.desk)
        return None

    def _comes_to_desk(self, desk: "asyncio.Future[ChannelLine]") -> None:
        if desk.done() and not desk.cancelled():
            self._desk = desk.result()

    def _take_up_third(self, known: OngoingThird, outlived: OutlivedTalk) -> None:
        third = Third(self._hotline.named(self.call, known.party), joined=known.joined)
        self._thirds.append(third)
        if known.channel:
            channel = outlived.alive.get(known.channel)
            third.unique_id, third.channel = known.channel, known.channel if channel is None else channel.name
            self._later(self._until_left(third, outlived), "third")
            return
        self._hotline.rings_on(self.call, third.target)
        if self.state is State.ASKING:
            third.ringing = self._later(self._rings_on(third, outlived), "ring")
        else:
            third.ringing = self._later(self._invitation_rings_on(third), "invite")

    async def _until_left(self, third: Third, outlived: OutlivedTalk) -> None:
        await outlived.third_watches[third.unique_id].gone.wait()
        self.third_gone(third)

    # -- who is still being rung -----------------------------------------------------------------------------------

    async def _rings_on(self, third: Third, outlived: OutlivedTalk) -> None:
        """See the ringing from the agent's line to its end, which a dead session began."""
        watch, desk = self._agent_watch, outlived.desk
        if outlived.agent is None or desk is None:
            return  # that the agent has left is told otherwise
        try:
            partner = await self._partner()
            if partner is None:
                await first_of(watch.answered.wait(), desk)
                partner = await self._partner() if watch.answered.is_set() else None
            if partner is None and watch.answered.is_set():
                self._has_answered(third, *watch.answered_by)
            elif partner is not None:
                self._has_answered(third, partner.name, partner.unique_id)
            else:
                self._comes_to_desk(desk)
                self.third_failed(third, await self._at_desk().last_dial())
        except (AmiError, LineFault):
            self.third_failed(third, RingOutcome.FAILED)
        except CallerHungUp:
            return  # the agent has: that is told otherwise
        except asyncio.CancelledError:
            await self._stop_ringing()
            raise

    async def _partner(self) -> LiveChannel | None:
        """Return who is bridged with the agent."""
        alive = await live_channels(self._board.ami)
        agent = alive.get(self.agent_id)
        if agent is None or not agent.bridge_id:
            return None
        together = (channel for channel in alive.values() if channel.bridge_id == agent.bridge_id)
        return next((channel for channel in together if channel.unique_id != self.agent_id), None)

    async def _stop_ringing(self) -> None:
        """Hang up whoever is being rung for the agent."""
        with suppress(AmiError):
            for channel in (await live_channels(self._board.ami)).values():
                if channel.linked_id == self.call and not channel.up:
                    await self._moves.hang_up(channel.name)

    async def _invitation_rings_on(self, third: Third) -> None:
        """The same for somebody who is being rung into the conference."""
        found: LiveChannel | None = None
        try:
            while True:
                known = {other.unique_id for other in self._thirds}
                alive = await live_channels(self._board.ami)
                invited = (c for c in alive.values() if is_invited(c.unique_id, self.call))
                found = next((c for c in invited if c.unique_id not in known), None)
                if found is None:
                    self.third_failed(third, RingOutcome.NO_ANSWER)
                    return
                if found.application == "ConfBridge":
                    await self._moves.may_stay(found.name)
                    self._has_answered(third, found.name, found.unique_id)
                    return
                await asyncio.sleep(_LOOK_S)
        except AmiError:
            self.third_failed(third, RingOutcome.FAILED)
        except asyncio.CancelledError:
            if found is not None:
                await self._moves.hang_up(found.name)
            raise

"""What a conversation has in hand: who is where, who is being rung, and what the agent is told."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import structlog

from calls import AgentId, CallerHungUp, CallId, Clock, LineFault, Timeline
from calls.conversation import Deed, Happening, State
from calls.event import Event
from calls.line import DigitsWanted, RingOutcome, nobody_waits
from calls.segments import agent_party
from calls.talk_events import Together
from calls.targets import Kind, NoTarget, Target, Way, failure_of
from calls.timeline import PartyInvited, PartyLeft
from telephony.agi_codec import Reply
from telephony.ami import AmiError
from telephony.board import Board
from telephony.bridged import until_bridged
from telephony.codes import CodeReader
from telephony.consult_record import ConsultRecord
from telephony.dialling import originate_outcome
from telephony.moves import ROOM, Moves
from telephony.parties import Third
from telephony.playback import look_at_result
from telephony.talk_desk import TalkDesk
from telephony.waiting import first_of
from telephony.whisper import whisper

if TYPE_CHECKING:
    from telephony.conversation import News
    from telephony.line import ChannelLine

log = structlog.get_logger(__name__)

_MOVE_S = 5.0
_CAUSE_S = 1.0  # how long a channel's end may lag behind the answer to the order that it caused
_TRIES = 3  # so often an agent is asked for whom
_GUIDANCE: Mapping[Deed, str] = MappingProxyType({
    Deed.SWAP_TO_CALLER: "talk.with_caller", Deed.SWAP_TO_THIRD: "talk.with_third", Deed.MERGE: "talk.merged",
    Deed.GIVE_UP: "talk.with_caller", Deed.STOP_INVITING: "talk.dropped", Deed.DROP: "talk.dropped",
    Deed.DISMISS: "talk.dropped",
})  # fmt: skip
"""What the agent hears after these deeds. Whom they come to otherwise they hear at once; who completes is out."""
_ENTRY = DigitsWanted(max_digits=8, terminators="#*", first_timeout_s=10.0, between_timeout_s=4.0)


class Talking:
    """The state of one conversation, and the helpers of its deeds. Subclasses say what follows from what happens."""

    def __init__(  # noqa: PLR0917 - the agent's channel is three of them
        self,
        line: "ChannelLine",
        agent: AgentId,
        channel: str,
        unique_id: str,
        hotline: TalkDesk,
        board: Board,
        *,
        timeline: Timeline,
        clock: Clock,
    ) -> None:
        """``channel`` and ``unique_id`` are the agent's."""
        self.state = State.TALKING
        self.call = line.call.id
        self.agent = agent
        self.agent_party = agent_party(agent)
        self.agent_channel, self.agent_id = channel, unique_id
        self._line, self._hotline, self._board = line, hotline, board
        self._timeline, self._clock = timeline, clock
        self._moves = Moves(board.ami, f"room-{self.call}")
        self._codes = CodeReader(clock.monotonic, board.department_codes)
        self._agent_watch = board.watch(unique_id)
        self._inbox: asyncio.Queue[News] = asyncio.Queue()
        self._thirds: list[Third] = []
        self._desk: ChannelLine | None = None  # the agent's line while the caller is on hold
        self._bridge: asyncio.Task[Reply] | None = None  # of the caller, with whomever
        self._consultation: asyncio.Task[Reply] | None = None  # of the agent's line, with the third
        self._consult_record = ConsultRecord(line, channel, hotline, board.ami, timeline=timeline, clock=clock)
        self._in_conference = False
        self._is_held = False
        self._agent_is_gone = False
        self._left_before: News | None = None  # the agent has left, and what follows from it could not be done then
        self._freed: Callable[[], None] = nobody_waits
        self._may_hear_music = line.is_joined  # the caller; Dial's reply tells who has left as well as ending it would
        self._ended: asyncio.Task[Reply] | None = None  # the caller's last bridge, which was over by itself
        self._closed = False
        self._asks = False  # the agent is asked for digits: they are no codes
        self._ahead = ""  # what was pressed before the agent's line was there
        self._tasks: set[asyncio.Task[None]] = set()
        self._voice: asyncio.Task[None] | None = None  # what the agent is being told

    async def close(self) -> None:
        """Stop everything that goes on beside the talk."""
        self._board.listen(self.agent_id, None)
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- what follows from facts is the subclass's ------------------------------------------------------------------

    def apart(self) -> None:
        """The caller's bridge is over and it was not our doing."""
        raise NotImplementedError

    def third_gone(self, third: Third) -> None:
        """A third's channel is gone."""
        raise NotImplementedError

    def third_answered(self, third: Third) -> None:
        """A third has answered."""
        raise NotImplementedError

    def third_failed(self, third: Third, outcome: RingOutcome) -> None:
        """A third was rung in vain."""
        raise NotImplementedError

    def wish(self, kind: Happening, target: Target | None = None) -> None:
        """The agent said in a dialogue what is wished."""
        raise NotImplementedError

    # -- small things ----------------------------------------------------------------------------------------------

    def _now(self) -> float:
        return self._clock.now()

    def _append(self, event: Event) -> None:
        self._timeline.append(event)

    def _together(self, groups: list[list[str]], at: float | None = None) -> None:
        """Write down who hears whom from ``at`` (epoch seconds; None: now) on."""
        self._append(Together(call=self.call, at=self._now() if at is None else at, groups=groups))

    def _later(self, work: Coroutine[Any, Any, None], name: str) -> "asyncio.Task[None]":
        task = asyncio.create_task(work, name=f"{name} {self.call}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _at_desk(self) -> "ChannelLine":
        if self._desk is None:
            raise LineFault("the agent's line is not at the desk")
        return self._desk

    def _there(self) -> Third:
        """Return the third that is on the line."""
        for third in self._thirds:
            if third.channel:
                return third
        raise LineFault("nobody else is on the line")

    def _heir(self) -> Third | None:
        """Return the agent of ours to whom the caller was left, when there is nobody else."""
        if len(self._thirds) == 1 and self._thirds[0].target.kind is Kind.AGENT:
            return self._thirds[0]
        return None

    # -- bridges ---------------------------------------------------------------------------------------------------

    def _joined_by(self, bridge: "asyncio.Task[Reply]") -> None:
        """The caller is bridged by this command; when it ends by itself, somebody has left."""
        self._bridge = bridge
        bridge.add_done_callback(self._bridge_over)

    async def _bridged(self, channel: str, peer: str) -> None:
        """Return when these two are together, after a Bridge was begun: who is moved before stays with neither."""
        await self._seen(until_bridged(self._board.ami, channel, peer))

    async def _seen(self, *facts: Awaitable[None]) -> None:
        """Return when Asterisk has done what was ordered, or cannot be asked. Raises ``CallerHungUp`` as soon as the
        caller has: it may never come true then."""
        seeing = asyncio.gather(*facts)
        try:
            await first_of(seeing, self._line.wait_gone())
            if not seeing.done():
                raise CallerHungUp
            await seeing
        except AmiError as error:
            log.warning("conversation.not_seen", call=self.call, error=str(error))
        finally:
            seeing.cancel()
            seeing.add_done_callback(look_at_result)

    def _release_bridge(self) -> "asyncio.Task[Reply] | None":
        """Return the caller's bridge, whose end is expected from now on."""
        bridge, self._bridge = self._bridge, None
        return bridge

    def _bridge_over(self, task: "asyncio.Task[Reply]") -> None:
        look_at_result(task)
        if task is self._bridge:
            self._bridge, self._ended = None, task
            self.apart()

    def _consults(self, task: "asyncio.Task[Reply]") -> None:
        self._consultation = task
        task.add_done_callback(look_at_result)

    async def _consultation_over(self) -> None:
        """Wait until the agent's line is in no bridge with the third any more."""
        task, self._consultation = self._consultation, None
        if task is not None:
            with suppress(CallerHungUp, LineFault):
                async with asyncio.timeout(_MOVE_S):
                    await asyncio.shield(task)

    async def _record_consultation(self) -> None:
        """When agent and third talk without the caller, have it recorded, where that is wished."""
        third = next((third for third in self._thirds if third.channel), None)
        if self.state is State.CONSULTING and third is not None:
            await self._consult_record.begin(third)

    async def mend(self) -> None:
        """After a deed that failed midway: when the caller is alone with an agent at the desk, they are on hold."""
        if self._desk is not None and not self._desk.gone and self._bridge is None and not self._thirds:
            self.state = State.HELD

    # -- ringing ---------------------------------------------------------------------------------------------------

    def _has_answered(self, third: Third, channel: str, unique_id: str) -> None:
        third.channel, third.unique_id = channel, unique_id
        self._later(self._until_gone(third), "third")
        self.third_answered(third)

    async def _until_gone(self, third: Third) -> None:
        await self._board.watch(third.unique_id).gone.wait()
        self.third_gone(third)

    async def _ring_from_desk(self, third: Third) -> None:
        """Ring the third from the agent's line."""
        try:
            await self._at_desk().present(self._line.call.caller)
            await self._ring_on(third, self._ways_from_desk)
        except CallerHungUp:
            return  # the agent has: that is told otherwise
        except LineFault as fault:
            log.warning("conversation.ring_failed", call=self.call, error=str(fault))
            self.third_failed(third, RingOutcome.FAILED)

    async def _ring_into_room(self, third: Third) -> None:
        """Ring the third to wait in the conference."""
        await self._ring_on(third, self._ways_into_room)

    async def _ring_on(self, third: Third, ring: Callable[[Third], Awaitable[RingOutcome]]) -> None:
        """Ring the third, and whoever is rung instead when that was in vain."""
        while (outcome := await ring(third)) is not RingOutcome.ANSWERED:
            other = self._hotline.instead(self.call, [*third.tried, third.target], outcome)
            if other is None:
                self.third_failed(third, outcome)
                return
            before = third.party
            third.tried.append(third.target)
            third.target = other
            self._append(PartyInvited(call=self.call, at=self._now(), party=third.party, number=other.ways[0].number))
            self._append(PartyLeft(call=self.call, at=self._now(), party=before, reason=outcome.value))

    async def _ways_from_desk(self, third: Third) -> RingOutcome:
        """Ring the third's telephones, one after the other; the agent hears it."""
        desk, failed = self._at_desk(), list[RingOutcome]()
        for way in third.target.ways:
            result = await desk.ring(
                way.address, ring_s=way.ring_s, caller_name=self._line.call.shown_name, ringback=True, outlives=True
            )
            if result.outcome is RingOutcome.ANSWERED and desk.leg is not None:
                if desk.dial is not None:
                    self._consults(desk.dial)
                self._has_answered(third, desk.leg.channel, desk.leg.unique_id)
                return RingOutcome.ANSWERED
            failed.append(result.outcome)
        return failure_of(failed)

    async def _ways_into_room(self, third: Third) -> RingOutcome:
        """Ring the third's telephones, one after the other, while the talk goes on."""
        failed: list[RingOutcome] = []
        for number, way in enumerate(third.target.ways):
            leg = f"{self.call}-d{len(self._thirds)}{number}{int(self._clock.monotonic() * 1000) % 100_000}"
            try:
                channel, outcome = await self._originate(way, leg)
                if outcome is RingOutcome.ANSWERED:
                    await self._moves.in_room(channel)  # before, the limit may be set yet
                    await self._moves.may_stay(channel)
            except AmiError as error:
                log.warning("conversation.invite_failed", call=self.call, error=str(error))
                outcome = RingOutcome.FAILED
            except asyncio.CancelledError:
                with suppress(AmiError):
                    await self._board.hang_up_call(CallId(leg))
                raise
            if outcome is RingOutcome.ANSWERED:
                self._has_answered(third, channel, leg)
                return outcome
            failed.append(outcome)
        return failure_of(failed)

    async def _originate(self, way: Way, leg: str) -> tuple[str, RingOutcome]:
        watched = self._board.watch(leg)
        response = await self._board.ami.originate(
            Channel=way.address, Context=ROOM, Exten=self._moves.room, Priority="1",
            Timeout=str(int(way.ring_s * 1000)), ChannelId=leg, CallerID=f"<{self._line.call.caller or 'anonymous'}>",
            Variable=[f"HOTLINE_CALL={self.call}", "HOTLINE_INVITED=1"], timeout_s=way.ring_s + 5,
        )  # fmt: skip
        if response.get("Response") != "Success" and response.get("Reason") != "3":
            with suppress(TimeoutError):
                async with asyncio.timeout(_CAUSE_S):
                    await watched.gone.wait()
        outcome = originate_outcome(response.get("Response"), response.get("Reason"), watched.cause)
        return response.get("Channel"), outcome

    # -- what the agent is told ------------------------------------------------------------------------------------

    async def quiet(self) -> None:
        """Stop telling and asking the agent."""
        self._asks = False
        voice, self._voice = self._voice, None
        if voice is not None and voice is not asyncio.current_task():
            voice.cancel()
            await asyncio.gather(voice, return_exceptions=True)

    def _guide(self, phrase: str) -> None:
        self._voice = self._later(self._say(phrase), "guide")

    def _guide_after(self, deed: Deed) -> None:
        """Whisper to the agent who pressed a key what it has come to; nothing waits for that, and nobody else hears
        it."""
        phrase = _GUIDANCE.get(deed)
        if phrase is not None:
            self._later(self._tell_agent(phrase), "guide")

    async def _say(self, *phrases: str) -> None:
        """Say something to the agent, at the desk."""
        sounds = [sound for phrase in phrases for sound in await self._hotline.sounds(phrase)]
        with suppress(CallerHungUp, LineFault):
            await self._at_desk().play(sounds)

    async def _tell_agent(self, phrase: str) -> None:
        """Say something to the agent alone, wherever the agent is."""
        if self._desk is not None and self._consultation is None:
            await self._say(phrase)
        else:
            await whisper(self._board.ami, self.agent_channel, await self._hotline.sounds(phrase))

    async def ask_whom(self, kind: Happening) -> None:
        """Ask the agent whom to consult, or where the caller is to go. The caller is on hold meanwhile."""
        if self._desk is None:
            await self._hold_to_ask()
        self._asks = True
        desk, ahead, self._ahead = self._at_desk(), self._ahead, ""
        desk.forget_digits()
        desk.type_ahead(ahead)
        self._voice = self._later(self._dialogue(kind, desk), "dialogue")

    async def _hold_to_ask(self) -> None:
        raise NotImplementedError

    async def _dialogue(self, kind: Happening, desk: "ChannelLine") -> None:
        question = "talk.ask_whom" if kind is Happening.CONSULT else "talk.ask_whereto"
        try:
            for _ in range(_TRIES):
                pressed = (await desk.collect(await self._hotline.sounds(question), _ENTRY)).pressed
                if not pressed:
                    break
                try:
                    target = self._hotline.look_up(self.call, pressed, to_ring=kind is Happening.CONSULT, by=self.agent)
                except NoTarget as error:
                    await desk.play(await self._hotline.sounds(error.phrase))
                    continue
                self.wish(kind, target)
                return
        except (CallerHungUp, LineFault) as fault:
            log.debug("conversation.dialogue_ended", call=self.call, why=type(fault).__name__)
            return
        self.wish(Happening.RESUME)

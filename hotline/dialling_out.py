"""Calls that agents make: dialled on a seat (``*9<number>``, ``*9<number>*<ticket>``), or ordered from the command
line, which rings the seat first.

The seat's channel is the line here; whom the agent dials is its leg, and has a line of their own from the answer on
(``telephony.called``). While both talk, Asterisk holds the talk by itself, so it lives on when the service dies
(``takeover`` then follows it); whom nobody talks with then (on hold, parked, in line) is hung up. Every wish becomes a
call in the books, refused ones too.
"""

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, Protocol, cast

import structlog

from agents import SeatVoice
from agents.dial_rules import DialRefusal, DialRules, Tries, Wish
from calls import AgentId, Call, CallerHungUp, CallId, Clock, Line, Outcome, SeatId, Sound
from calls.identity import Address, mask_number
from calls.line import RingOutcome, RingResult, TalkEnd
from calls.recording_events import RecordingStarted
from calls.standing import Stage
from calls.timeline import CallEnded, CallPlaced, CallResumed, Connected, TalkEnded
from hotline.call_timeline import Timelines
from hotline.desks import Desks
from hotline.seat_ringer import SeatRinger
from hotline.takeover import Past
from recorder.files import RecordingPath
from tickets import StoreUnavailable

log = structlog.get_logger(__name__)

_NODE = "a1"
_PICK_UP_S = 30.0  # how long a seat is rung for a call that was ordered for it
_COME_S = 5.0  # from the seat's answer to its line being here
_AGENT_AWAY = "the agent's phone was not answered"
_MOST_TRIES = 500  # calls of a ticket in a day that are looked at
_TRIED = frozenset({Outcome.ANSWERED, Outcome.BUSY, Outcome.NO_ANSWER})  # somebody's phone rang, or was busy
_OUTCOMES = {
    RingOutcome.BUSY: Outcome.BUSY,
    RingOutcome.DECLINED: Outcome.BUSY,
    RingOutcome.NO_ANSWER: Outcome.NO_ANSWER,
}


class SeatLine(Protocol):
    """What is needed of a seat's line; ``telephony.line.ChannelLine`` is one."""

    channel: str  # its name in Asterisk

    @property
    def call(self) -> Call:
        """The call."""
        ...

    async def answer(self) -> None:
        """Answer."""
        ...

    async def play(self, sounds: Sequence[Sound], *, interrupt: str = "") -> str:
        """Play sounds."""
        ...

    async def present(self, number: str) -> None:
        """Show ``number`` to whoever is rung next."""
        ...

    async def ring(
        self,
        address: Address,
        *,
        ring_s: float,
        caller_name: str = "",
        record_to: Path | None = None,
        ringback: bool = False,
    ) -> RingResult:
        """Ring a leg."""
        ...  # fmt: skip

    async def set_variable(self, name: str, value: str) -> None:
        """Set a variable of the channel."""
        ...

    async def talk(self) -> TalkEnd:
        """Wait for the talk's end."""
        ...

    async def hang_up(self) -> None:
        """End the call."""
        ...


class CalledPeople(Protocol):
    """Whom agents have dialled; ``Switchboard`` knows them."""

    @property
    def answers_seen(self) -> bool:
        """Whether an answer is seen when it comes (else: when the talk is over)."""
        ...

    async def line_of_called(self, line: Any) -> Line | None:
        """Return the line of whom a seat's line has dialled, once answered; None: there is none."""
        ...

    async def record(self, channel: str, path: Path) -> bool:
        """Record a channel that no line serves."""
        ...


class Former(Protocol):
    """The calls of a service that is gone; ``Takeover`` knows them."""

    def claim(self, call_id: CallId) -> Past | None:
        """Return what a call has lived, when it is one of these, and let go of it."""
        ...


LeftToOthers = Callable[[Line, TalkEnd], Coroutine[Any, Any, None]]
"""``CallerServices.left_to_others``: what becomes of somebody whom the agent has left to others, or passed on."""


@dataclass(frozen=True, slots=True)
class DialPlan:
    """How agents' calls go out. ``address_of`` gives where a number (digits) is rung, None when there is no way."""

    rules: DialRules
    zone: tzinfo
    caller_id: str
    ring_s: float
    address_of: Callable[[str], Address | None]
    tries: Tries = field(default_factory=Tries)


@dataclass(slots=True)
class _Order:
    """A call that was ordered, whose seat is being rung."""

    agent: AgentId
    came: asyncio.Event = field(default_factory=asyncio.Event)


class DiallingOut:
    """Carries agents' calls."""

    def __init__(
        self,
        plan: DialPlan,
        desks: Desks,
        timelines: Timelines,
        former: Former,
        clock: Clock,
        *,
        voice: SeatVoice,
        ring_seat: SeatRinger,
        called: CalledPeople,
        left_to_others: LeftToOthers,
    ) -> None:
        self._called, self._left_to_others = called, left_to_others
        self._plan, self._desks, self._floor, self._timelines = plan, desks, desks.floor, timelines
        self._former, self._clock, self._voice, self._ring_seat = former, clock, voice, ring_seat
        self._orders: dict[CallId, _Order] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)

    async def close(self) -> None:
        """Wait for nobody any more; what is up goes on by itself."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- from a seat -----------------------------------------------------------------------------------------------

    async def serve(self, line: SeatLine, seat: SeatId, wish: Wish) -> None:
        """Carry a call dialled on a seat (or ordered for it) to its end. ``wish`` is digits only."""
        call = line.call.id
        await line.answer()
        order = self._orders.pop(call, None)
        if order is not None:
            order.came.set()
            await self._carry(line, order.agent, seat, wish)
            return
        standing = self._floor.at_seat(seat)
        if standing is None:
            await self._say(line, "seat.not_logged_in")
            await line.hang_up()
            return
        self._place(call, standing.agent, seat, wish, line.call.channel.unique_id)
        refusal = await self._refusal(wish)
        if refusal is None and not self._floor.dials_out(standing.agent, call):
            refusal = DialRefusal.NOT_NOW
        if refusal is None:
            await self._carry(line, standing.agent, seat, wish)
            return
        self._end(call, Outcome.REFUSED, refusal.value)
        with suppress(CallerHungUp):
            await self._say(line, f"dial.{refusal}")
            await line.hang_up()

    async def _carry(self, line: SeatLine, agent: AgentId, seat: SeatId, wish: Wish) -> None:
        """Dial, talk, and write down what became of it. The agent is DIALLING when this begins."""
        call = line.call.id
        outcome, cause, phrase = Outcome.NO_ANSWER, "agent", ""
        try:
            outcome, cause, phrase = await self._dial(line, agent, seat, wish)
        except CallerHungUp:
            log.debug("dial.agent_hung_up")
        except Exception as error:
            log.exception("dial.failed")
            outcome, cause, phrase = Outcome.FAILED, f"{type(error).__name__}: {error}"[:200], "dial.failed"
        self._end(call, outcome, cause)
        try:
            if phrase:
                await self._say(line, phrase)
            await line.hang_up()
        except CallerHungUp:
            log.debug("dial.agent_hung_up")
        finally:
            self._floor.dial_out_ended(agent, call)

    async def _dial(self, line: SeatLine, agent: AgentId, seat: SeatId, wish: Wish) -> tuple[Outcome, str, str]:
        """Return the outcome, its cause, and the phrase that the agent is to hear ("": none)."""
        call = line.call.id
        address = self._plan.address_of(wish.number)
        if address is None:
            return Outcome.REFUSED, DialRefusal.NO_TRUNK.value, "dial.no_trunk"
        await line.set_variable("__HOTLINE_CALL", call)  # goes with whoever is rung
        await line.present(self._plan.caller_id)
        place = self._desks.recordings.new_talk(call, self._clock.now())
        unseen = place if not self._called.answers_seen else None
        result = await line.ring(address, ring_s=self._plan.ring_s, record_to=unseen.absolute if unseen else None,
                                 ringback=True)  # fmt: skip
        if result.outcome is not RingOutcome.ANSWERED:
            outcome = _OUTCOMES.get(result.outcome, Outcome.FAILED)
            return outcome, f"{result.outcome} {result.cause}".strip(), f"dial.{outcome}"
        now = self._clock.now()
        self._timelines.append(Connected(call=call, at=now, agent=agent, seat=seat))
        if place is not None:
            self._timelines.append(RecordingStarted(call=call, at=now, path=place.relative))
        self._floor.dial_out_answered(agent, call)
        person = await self._called.line_of_called(line)
        if person is not None:
            return Outcome.ANSWERED, await self._converse(line, person, agent, wish, place), ""
        if place is not None and unseen is None:
            await self._called.record(line.channel, place.absolute)
        await line.talk()
        return Outcome.ANSWERED, "callee", ""

    async def _converse(
        self, line: SeatLine, person: Line, agent: AgentId, wish: Wish, place: RecordingPath | None
    ) -> str:
        """Carry the talk with all that a talk can do, and what follows it; return who ended it."""
        call = person.call
        call.caller, call.language = wish.number, line.call.language
        try:
            await person.join(cast("Line", line), record_to=None if place is None else place.absolute)
            end = await person.talk()
            if end is TalkEnd.AGENT_LEFT:
                await person.hang_up()
                return "agent"
            self._timelines.append(TalkEnded(call=call.id, at=self._clock.now(), agent=agent, by="agent"))
            self._floor.dial_out_ended(agent, call.id)
            await self._left_to_others(person, end)
            await person.hang_up()
        except CallerHungUp:
            return "callee"
        except Exception:  # nobody else would, and they would be left in silence
            await person.hang_up()
            raise
        return "callee"

    # -- ordered ---------------------------------------------------------------------------------------------------

    async def order(self, agent: AgentId, wish: Wish) -> tuple[CallId, DialRefusal | None]:
        """Have an agent's seat rung, and the number dialled when it is answered; return the call, and why not.

        Raises ``LookupError`` when the agent is not logged in.
        """
        standing = self._floor.standing(agent)
        if standing is None:
            raise LookupError(f"agent {agent} is not logged in")
        now = self._clock.now()
        call = CallId(f"dial-{int(now)}.{int(now * 1000) % 1000}{next(self._numbers)}")
        self._place(call, agent, standing.seat, wish, call)
        refusal = await self._refusal(wish)
        if refusal is None and not self._floor.dials_out(agent, call):
            refusal = DialRefusal.NOT_NOW
        if refusal is not None:
            self._end(call, Outcome.REFUSED, refusal.value)
            return call, refusal
        order = self._orders[call] = _Order(agent)
        self._spawn(self._call_seat(call, order, standing.seat, wish), f"dial {call}")
        return call, None

    async def _call_seat(self, call: CallId, order: _Order, seat: SeatId, wish: Wish) -> None:
        dial = f"*9{wish.number}" + (f"*{wish.ticket}" if wish.ticket else "")
        answered = False
        try:
            answered = await self._ring_seat(seat, call, dial, shown=wish.number, ring_s=_PICK_UP_S)
            if answered:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_COME_S):
                        await order.came.wait()
        except Exception:
            log.exception("dial.seat_not_rung")
        if self._orders.pop(call, None) is not None:
            self._end(call, Outcome.FAILED if answered else Outcome.NO_ANSWER, _AGENT_AWAY)
            self._floor.dial_out_ended(order.agent, call)

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- inside ----------------------------------------------------------------------------------------------------

    async def _refusal(self, wish: Wish) -> DialRefusal | None:
        """Return why this may not be dialled now, or None."""
        local = datetime.fromtimestamp(self._clock.now(), self._plan.zone)
        refusal = self._plan.rules.refusal(wish.number, local.hour * 60 + local.minute)
        if refusal is not None:
            return refusal
        if wish.ticket and not await self._ticket_exists(wish.ticket):
            return DialRefusal.NO_TICKET
        if wish.ticket and (refusal := await self._tried(wish, local)) is not None:
            return refusal
        return None if self._plan.address_of(wish.number) is not None else DialRefusal.NO_TRUNK

    async def _tried(self, wish: Wish, local: datetime) -> DialRefusal | None:
        """Return why nobody is to be tried again for a ticket now. Tries are counted in the store, over restarts."""
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
        try:
            calls = await self._desks.reader.calls(
                ticket=wish.ticket, direction="outbound", since=midnight, running=False, limit=_MOST_TRIES
            )
        except StoreUnavailable:
            log.exception("dial.tries_not_counted")
            return None
        latest = [
            call for call in calls
            if call.dialled == wish.number and call.outcome in _TRIED and call.cause != _AGENT_AWAY
        ]  # fmt: skip
        unreached = itertools.takewhile(lambda call: call.outcome != Outcome.ANSWERED, latest)
        return self._plan.tries.refusal(sorted(call.arrived_at for call in unreached), self._clock.now())

    async def _ticket_exists(self, ticket: str) -> bool:
        try:
            return await self._desks.reader.ticket_state(ticket) is not None
        except StoreUnavailable:
            log.exception("dial.ticket_not_looked_up")
            return False

    def _place(self, call: CallId, agent: AgentId, seat: SeatId, wish: Wish, unique_id: str) -> None:
        past, now = self._former.claim(call), self._clock.now()
        self._timelines.open(call, past.events if past else ())
        if past is not None:  # it was ordered of a service that is gone
            self._timelines.append(CallResumed(call=call, at=now))
            return
        self._timelines.append(
            CallPlaced(call=call, at=now, agent=agent, seat=seat, caller=self._plan.caller_id,
                       dialled=wish.number, ticket=wish.ticket, node=_NODE, unique_id=unique_id)
        )  # fmt: skip
        log.info("dial.placed", call=call, agent=agent, number=mask_number(wish.number), ticket=wish.ticket)

    def _end(self, call: CallId, outcome: Outcome, cause: str) -> None:
        standing, now = self._timelines.standing(call), self._clock.now()
        if standing.stage is Stage.TALKING and standing.agent is not None:
            self._timelines.append(TalkEnded(call=call, at=now, agent=standing.agent, by=cause))
        outcome = Outcome.ANSWERED if standing.talked else outcome
        self._timelines.append(CallEnded(call=call, at=now, outcome=outcome, cause=cause))
        for path in standing.unstored:
            self._desks.recorder.talk_ended(call, path)
        self._timelines.close(call)
        log.info("dial.ended", call=call, outcome=outcome, cause=cause)

    async def _say(self, line: SeatLine, phrase: str) -> None:
        await line.play(self._voice(phrase, line.call.language))

"""The other rooms in a rehearsal: they answer what they were told to, and put the same events on the timeline."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from calls import Line, ManualClock, Timeline
from calls.identity import AgentId, SeatId
from calls.line import Recorded, RecordLimits
from calls.passing import CallData
from calls.timeline import Connected, Dequeued, MessageLeft, MessageStarted, Queued, TalkEnded
from ivr.closures import Closure
from ivr.outside import HttpQuestion, LookUpFailed, PinAnswer, QueueNow
from ivr.services import Box, QueueEnd, QueueRequest, TicketAnswer, TicketEnd, TransferEnd
from ivr.steps import LAST_DIGITS

_TALK_S = 60.0
_TIMEOUT_S = 900.0
_RING_S = 10.0
_NOBODY, _NOWHERE = AgentId("pretended"), SeatId("pretended")


@dataclass(frozen=True, slots=True)
class Pretended:
    """How things stand: queues and departments by their key, tickets' states by number (``closed@13900001234``: made
    for that telephone, not the caller's). What is not named is well: queues serve, departments answer, tickets are not
    found."""

    queues: Mapping[str, QueueEnd] = field(default_factory=dict)
    departments: Mapping[str, TransferEnd] = field(default_factory=dict)
    tickets: Mapping[str, str] = field(default_factory=dict)
    lookups: Mapping[str, Any] = field(default_factory=dict)  # host, or question to a database -> what is answered
    pins: Mapping[str, str] = field(default_factory=dict)  # of those not named, every PIN is right
    calls: int = 0  # that came from the caller's number lately
    last_ticket: str | None = None  # its state


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that the flow asked of another room: ``queue``, ``transfer``, ``message`` or ``ticket``, and which."""

    what: str
    name: str
    answer: str
    skills: Mapping[str, int] = field(default_factory=dict)
    priority: int = 0


class RehearsalServices:
    """``ivr.FlowServices`` for one pretended call."""

    def __init__(self, pretended: Pretended, timeline: Timeline, clock: ManualClock) -> None:
        self._pretended, self._timeline, self._clock = pretended, timeline, clock
        self.asked: list[Asked] = []
        self.outside = RehearsedOutside(pretended, self.asked)

    async def queue(self, line: Line, request: QueueRequest) -> QueueEnd:
        """Let the caller wait, and end it as pretended."""
        end = self._pretended.queues.get(request.queue, QueueEnd.SERVED)
        self.asked.append(Asked("queue", request.queue, end.value, dict(request.skills), request.priority))
        call, now = line.call.id, self._clock.now()
        self._timeline.append(
            Queued(call=call, at=now, queue=request.queue, needs=dict(request.skills), priority=request.priority,
                   since=now)
        )  # fmt: skip
        if end is not QueueEnd.SERVED:
            self._clock.advance(_TIMEOUT_S if end is QueueEnd.TIMEOUT else 0.0)
            self._timeline.append(Dequeued(call=call, at=self._clock.now(), reason=end.value))
            return end
        self._talk(line)
        return end

    async def ticket_state(self, number: str, caller: str, last_digits: str | None = None) -> TicketAnswer:
        """Return the pretended state of a ticket to who may know it."""
        state, _, phone = self._pretended.tickets.get(number, "").partition("@")
        theirs = phone or caller
        knows = theirs == caller if last_digits is None else theirs[-LAST_DIGITS:] == last_digits
        if not state or not knows:
            answer = TicketAnswer(TicketEnd.ASK if last_digits is None else TicketEnd.UNKNOWN)
        else:
            answer = TicketAnswer(TicketEnd.TOLD, state)
        self.asked.append(Asked("ticket", number, answer.state or answer.end.value))
        return answer

    def to_be_told(self, line: Line, queue: str) -> bool:
        """Nobody is recorded here."""
        del line, queue
        return False

    async def box(self, line: Line, box: str) -> Box:
        """Every box takes messages, as the step says."""
        del line, box
        return Box()

    async def draft_message(self, line: Line, box: str, limits: RecordLimits) -> Recorded:
        """Take a message that is not sent yet."""
        self.asked.append(Asked("message", box, "kept"))
        self._timeline.append(MessageStarted(call=line.call.id, at=self._clock.now(), box=box, path="message.wav"))
        return await line.record(Path("message.wav"), limits)

    def send_message(self, line: Line, box: str, recorded: Recorded) -> None:
        """Pretend to keep a message."""
        self._timeline.append(
            MessageLeft(call=line.call.id, at=self._clock.now(), box=box, path="message.wav",
                        duration_s=recorded.duration_s, end=recorded.end)
        )  # fmt: skip

    def drop_message(self, recorded: Recorded) -> None:
        """Forget a message."""

    async def transfer(self, line: Line, department: str, data: CallData | None = None) -> TransferEnd:
        """Connect the caller to a department, or not."""
        del line, data
        end = self._pretended.departments.get(department, TransferEnd.DONE)
        self.asked.append(Asked("transfer", department, end.value))
        self._clock.advance(_TALK_S if end is TransferEnd.DONE else _RING_S)
        return end

    def unrecorded(self, line: Line) -> AbstractAsyncContextManager[None]:
        """Nothing is recorded in a rehearsal."""
        del line
        return nullcontext()

    def closing(self, flow: str, dialled: str) -> Closure | None:
        """Nothing is closed by order in a rehearsal."""
        del flow, dialled
        return None

    def _talk(self, line: Line) -> None:
        call = line.call.id
        self._timeline.append(Connected(call=call, at=self._clock.now(), agent=_NOBODY, seat=_NOWHERE))
        self._clock.advance(_TALK_S)
        self._timeline.append(TalkEnded(call=call, at=self._clock.now(), agent=_NOBODY, by="agent"))


class RehearsedOutside:
    """``ivr.outside.Outside`` in a rehearsal: facts, look-ups and PINs, as they are pretended to be."""

    def __init__(self, pretended: Pretended, asked: list[Asked]) -> None:
        self._pretended, self._asked = pretended, asked

    @property
    def facts(self) -> "RehearsedOutside":
        """What conditions ask about."""
        return self

    @property
    def lookups(self) -> "RehearsedOutside":
        """Other systems."""
        return self

    @property
    def pins(self) -> "RehearsedOutside":
        """PINs that are asked for."""
        return self

    async def queue_now(self, queue: str) -> QueueNow:
        """Return how a queue stands, so that it would end as pretended."""
        match self._pretended.queues.get(queue, QueueEnd.SERVED):
            case QueueEnd.NOBODY_STAFFED:
                return QueueNow(0, 0, 0, None)
            case QueueEnd.SERVED:
                return QueueNow(0, 1, 1, 0.0)
            case _:
                return QueueNow(100, 1, 0, _TIMEOUT_S)

    async def calls_since(self, caller: str, since: float, but: str) -> int:
        """Return how often the caller called before."""
        del caller, since, but
        return self._pretended.calls

    async def last_ticket(self, caller: str) -> str | None:
        """Return the state of the caller's last ticket."""
        del caller
        return self._pretended.last_ticket

    async def over_http(self, question: HttpQuestion) -> Any:
        """Return what a host is pretended to answer; nothing from others."""
        host = urlsplit(question.url).netloc
        return self._answer(host)

    async def in_database(self, query: str, values: Mapping[str, str], timeout_s: float) -> Mapping[str, Any] | None:
        """Return what a database is pretended to answer; nothing to other questions."""
        del values, timeout_s
        answer = self._answer(query)
        return answer if isinstance(answer, Mapping) else None

    async def answer(self, name: str, digits: str, caller: str) -> PinAnswer:
        """Say whether a PIN is right."""
        del caller
        right = self._pretended.pins.get(name, digits) == digits
        self._asked.append(Asked("pin", name, "right" if right else "wrong"))
        return PinAnswer.RIGHT if right else PinAnswer.WRONG

    def _answer(self, name: str) -> Any:
        answer = self._pretended.lookups.get(name)
        self._asked.append(Asked("lookup", name, "not found" if answer is None else "found"))
        if answer == "failed":
            raise LookUpFailed("pretended")
        return answer

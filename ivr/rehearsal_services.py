"""The other rooms in a rehearsal: they answer what they were told to, and put the same events on the timeline."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from calls import Line, ManualClock, Timeline
from calls.identity import AgentId, SeatId
from calls.line import Recorded, RecordLimits
from calls.passing import CallData
from calls.timeline import Connected, Dequeued, MessageLeft, MessageStarted, Queued, TalkEnded
from ivr.closures import Closure
from ivr.services import QueueEnd, QueueRequest, TransferEnd

_TALK_S = 60.0
_TIMEOUT_S = 900.0
_RING_S = 10.0
_NOBODY, _NOWHERE = AgentId("pretended"), SeatId("pretended")


@dataclass(frozen=True, slots=True)
class Pretended:
    """How things stand: queues and departments by their key, tickets' states by number. What is not named is well:
    queues serve, departments answer, tickets are not found."""

    queues: Mapping[str, QueueEnd] = field(default_factory=dict)
    departments: Mapping[str, TransferEnd] = field(default_factory=dict)
    tickets: Mapping[str, str] = field(default_factory=dict)


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

    async def ticket_state(self, number: str, caller: str) -> str | None:
        """Return the pretended state of a ticket."""
        del caller
        state = self._pretended.tickets.get(number)
        self.asked.append(Asked("ticket", number, state or "not found"))
        return state

    async def leave_message(self, line: Line, box: str, limits: RecordLimits) -> Recorded:
        """Take a message that nobody keeps."""
        self.asked.append(Asked("message", box, "kept"))
        self._timeline.append(MessageStarted(call=line.call.id, at=self._clock.now(), box=box, path="message.wav"))
        recorded = await line.record(Path("message.wav"), limits)
        self._timeline.append(
            MessageLeft(call=line.call.id, at=self._clock.now(), box=box, path="message.wav",
                        duration_s=recorded.duration_s, end=recorded.end)
        )  # fmt: skip
        return recorded

    async def transfer(self, line: Line, department: str, data: CallData | None = None) -> TransferEnd:
        """Connect the caller to a department, or not."""
        del line, data
        end = self._pretended.departments.get(department, TransferEnd.DONE)
        self.asked.append(Asked("transfer", department, end.value))
        self._clock.advance(_TALK_S if end is TransferEnd.DONE else _RING_S)
        return end

    def closing(self, flow: str, dialled: str) -> Closure | None:
        """Nothing is closed by order in a rehearsal."""
        del flow, dialled
        return None

    def _talk(self, line: Line) -> None:
        call = line.call.id
        self._timeline.append(Connected(call=call, at=self._clock.now(), agent=_NOBODY, seat=_NOWHERE))
        self._clock.advance(_TALK_S)
        self._timeline.append(TalkEnded(call=call, at=self._clock.now(), agent=_NOBODY, by="agent"))

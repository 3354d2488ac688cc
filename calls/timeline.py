"""What happens to a call, as typed events; everything that is stored, reported or shown is derived from them.

Each event carries the call's id and the time it happened (seconds since the epoch). ``to_record`` and
``from_record`` turn events into plain JSON-able mappings and back; unknown kinds or keys raise ``ValueError``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from calls.call import Outcome
from calls.event import Event as Event  # noqa: PLC0414 - all others know it by this place
from calls.identity import AgentId, CallId, SeatId
from calls.message_events import MessageHandled
from calls.plain import plain_fields
from calls.recording_events import (
    ConsultRecordingEnded,
    ConsultRecordingStarted,
    RecordingContinued,
    RecordingPaused,
    RecordingRefused,
    RecordingStarted,
    RecordingStored,
)
from calls.talk_events import Parked, PartyAnswered, Together, Transferred, Unparked


@dataclass(frozen=True, slots=True, kw_only=True)
class CallArrived(Event):
    """A caller reached the service."""

    caller: str
    caller_name: str
    dialled: str
    node: str
    unique_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPlaced(Event):
    """An agent dials a number: the first event of an outbound call, instead of ``CallArrived``. The line served is the
    seat's; ``caller`` is the number presented, ``ticket`` what the call is about ("": none)."""

    agent: AgentId
    seat: SeatId
    caller: str
    dialled: str
    ticket: str
    node: str
    unique_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackPlaced(Event):
    """A caller waits to be called back: the first event of the callback's own call, instead of ``CallArrived``. The
    line served is that of the person called, whose number is ``caller``; ``origin`` is the call it comes from."""

    callback: str
    origin: CallId
    caller: str
    dialled: str  # what they had dialled
    node: str
    unique_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackChanged(Event):
    """A callback changed its state (``acd.callbacks``), on the timeline of the call it comes from; may come after
    ``CallEnded``. ``dialled_as`` is the callback's own call."""

    callback: str
    state: str
    cause: str
    attempt: int = 0  # tries so far
    dialled_as: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResumed(Event):
    """A restarted service has taken the call over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEntered(Event):
    """The caller reached a step of a flow. ``returns``: where each open call of steps goes on, the outermost first
    (``flow/step``; ``flow/``: with a goodbye)."""

    flow: str
    step: str
    returns: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitsEntered(Event):
    """The caller pressed something (masked when secret) or nothing, and what the step made of it; every try is one."""

    flow: str
    step: str
    digits: str
    verdict: str  # "match", "no_match", "no_input", "invalid"
    into: str = ""  # the call's variable in which they are kept; "" for those of a menu, and for secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuesSet(Event):
    """The flow noted something about the call: values of its variables, and tags that are new."""

    values: dict[str, str]
    tags: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageChosen(Event):
    """The caller chose a language."""

    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectNoted(Event):
    """What the call is about became known, in words that agents read; a later one counts instead."""

    subject: str
    source: str  # "number": the one dialled; "step": where the flow came by; "hotline": whoever passed the caller on


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedIn(Event):
    """Another hotline passed the caller on, with what it knows. All of it is a stranger's word, bounded and cleaned."""

    hotline: str  # who says so
    caller: str  # the caller's number, as that hotline knows it
    ticket: str  # its own number of the matter
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOn(Event):
    """The caller talks with another hotline or a department, without an agent of ours."""

    party: str  # its key in the directory
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswered(Event):
    """The caller answered a question after the talk."""

    question: str  # its name in the flow
    answer: str  # the key pressed
    satisfied: bool | None = None  # what the answer means; None: it says nothing about that


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDelivered(Event):
    """Self-service gave the caller what it has (an information was heard, a ticket's state was told)."""

    service: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued(Event):
    """The caller asked for a person. ``since`` (epoch seconds) is the time that decides the place in line.

    ``suitable`` is how many on duty have what is needed, ``free`` how many of them were free, ``place`` the place in
    line (0: not in line, for it rang at once or nobody is on duty). ``doing`` counts what those did who are logged in
    and could be offered the caller (a state; ``break`` with its reason): of one held for an agent, that agent only.
    """

    queue: str
    needs: dict[str, int]  # skill -> least level
    priority: int
    since: float
    need: str = ""  # the whole hard need, as an expression
    asked: dict[str, int] = field(default_factory=dict)  # least levels that the flow asked for on top of the queue's
    suitable: int = 0
    free: int = 0
    place: int = 0
    held_for: AgentId | None = None  # a repeat caller waits for this agent only, for now; None: for anybody suitable
    doing: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedRelaxed(Event):
    """By waiting time, or because nobody on duty had it, the caller asks for less or for others from now on."""

    need: str  # an expression
    after_s: float  # the stage's time; it may begin sooner when nobody on duty served the one before
    edited: bool = False  # neither: the queue's rules were edited while the caller waited
    held_for: AgentId | None = None  # as in ``Queued``: still, or no longer
    doing: dict[str, int] = field(default_factory=dict)  # as in ``Queued``; empty when there was an offer at once


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceAnnounced(Event):
    """The caller was told the place in the queue (1 is next) and, where that is wanted, the expected wait."""

    place: int
    wait_s: float | None = None  # as it was told


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered(Event):
    """The call was offered to an agent: the phone begins to ring. What follows ``seat`` says why this agent."""

    offer: str
    agent: AgentId
    seat: SeatId
    rule: str = ""  # the strategy that chose among the free
    suitable: int = 0  # on duty with what the caller needs
    free: int = 0  # of these free, the chosen one included
    idle_s: float = 0.0  # how long the agent had been idle
    passed_over: int = 0  # callers in line before, whom this agent may not serve or is to avoid
    last_agent: bool = False  # this agent only: served the caller last time


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFailed(Event):
    """The offer came to nothing: no_answer, busy, declined, unreachable, failed or withdrawn."""

    offer: str
    agent: AgentId
    seat: SeatId
    reason: str
    not_again_s: float = 0.0  # for so long the agent is not offered this caller again, for others could serve
    doing: dict[str, int] = field(default_factory=dict)  # of the others, as in ``Queued``; empty: offered on at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected(Event):
    """Caller and agent are talking."""

    agent: AgentId
    seat: SeatId


@dataclass(frozen=True, slots=True, kw_only=True)
class Dequeued(Event):
    """The caller left the queue without reaching a person, and is served otherwise."""

    reason: str  # "nobody_staffed", "timeout", "digit", "full", "overflow"
    to: str = ""  # with overflow: where to
    beyond: str = ""  # with overflow: which limit was reached


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Event):
    """A party put the other on hold."""

    by: str  # "agent" or "caller"
    by_phone: bool = True  # with the phone's own hold; False: by order or code, and ``Together`` tells the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Unheld(Event):
    """The hold ended."""

    by: str
    by_phone: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyInvited(Event):
    """A department is being rung to join the talk."""

    party: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyJoined(Event):
    """A party (``caller``, ``agent``, ``department:<key>``, ``supervisor:<id>``) is in the three-way call."""

    party: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyLeft(Event):
    """A party left the three-way call, or could not be reached (``reason``)."""

    party: str
    reason: str = "hang_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkEnded(Event):
    """The agent is no longer connected to the caller. ``by`` is who ended it: caller, agent, system."""

    agent: AgentId
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageStarted(Event):
    """The caller is about to speak a message. When ``MessageLeft`` never follows, the file is still there."""

    box: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLeft(Event):
    """The caller left a message in a box. ``path`` is relative to the recordings folder."""

    box: str
    path: str
    duration_s: float
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpEnded(Event):
    """The agent finished the work after the call; may come after ``CallEnded``."""

    agent: AgentId
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOpened(Event):
    """A ticket was made from this call."""

    ticket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(Event):
    """The caller's line is gone. The last event but for wrap-up, recordings and the ticket."""

    outcome: Outcome
    cause: str = ""


_KINDS: dict[str, type[Event]] = {
    cls.__name__: cls
    for cls in (
        CallArrived, CallPlaced, CallbackPlaced, CallbackChanged, CallResumed, StepEntered, DigitsEntered,
        ValuesSet, LanguageChosen, SubjectNoted, PassedIn, PassedOn, SurveyAnswered, ServiceDelivered, Queued,
        NeedRelaxed, PlaceAnnounced, Offered, OfferFailed, Connected, Dequeued, Held, Unheld, PartyInvited, PartyJoined,
        PartyAnswered, PartyLeft, Together, Transferred, Parked, Unparked, TalkEnded, RecordingStarted,
        ConsultRecordingStarted, ConsultRecordingEnded, RecordingRefused, RecordingPaused, RecordingContinued,
        RecordingStored, MessageStarted, MessageLeft, MessageHandled, WrapUpEnded, TicketOpened, CallEnded,
    )
}  # fmt: skip


class Timeline(Protocol):
    """Where events go. Appending never waits and never fails the call."""

    def append(self, event: Event) -> None:
        """Take an event."""
        ...


def to_record(event: Event) -> dict[str, Any]:
    """Return the event as a JSON-able mapping with its ``kind``."""
    return {"kind": type(event).__name__, **plain_fields(event)}


def from_record(record: Mapping[str, Any]) -> Event:
    """Return the event that ``to_record`` wrote; raises ``ValueError`` on an unknown kind or wrong keys."""
    fields = dict(record)
    kind = fields.pop("kind", None)
    cls = _KINDS.get(str(kind))
    if cls is None:
        raise ValueError(f"unknown event kind {kind!r}")
    if cls is CallEnded:
        fields["outcome"] = Outcome(fields["outcome"])
    try:
        return cls(**fields)
    except TypeError as error:
        raise ValueError(f"event {kind}: {error}") from error


class MemoryTimeline:
    """A timeline kept in a list; for tests and tools."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def append(self, event: Event) -> None:
        """Take an event."""
        self.events.append(event)

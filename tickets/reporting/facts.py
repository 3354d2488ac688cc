"""What the figures are computed from. Times are epoch seconds, durations seconds."""

from dataclasses import dataclass, field

from tickets.reporting.concerns import LateFact, RaisedFact
from tickets.reporting.matters import OrderFact, TextFact


@dataclass(slots=True)
class CallFact:
    """One call as the figures see it."""

    id: str
    direction: str
    arrived_at: float
    ended_at: float | None
    outcome: str | None  # None while it goes on
    queue: str = ""
    agent: str = ""  # the last who talked
    departments: list[str] = field(default_factory=list)  # who joined the talk, or was passed on to
    subject: str = ""
    satisfied: bool | None = None
    talking_s: float = 0.0  # hold included
    wrap_up_s: float = 0.0
    menu_left_at: float | None = None  # the last key (or silence) asked for before the queue; None: nothing was asked
    queued_at: float | None = None  # first asked for a person
    connected_at: float | None = None  # first talked to one
    told_at: float | None = None  # when told how long the wait would be
    told_wait_s: float | None = None  # what was told
    ticket_state: str = ""  # of the ticket made of it; "": there is none
    dispatched: bool = False  # that ticket was, ever
    reopened: bool = False  # that ticket was, since this time began
    wait_s: float = 0.0  # as ``waited`` tells; kept, for every group asks for it
    needs: tuple[str, ...] = ()  # skills needed when first queued

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return self.outcome is not None

    @property
    def asked(self) -> bool:
        """Whether the caller asked for a person."""
        return self.queued_at is not None

    @property
    def answered(self) -> bool:
        """Whether a caller who asked for a person got one."""
        return self.queued_at is not None and self.connected_at is not None

    @property
    def abandoned(self) -> bool:
        """Whether the caller hung up while waiting for a person."""
        return self.queued_at is not None and self.outcome == "abandoned_queue"

    def waited(self) -> float:
        """Return the seconds from asking for a person until one answered, or until the caller's end."""
        until = self.connected_at if self.connected_at is not None else self.ended_at
        return 0.0 if self.queued_at is None or until is None else max(0.0, until - self.queued_at)


@dataclass(slots=True)
class AgentSpan:
    """An agent was in a state for a time."""

    agent: str
    state: str
    start: float
    end: float


@dataclass(slots=True)
class Facts:
    """All that a report is computed from."""

    calls: list[CallFact]
    spans: list[AgentSpan]
    orders: list[OrderFact]
    raised: list[RaisedFact]  # tickets of numbers that raised a subject more often, also from before the time
    late: list[LateFact]
    texts: list[TextFact] = field(default_factory=list)
    urgent: int = 0  # made in the time, and not answered yet
    service_complaints: int = 0  # about the hotline's own service

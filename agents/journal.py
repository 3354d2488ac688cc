"""What is kept of an agent: every change of state with its time and cause, enough to bring the floor back."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from agents.states import AgentState, Cause
from calls.identity import AgentId, CallId, SeatId
from calls.plain import plain_fields

NO_SEAT = SeatId("")
NO_CALL = CallId("")


class BreakReason(StrEnum):
    """Reasons that the engine itself gives; the directory's own reasons are its keys (``meal``, say)."""

    LOGIN = "login"  # logged in, not ready yet
    MISSED = "missed"  # did not take so many offers in a row that somebody must look
    ASIDE = "aside"  # did not take an offer: ready again by itself after a short time


class Pending(StrEnum):
    """What was asked for during a talk; done when the work after the call is over."""

    NONE = ""
    BREAK = "break"
    LOG_OUT = "log_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEvent:
    """An agent's whole standing after a change, made at ``at``. Times are epoch seconds."""

    agent: AgentId
    at: float
    cause: Cause
    state: AgentState
    since: float  # when this state was entered; differs from ``at`` where something else was noted
    seat: SeatId = NO_SEAT
    reason: str = ""  # of a break
    call: CallId = NO_CALL  # the caller offered, talked to, or written up
    queue: str = ""
    until: float | None = None  # when time itself will end this state
    idle_since: float = 0.0  # since when ready without having talked; decides who is longest idle
    pending: Pending = Pending.NONE
    pending_reason: str = ""
    misses: int = 0  # offers in a row that were not taken
    before: str = ""  # while dialling: the state that nobody's answer leads back to
    off_plan: bool = False  # logged in outside the team's shifts
    by: str = ""  # who ordered the change, when it was neither the agent nor the engine: "supervisor NAME"


class AgentJournal(Protocol):
    """Where agents' changes are kept. Appending never waits and never fails the floor."""

    def append(self, event: AgentEvent) -> None:
        """Take an event."""
        ...


class MemoryAgentJournal:
    """A journal kept in a list; for tests and tools."""

    def __init__(self) -> None:
        self.events: list[AgentEvent] = []

    def append(self, event: AgentEvent) -> None:
        """Take an event."""
        self.events.append(event)


def to_record(event: AgentEvent) -> dict[str, Any]:
    """Return the event as a JSON-able mapping."""
    return plain_fields(event)


def from_record(record: Mapping[str, Any]) -> AgentEvent:
    """Return the event that ``to_record`` wrote; raises ``ValueError`` on wrong keys or values."""
    fields = dict(record)
    try:
        fields["cause"] = Cause(fields["cause"])
        fields["state"] = AgentState(fields["state"])
        fields["pending"] = Pending(fields["pending"])
        return AgentEvent(**fields)
    except (KeyError, TypeError) as error:
        raise ValueError(f"agent event: {error}") from error

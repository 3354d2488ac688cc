"""The small words that a call's parts share, and what a session needs of its user agent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from simulator.sip.transactions import TransactionLayer
from simulator.sip.transport import Endpoint, Guard
from simulator.sip.wire import URI

if TYPE_CHECKING:
    from simulator.session import Session


class EndedBy(StrEnum):
    """Who ended a call."""

    US = "us"  # hung up, cancelled or rejected by the simulator
    PEER = "peer"  # hung up, cancelled or rejected by the other side
    NETWORK = "network"  # no answer to what we sent


@dataclass(frozen=True, slots=True)
class Step:
    """One message of a call, for the ladder."""

    at: float  # monotonic seconds
    direction: str  # ">" sent, "<" received
    line: str


class Plumbing(Protocol):
    """What a session needs of its user agent."""

    layer: TransactionLayer
    guard: Guard

    def contact(self, user: str) -> str:
        """Return our Contact header for a user."""
        ...

    def adopt(self, session: "Session") -> None:
        """Route the dialog's messages to the session from now on."""
        ...

    def release(self, session: "Session") -> None:
        """Stop routing the dialog's messages to the session."""
        ...


@dataclass(slots=True)
class Outgoing:
    """What an INVITE of ours says."""

    uri: URI
    from_header: str  # without tag
    user: str  # for the Contact
    destination: Endpoint
    headers: Mapping[str, str] = field(default_factory=dict)

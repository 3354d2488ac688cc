"""Where a caller can be passed on to, and whom an agent can consult."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from calls.identity import Address
from calls.line import RingOutcome


class Kind(StrEnum):
    """What sort of place it is."""

    DEPARTMENT = "department"
    AGENT = "agent"
    QUEUE = "queue"
    MENU = "menu"
    PARK = "park"  # music, until somebody picks the caller up
    SUPERVISOR = "supervisor"  # who takes the talk over, and is on the line already


@dataclass(frozen=True, slots=True)
class Way:
    """One telephone to be rung, and for how long (seconds)."""

    address: Address
    number: str
    ring_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Target:
    """A place; ``ways`` are its telephones in the order in which they are rung (none: it is no telephone)."""

    kind: Kind
    key: str  # a department's key, an agent's id, a queue's name, a park number; "" for the menu
    ways: tuple[Way, ...] = ()
    queue: str = ""  # the agent is whoever of this queue is free: another one will do as well

    @property
    def party(self) -> str:
        """The name that a timeline has for it."""
        return f"{self.kind}:{self.key}" if self.key else str(self.kind)


def failure_of(outcomes: Sequence[RingOutcome]) -> RingOutcome:
    """Return what became of a place whose telephones were all rung in vain: nobody answered when one of them rang for
    its whole time, else busy when one was, else how the last one ended."""
    for telling in (RingOutcome.NO_ANSWER, RingOutcome.BUSY, RingOutcome.DECLINED):
        if telling in outcomes:
            return telling
    return outcomes[-1] if outcomes else RingOutcome.UNREACHABLE


class NoTarget(Exception):
    """There is no such place, or it cannot be rung now. ``phrase`` is what the agent hears, the message is for people
    who read."""

    def __init__(self, phrase: str, message: str) -> None:
        super().__init__(message)
        self.phrase = phrase

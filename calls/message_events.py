"""What becomes of a message that a caller has left."""

from dataclasses import dataclass
from enum import StrEnum

from calls.event import Event


class MessageStep(StrEnum):
    """What was done with it."""

    HEARD = "heard"  # somebody has listened to it
    ASSIGNED = "assigned"  # one agent is to see to it (nobody in particular any more, where none is named)
    DONE = "done"  # nothing more is to be done
    ESCALATED = "escalated"  # nobody had listened to it for too long


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHandled(Event):
    """Something was done with a message; mostly long after the call. ``path`` tells which; ``by`` says who did it,
    ``agent`` to whom it was assigned."""

    path: str
    step: str
    by: str
    agent: str = ""
    note: str = ""

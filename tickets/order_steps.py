"""The way of a ticket: which step may be taken in which state, and where it leads. A pair that is not in the table is
refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tickets.models import TicketState


class TicketStep(StrEnum):
    """What people do with a ticket."""

    DISPATCH = "dispatch"  # to a department
    ACCEPT = "accept"  # the department takes it
    RETURN = "return"  # the department says why it is not theirs
    ANSWER = "answer"  # there is a result
    FOLLOW_UP = "follow-up"  # the caller was told, and asked whether satisfied
    CLOSE = "close"
    MERGE = "merge"  # it is about the same as another: it is closed, and its calls belong to that one
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class Wish:
    """A step somebody wants to take. ``note`` is the reason, the answer, or what the caller said."""

    step: TicketStep
    note: str = ""
    department: str = ""  # its key in the directory; for a dispatch
    satisfaction: int | None = None  # 1 very satisfied ... 5; for a follow-up
    into: str = ""  # the number of the ticket that has the matter; for a merge


class OrderRefused(Exception):
    """What was asked for cannot be done with this ticket; the message says why, and what can be done."""


_AT_THE_HOTLINE = {
    TicketStep.DISPATCH: TicketState.DISPATCHED,
    TicketStep.ANSWER: TicketState.ANSWERED,  # by the hotline itself
    TicketStep.CLOSE: TicketState.CLOSED,  # nothing is left to be done: settled in the call, or no matter at all
    TicketStep.MERGE: TicketState.CLOSED,
}

TABLE: Mapping[TicketState, Mapping[TicketStep, TicketState]] = {
    TicketState.REGISTERED: _AT_THE_HOTLINE,
    TicketState.DISPATCHED: {
        TicketStep.ACCEPT: TicketState.ACCEPTED,
        TicketStep.RETURN: TicketState.RETURNED,
        TicketStep.MERGE: TicketState.CLOSED,
    },
    TicketState.ACCEPTED: {
        TicketStep.ANSWER: TicketState.ANSWERED,
        TicketStep.RETURN: TicketState.RETURNED,
        TicketStep.MERGE: TicketState.CLOSED,
    },
    TicketState.RETURNED: _AT_THE_HOTLINE,
    TicketState.ANSWERED: {
        TicketStep.FOLLOW_UP: TicketState.FOLLOWED_UP,
        TicketStep.REOPEN: TicketState.REOPENED,
        TicketStep.MERGE: TicketState.CLOSED,
    },
    TicketState.FOLLOWED_UP: {
        TicketStep.CLOSE: TicketState.CLOSED,
        TicketStep.REOPEN: TicketState.REOPENED,
        TicketStep.MERGE: TicketState.CLOSED,
    },
    TicketState.CLOSED: {TicketStep.REOPEN: TicketState.REOPENED},
    TicketState.REOPENED: _AT_THE_HOTLINE,
}

OPEN = frozenset(TicketState) - {TicketState.ANSWERED, TicketState.FOLLOWED_UP, TicketState.CLOSED}  # not answered yet

_SAID = {
    TicketStep.DISPATCH: "dispatched", TicketStep.ACCEPT: "accepted", TicketStep.RETURN: "returned",
    TicketStep.ANSWER: "answered", TicketStep.FOLLOW_UP: "followed up", TicketStep.CLOSE: "closed",
    TicketStep.MERGE: "merged", TicketStep.REOPEN: "reopened",
}  # fmt: skip


def next_state(number: str, state: TicketState, step: TicketStep) -> TicketState:
    """Return where a step leads; raises ``OrderRefused`` where the state does not allow it."""
    ways = TABLE[state]
    if step not in ways:
        raise OrderRefused(
            f"ticket {number} is {state.value.replace('_', ' ')}: it cannot be {_SAID[step]} now; "
            f"what can be done: {', '.join(ways)}"
        )
    return ways[step]

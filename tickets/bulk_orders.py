"""What became of tickets that nobody worked on, written as those who work would have: by the same table of steps."""

from collections.abc import Sequence
from dataclasses import dataclass

from tickets.deadlines import Deadlines
from tickets.models import TicketKind, TicketState
from tickets.order_steps import Wish, next_state
from tickets.orders import OrderFacts
from tickets.rows import Row
from tickets.step_facts import step_facts
from tickets.store import plain_text


@dataclass(frozen=True, slots=True)
class LivedStep:
    """A step that was taken, when (epoch seconds) and by whom."""

    at: float
    wish: Wish
    by: str


@dataclass(frozen=True, slots=True)
class OrderLife:
    """What is written down of a ticket, and its steps in their order. ``made_at``: when it was made (epoch seconds), of
    one that no call left behind."""

    facts: OrderFacts
    steps: Sequence[LivedStep] = ()
    made_at: float = 0.0


UNTOUCHED: Row = {
    "address": "", "content": "", "category": "", "urgency": "normal", "channel": "phone", "department": "",
    "result": "", "satisfaction": None, "accept_by": None, "dispatched_at": None, "accepted_at": None,
    "answered_at": None, "followed_up_at": None, "closed_at": None, "escalated_at": None, "merged_into": "",
}  # fmt: skip
"""The columns of a ticket with which nobody has done anything."""


def new_row(life: OrderLife, number: str, deadlines: Deadlines) -> Row:
    """Return the columns of a ticket that no call left behind."""
    kind = life.facts.kind or TicketKind.ENQUIRY
    return {
        **UNTOUCHED, "number": number, "kind": kind.value, "state": TicketState.REGISTERED.value, "call_id": None,
        "caller": "", "caller_name": "", "subject": "", "queue": "", "agent": "", "language": "",
        "created_at": life.made_at, "updated_at": life.made_at, "answer_by": deadlines.answer_by(kind, life.made_at),
    }  # fmt: skip


def live(row: Row, life: OrderLife, deadlines: Deadlines) -> list[Row]:
    """Change a ticket's columns as its life did; return the rows of its history."""
    history = []
    given = life.facts.given()
    if row["answer_by"] is not None and "kind" in given:
        given["answer_by"] = deadlines.answer_by(TicketKind(given["kind"]), row["created_at"])
    row |= given
    if life.made_at:
        history.append(_change(row, life.made_at, "hotline", "create", {"before": "", "after": row["state"]}))
    for step in life.steps:
        before, department = row["state"], row["department"]
        after = next_state(row["number"], TicketState(before), step.wish.step).value
        row |= {"state": after, "updated_at": step.at, "accept_by": None,
                **step_facts(row, step.wish, step.at, deadlines)}  # fmt: skip
        sent = step.wish.department or department
        note = plain_text(step.wish.note)
        history.append(_change(row, step.at, step.by, step.wish.step.value,
                               {"before": before, "after": after, "note": note, "department": sent}))  # fmt: skip
    return history


def _change(row: Row, at: float, by: str, action: str, facts: Row) -> Row:
    return {"ticket": row["number"], "at": at, "by": by, "action": action, "department": "", "note": "", **facts}

"""What a step changes in a ticket's row beside its state. Pure."""

from collections.abc import Mapping
from typing import Any

from tickets.deadlines import Deadlines
from tickets.models import TicketKind
from tickets.order_steps import TicketStep, Wish
from tickets.store import plain_text

_GONE = ("accepted_at", "answered_at", "followed_up_at", "closed_at")  # when it is reopened


def step_facts(row: Mapping[Any, Any], wish: Wish, now: float, deadlines: Deadlines) -> dict[str, Any]:
    """Return the columns that a step changes in a ticket's row."""
    facts: dict[str, Any]
    match wish.step:
        case TicketStep.DISPATCH:
            answer_by = row["answer_by"] or deadlines.answer_by(TicketKind(row["kind"]), row["created_at"])
            facts = {"department": wish.department, "dispatched_at": row["dispatched_at"] or now,
                     "accept_by": deadlines.accept_by(now), "answer_by": answer_by}  # fmt: skip
        case TicketStep.ACCEPT:
            facts = {"accepted_at": now}
        case TicketStep.RETURN:
            facts = {"department": "", "accepted_at": None}
        case TicketStep.ANSWER:
            facts = {"answered_at": now, "result": plain_text(wish.note)}
        case TicketStep.FOLLOW_UP:
            facts = {"followed_up_at": now, "satisfaction": wish.satisfaction}
        case TicketStep.MERGE:
            facts = {"closed_at": now, "merged_into": wish.into}
        case TicketStep.CLOSE:
            facts = {"closed_at": now}
        case TicketStep.REOPEN:
            answer_by = deadlines.answer_by(TicketKind(row["kind"]), now)
            facts = {**dict.fromkeys(_GONE), "department": "", "merged_into": "", "answer_by": answer_by}
    return facts

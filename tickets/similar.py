"""Tickets whose texts are much alike: perhaps the same matter, told by another caller or in other words."""

import asyncio
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict
from rapidfuzz import fuzz
from sqlalchemy import func, select

from tickets.asking import rows_of
from tickets.models import TicketRow
from tickets.store import Store

_DAY_S = 86400.0
_MOST_COMPARED = 5_000  # the latest
_LONGEST = 500  # characters of a content that are compared
_SHORTEST = 4  # characters of a subject that may be compared alone


class SimilarRule(BaseModel):
    """When texts count as alike: from this likeness on (0 to 100; 0: never looked for), within so many days."""

    model_config = ConfigDict(frozen=True)

    alike_from: float = 70.0
    days: float = 30.0


class SimilarTicket(BaseModel):
    """A ticket that may be about the same."""

    model_config = ConfigDict(frozen=True)

    number: str
    state: str
    subject: str
    created_at: float
    same_caller: bool
    likeness: int  # 0 to 100


async def similar_tickets(store: Store, one: Any, rule: SimilarRule, limit: int = 5) -> list[SimilarTicket]:
    """Return the tickets most like ``one`` (a row or record), made within the rule's days before or after it. Those
    that were merged into others are left out. Raises ``StoreUnavailable``."""
    if not rule.alike_from or not (one.subject or one.content):
        return []
    row, days = TicketRow, rule.days * _DAY_S
    content = func.substr(row.content, 1, _LONGEST).label("content")
    query = (
        select(row.number, row.state, row.subject, content, row.created_at, row.caller)
        .where(row.created_at >= one.created_at - days, row.created_at <= one.created_at + days)
        .where(row.merged_into == "", row.number != one.number, (row.subject != "") | (row.content != ""))
        .order_by(row.created_at.desc(), row.id.desc())
        .limit(_MOST_COMPARED)
    )
    found = await asyncio.to_thread(_alike, one, await rows_of(store, query), rule.alike_from)
    return sorted(found, key=lambda each: (-each.likeness, -each.created_at, each.number))[:limit]


def _alike(one: Any, others: Iterable[Any], least: float) -> list[SimilarTicket]:
    whole, found = _whole(one.subject, one.content), []
    for other in others:
        likeness = fuzz.ratio(whole, _whole(other.subject, other.content))
        if min(len(one.subject), len(other.subject)) >= _SHORTEST:
            likeness = max(likeness, fuzz.ratio(one.subject, other.subject))
        if likeness >= least:
            found.append(SimilarTicket(
                number=other.number, state=other.state, subject=other.subject, created_at=other.created_at,
                same_caller=one.caller != "" and one.caller == other.caller, likeness=round(likeness),
            ))  # fmt: skip
    return found


def _whole(subject: str, content: str) -> str:
    return f"{subject} {content[:_LONGEST]}"

"""A day's calls as a simulator lives them again: when they came, which keys, how long it took; never who called."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from tickets.asking import rows_of
from tickets.models import CallRow, JournalRow
from tickets.store import Store

_MENU_KEY = re.compile(r"[0-9]{1,2}|[*#]")
"""Longer entries may be numbers of people, cards or matters."""
_GAVE_UP = "abandoned_queue"


@dataclass(frozen=True, slots=True)
class PastCall:
    """What is taken of a call. Times in seconds, ``arrived_at`` since the epoch."""

    arrived_at: float
    queue: str  # "" for callers who never came into one
    keys: tuple[str, ...]  # of menus, in order
    waited_s: float
    talked_s: float
    gave_up: bool  # while waiting


async def past_calls(store: Store, since: float, until: float) -> list[PastCall]:
    """Return the callers' calls that came in that time, in order. Raises ``StoreUnavailable``."""
    came = (CallRow.arrived_at >= since, CallRow.arrived_at < until, CallRow.direction == "inbound")
    keys: dict[str, list[str]] = {}
    pressed = (
        select(JournalRow.call_id, JournalRow.data)
        .join(CallRow, CallRow.id == JournalRow.call_id)
        .where(JournalRow.kind == "DigitsEntered", *came)
        .order_by(JournalRow.call_id, JournalRow.seq)
    )
    for call, data in await rows_of(store, pressed):
        if (key := _menu_key(data)) is not None:
            keys.setdefault(call, []).append(key)
    query = select(
        CallRow.id, CallRow.arrived_at, CallRow.queue, CallRow.waiting_s, CallRow.talking_s, CallRow.outcome
    ).where(*came).order_by(CallRow.arrived_at, CallRow.id)  # fmt: skip
    return [
        PastCall(arrived_at, queue, tuple(keys.get(call, ())), waited_s, talked_s, outcome == _GAVE_UP)
        for call, arrived_at, queue, waited_s, talked_s, outcome in await rows_of(store, query)
    ]


def _menu_key(data: dict[str, Any]) -> str | None:
    digits = str(data.get("digits") or "")
    return digits if not data.get("into") and _MENU_KEY.fullmatch(digits) else None

"""What the store tells of callers who asked for a person: when, how long they were served, how long they would wait."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import Integer, case, cast, func, select

from tickets.asking import rows_of
from tickets.models import CallRow
from tickets.store import Store

SLOTS = 48  # half-hours of a day
_BUCKET_S = 900  # every time zone's half-hours begin on one


@dataclass(slots=True)
class History:
    """Whole days, ``first`` and following: how many asked for a person, by half-hour of the day."""

    first: date
    days: list[list[int]]
    handling_s: float | None  # mean talk and wrap-up; None: nobody was answered
    patience_s: float | None  # mean time that a caller would wait; None: nobody gave up
    weekdays: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.weekdays = [(self.first + timedelta(days=place)).weekday() for place in range(len(self.days))]

    @property
    def totals(self) -> list[int]:
        """How many asked each day."""
        return [sum(slots) for slots in self.days]


async def read_history(store: Store, first: date, days: int, zone: tzinfo, queue: str | None = None) -> History:
    """Return the history of so many days, of all queues or one (the last that a caller was in). Patience is estimated
    from all who waited: their waiting time in all / those who gave up. Raises ``StoreUnavailable``."""
    last = first + timedelta(days=days)
    start, end = (datetime.combine(day, time(), zone).timestamp() for day in (first, last))
    rows = await rows_of(store, _query(start, end, queue))
    found = [[0] * SLOTS for _ in range(days)]
    handled = answered = waited = left = 0.0
    for bucket, asked, served, handled_s, waited_s, gave_up in rows:
        moment = datetime.fromtimestamp(bucket * _BUCKET_S, zone)
        found[(moment.date() - first).days][moment.hour * 2 + moment.minute // 30] += asked
        handled, answered = handled + (handled_s or 0), answered + served
        waited, left = waited + (waited_s or 0), left + gave_up
    return History(first, found, handled / answered if answered else None, waited / left if left and waited else None)


def _query(start: float, end: float, queue: str | None) -> Any:
    c = CallRow
    bucket = cast(func.floor(c.queued_at / _BUCKET_S), Integer)
    answered = c.connected_at.is_not(None)
    until = func.coalesce(c.connected_at, c.ended_at, c.queued_at)
    query = (
        select(
            bucket, func.count(), _sum(answered, 1), _sum(answered, c.talking_s + c.wrap_up_s),
            func.sum(until - c.queued_at), _sum(c.outcome == "abandoned_queue", 1),
        )
        .where(c.arrived_at >= start - 3600, c.arrived_at < end, c.queued_at >= start, c.queued_at < end)
        .where(c.direction == "inbound").group_by(bucket)
    )  # fmt: skip
    return query if queue is None else query.where(c.queue == queue)


def _sum(condition: Any, value: Any) -> Any:
    return func.sum(case((condition, value), else_=0))


def trimmed(history: History) -> History:
    """Leave out the days before the first caller: a store that is younger than what was asked for."""
    empty = next((place for place, total in enumerate(history.totals) if total), len(history.days))
    first = history.first + timedelta(days=empty)
    return History(first, history.days[empty:], history.handling_s, history.patience_s)


def until(history: History, days: int) -> History:
    """Return the history without its last days."""
    return History(history.first, history.days[: len(history.days) - days], history.handling_s, history.patience_s)


def share_of_slots(days: Iterable[list[int]]) -> list[float]:
    """Return which share of their callers came in each half-hour."""
    sums = [sum(column) for column in zip(*days, strict=True)]
    total = sum(sums)
    return [one / total if total else 1 / SLOTS for one in sums]

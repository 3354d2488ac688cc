"""Work orders as the figures see them: when each was due to be dispatched, answered, followed up and closed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tickets.reporting.period import Period


@dataclass(slots=True)
class OrderFact:
    """One work order; times are epoch seconds, None: not (yet)."""

    state: str
    created_at: float
    dispatched_at: float | None
    answered_at: float | None
    followed_up_at: float | None
    closed_at: float | None
    answer_by: float | None  # the deadline


@dataclass(slots=True)
class OrderCounts:
    """What is divided by what."""

    dispatched_same_day: int = 0
    to_dispatch: int = 0  # registered in the time, and dispatched, or with a deadline and not looked at
    closed_in_time: int = 0
    due: int = 0  # with a deadline in the time that is past
    followed_up: int = 0
    answered: int = 0  # in the time


def count_orders(orders: Iterable[OrderFact], period: Period, now: float) -> OrderCounts:
    """Count work orders. A deadline at midnight belongs to the day that ends then."""
    found = OrderCounts()
    for one in orders:
        if period.start <= one.created_at < period.end:
            waiting = one.state == "registered" and one.answer_by is not None
            if one.dispatched_at is not None or waiting:
                found.to_dispatch += 1
                found.dispatched_same_day += one.dispatched_at is not None and _day(one.dispatched_at, period) == _day(
                    one.created_at, period
                )
        if one.answer_by is not None and period.start < one.answer_by <= min(period.end, now):
            found.due += 1
            found.closed_in_time += one.closed_at is not None and one.closed_at <= one.answer_by
        if one.answered_at is not None and period.start <= one.answered_at < period.end:
            found.answered += 1
            found.followed_up += one.followed_up_at is not None
    return found


def _day(at: float, period: Period) -> object:
    return datetime.fromtimestamp(at, period.zone).date()

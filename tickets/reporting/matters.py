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
class TextFact:
    """One matter that came as a text message; times are epoch seconds."""

    created_at: float
    answered_at: float | None


@dataclass(slots=True)
class OrderCounts:
    """What is divided by what."""

    dispatched_same_day: int = 0
    to_dispatch: int = 0  # registered in the time, and dispatched, or with a deadline and not looked at
    closed_in_time: int = 0
    due: int = 0  # with a deadline in the time that is past
    followed_up: int = 0
    answered: int = 0  # in the time
    texts: int = 0  # text messages that came in the time
    texts_same_day: int = 0  # answered on that day


def count_orders(orders: Iterable[OrderFact], texts: list[TextFact], period: Period, now: float) -> OrderCounts:
    """Count work orders, and text messages. A deadline at midnight belongs to the day that ends then."""
    found = OrderCounts(texts=len(texts), texts_same_day=sum(_replied_that_day(one, period) for one in texts))
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


def _replied_that_day(one: TextFact, period: Period) -> bool:
    return one.answered_at is not None and _day(one.answered_at, period) == _day(one.created_at, period)


def _day(at: float, period: Period) -> object:
    return datetime.fromtimestamp(at, period.zone).date()

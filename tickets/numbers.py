"""Ticket numbers that can be said and keyed in: the day as YYMMDD, then the day's count from 0001."""

from datetime import datetime, tzinfo

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from tickets.models import CounterRow

# Kept, so that they are not put together anew for each call.
_RAISE = (
    update(CounterRow)
    .where(CounterRow.name == bindparam("counter"))
    .values(value=CounterRow.value + bindparam("more"))
    .execution_options(synchronize_session=False)
)
_VALUE = select(CounterRow.value).where(CounterRow.name == bindparam("counter"))


def next_numbers(connection: Connection, count: int, at: float, zone: tzinfo | None) -> list[str]:
    """Return ``count`` numbers nobody else has, made inside the transaction: rolled back with it, never doubled.

    ``zone`` (None: the machine's) decides which day ``at`` belongs to. Past 9,999 a day the count has five digits.
    """
    if count == 0:
        return []
    day = datetime.fromtimestamp(at, zone).strftime("%y%m%d")
    last = _raise(connection, f"ticket:{day}", count)
    return [f"{day}{n:04d}" for n in range(last - count + 1, last + 1)]


def not_below(connection: Connection, day: str, last: int) -> None:
    """Have the numbers of a day (YYMMDD) go on behind ``last`` at least: tickets came with numbers of their own."""
    name = f"ticket:{day}"
    there = connection.scalar(_VALUE, {"counter": name}) or 0
    if last > there:
        _raise(connection, name, last - there)


def _raise(connection: Connection, name: str, count: int) -> int:
    """Raise the counter and return its new value; the row stays locked until the transaction ends."""
    parameters = {"counter": name, "more": count}
    if connection.execute(_RAISE, parameters).rowcount == 0:
        try:
            with connection.begin_nested():
                connection.execute(insert(CounterRow).values(name=name, value=count))
        except IntegrityError:  # another process has just begun the same day
            connection.execute(_RAISE, parameters)
    value = connection.scalar(_VALUE, {"counter": name})
    if value is None:
        raise LookupError(f"counter {name} is gone")
    return value

"""Ticket numbers that can be said and keyed in: the day as YYMMDD, then the day's count from 0001."""

from datetime import datetime, tzinfo

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tickets.models import CounterRow


async def next_numbers(connection: AsyncConnection, count: int, at: float, zone: tzinfo | None) -> list[str]:
    """Return ``count`` numbers nobody else has, made inside the transaction: rolled back with it, never doubled.

    ``zone`` (None: the machine's) decides which day ``at`` belongs to. Past 9,999 a day the count has five digits.
    """
    if count == 0:
        return []
    day = datetime.fromtimestamp(at, zone).strftime("%y%m%d")
    last = await _raise(connection, f"ticket:{day}", count)
    return [f"{day}{n:04d}" for n in range(last - count + 1, last + 1)]


async def _raise(connection: AsyncConnection, name: str, count: int) -> int:
    """Raise the counter and return its new value; the row stays locked until the transaction ends."""
    statement = update(CounterRow).where(CounterRow.name == name).values(value=CounterRow.value + count)
    if (await connection.execute(statement)).rowcount == 0:
        try:
            async with connection.begin_nested():
                await connection.execute(insert(CounterRow).values(name=name, value=count))
        except IntegrityError:  # another process has just begun the same day
            await connection.execute(statement)
    value = await connection.scalar(select(CounterRow.value).where(CounterRow.name == name))
    if value is None:
        raise LookupError(f"counter {name} is gone")
    return value

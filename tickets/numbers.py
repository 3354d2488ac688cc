"""Ticket numbers that can be said and keyed in: the day as YYMMDD, then the day's count from 0001."""

from datetime import datetime, tzinfo
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from tickets.models import CounterRow


async def next_number(session: AsyncSession, at: float, zone: tzinfo | None) -> str:
    """Return a number nobody else has, made inside the session's transaction: rolled back with it, never doubled.

    ``zone`` (None: the machine's) decides which day ``at`` belongs to. Past 9,999 a day the count has five digits.
    """
    day = datetime.fromtimestamp(at, zone).strftime("%y%m%d")
    return f"{day}{await _count(session, f'ticket:{day}'):04d}"


async def _count(session: AsyncSession, name: str) -> int:
    if not await _raise(session, name):
        try:
            async with session.begin_nested():
                session.add(CounterRow(name=name, value=1))
        except IntegrityError:  # another process has just begun the same day
            await _raise(session, name)
    value = await session.scalar(select(CounterRow.value).where(CounterRow.name == name))
    if value is None:
        raise LookupError(f"counter {name} is gone")
    return value


async def _raise(session: AsyncSession, name: str) -> bool:
    statement = update(CounterRow).where(CounterRow.name == name).values(value=CounterRow.value + 1)
    result = await session.execute(statement, execution_options={"synchronize_session": False})
    return cast(CursorResult[Any], result).rowcount == 1

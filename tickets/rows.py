"""Writing many rows in one statement, below the ORM: a batch of events costs a handful of statements."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tickets.models import Base

Row = dict[str, Any]


def columns_of(model: type[Base]) -> Table:
    """Return the model's table."""
    return cast(Table, model.__table__)


async def insert_rows(connection: AsyncConnection, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows (all with the same columns); nothing when there are none."""
    if rows:
        await connection.execute(insert(columns_of(model)), rows)


async def update_rows(connection: AsyncConnection, model: type[Base], key: str, rows: Sequence[Row]) -> None:
    """Update rows found by ``key``; all rows carry the same columns."""
    if not rows:
        return
    table = columns_of(model)
    values: Row = {name: bindparam(f"new_{name}") for name in rows[0] if name != key}
    statement = update(table).where(table.c[key] == bindparam("the_key")).values(values)
    parameters = [{"the_key": row[key], **{f"new_{n}": v for n, v in row.items() if n != key}} for row in rows]
    await connection.execute(statement, parameters)

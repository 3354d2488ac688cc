"""Writing many rows in one statement, below the ORM: a batch of events costs a handful of statements."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Connection, Insert, Table, Update, bindparam, insert, update

from tickets.models import Base

Row = dict[str, Any]


def columns_of(model: type[Base]) -> Table:
    """Return the model's table."""
    return cast(Table, model.__table__)


def insert_rows(connection: Connection, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows (all with the same columns); nothing when there are none."""
    if rows:
        connection.execute(_insert(model), rows)


def update_rows(connection: Connection, model: type[Base], key: str, rows: Sequence[Row]) -> None:
    """Update rows found by ``key``; all rows carry the same columns."""
    if not rows:
        return
    parameters = [{f"the_{key}": row[key], **{f"new_{n}": v for n, v in row.items() if n != key}} for row in rows]
    connection.execute(_update(model, key, tuple(name for name in rows[0] if name != key)), parameters)


# A statement that is kept need not be put together, nor its key for SQLAlchemy's cache, each time anew.


@lru_cache(maxsize=32)
def _insert(model: type[Base]) -> Insert:
    return insert(columns_of(model))


@lru_cache(maxsize=32)
def _update(model: type[Base], key: str, names: tuple[str, ...]) -> Update:
    table = columns_of(model)
    values: Row = {name: bindparam(f"new_{name}") for name in names}
    return update(table).where(table.c[key] == bindparam(f"the_{key}")).values(values)

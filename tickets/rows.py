"""Writing many rows in one statement, below the ORM: a batch of events costs a handful of statements."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Insert, Table, Update, bindparam, insert, update

from tickets.models import Base

Row = dict[str, Any]
_Prepared = tuple[str, Sequence[tuple[str, Callable[[Any], Any] | None]]]


def columns_of(model: type[Base]) -> Table:
    """Return the model's table."""
    return cast(Table, model.__table__)


def insert_rows(connection: Connection, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows (all with the same columns); nothing when there are none."""
    if rows:
        _write(connection, _insert(model), rows)


def update_rows(connection: Connection, model: type[Base], key: str, rows: Sequence[Row]) -> None:
    """Update rows found by ``key``; all rows carry the same columns."""
    if not rows:
        return
    parameters = [{f"the_{key}": row[key], **{f"new_{n}": v for n, v in row.items() if n != key}} for row in rows]
    _write(connection, _update(model, key, tuple(name for name in rows[0] if name != key)), parameters)


def update_changed(
    connection: Connection,
    model: type[Base],
    key: str,
    rows: Iterable[tuple[Row, Row]],
    together: Sequence[frozenset[str]],
) -> None:
    """Update rows found by ``key``, each given as it is stored ({}: unknown) and as it is to be. What has not changed
    is not written, nor are indexes on it; but columns go by the first set of ``together`` that has all that changed
    (else all columns), so that there are few statements."""
    alike: dict[frozenset[str], list[Row]] = {}
    for stored, row in rows:
        changed = {name for name in row if name not in stored or stored[name] != row[name]}
        if changed:
            names = next((some for some in together if changed <= some), frozenset(row))
            alike.setdefault(names, []).append({key: row[key], **{name: row[name] for name in row if name in names}})
    for some in alike.values():
        update_rows(connection, model, key, some)


def _write(connection: Connection, statement: Insert | Update, rows: Sequence[Row]) -> None:
    """Execute a statement for rows. SQLite is handed them ready-made: what SQLAlchemy looks up for each statement and
    column anew costs several times what SQLite does."""
    ready = None
    if connection.dialect.name == "sqlite":
        ready = _prepared(connection.dialect, statement, tuple(rows[0]))
    if ready is None:
        connection.execute(statement, rows)
        return
    sql, places = ready
    made = [tuple(row[name] if bind is None else bind(row[name]) for name, bind in places) for row in rows]
    connection.exec_driver_sql(sql, made)


# A statement that is kept need not be put together, nor its key for SQLAlchemy's cache, each time anew.


@lru_cache(maxsize=32)
def _insert(model: type[Base]) -> Insert:
    return insert(columns_of(model))


@lru_cache(maxsize=32)
def _update(model: type[Base], key: str, names: tuple[str, ...]) -> Update:
    table = columns_of(model)
    values: Row = {name: bindparam(f"new_{name}") for name in names}
    return update(table).where(table.c[key] == bindparam(f"the_{key}")).values(values)


@lru_cache(maxsize=64)
def _prepared(dialect: Dialect, statement: Insert | Update, names: tuple[str, ...]) -> _Prepared | None:
    """Return a statement's text for the driver, and for each of its places the name of the value and what makes it
    one of the driver's; None when it has defaults that SQLAlchemy must fill in."""
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    if compiled.insert_prefetch or compiled.update_prefetch or compiled.positiontup is None:
        return None
    types = {name: compiled.binds[name].type.dialect_impl(dialect) for name in compiled.positiontup}
    return compiled.string, [(name, types[name].bind_processor(dialect)) for name in compiled.positiontup]

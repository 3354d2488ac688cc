"""The database: one engine, reading and writing sessions, and what SQLite needs to be safe beside a running service.

SQLite runs in WAL mode with ``synchronous=FULL``: a commit that returned survives kill -9 of the process and loss of
power. The journal writes a batch as one job of a thread of its own: the price, one fsync a batch, never meets a call,
and a batch costs one change of threads, not several a statement.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

_BEGIN = "hotline_begin"
_CHECKPOINT = "wal_autocheckpoint=4000"  # pages, 16 MB: a page that many calls change is brought home once for all

T = TypeVar("T")


class StoreUnavailable(Exception):
    """The ticket store cannot be used; the message says why and what to do."""


class Store:
    """An open ticket store. ``url`` is any SQLAlchemy async URL; make one per process and ``await close()`` it."""

    def __init__(self, url: str, *, busy_timeout_s: float = 5.0) -> None:
        self.url = url
        self.engine = _engine(url, busy_timeout_s)
        self._writing = self.engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        self._turn = asyncio.Lock()
        self._writer = _writer_engine(url, busy_timeout_s)
        self._thread = ThreadPoolExecutor(1, "store-writer") if self._writer is not None else None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Yield a session that sees one consistent state; what it changes is rolled back."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection in a write transaction, committed at the end and rolled back on an exception.

        The write lock is taken at once, so that two writers queue instead of failing half-way.
        """
        async with self._turn, self._writing.begin() as connection:
            yield connection

    async def transact(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a write transaction and return what it returns; committed at its end, rolled back when it
        raises. It may run in another thread: it must touch nothing that anybody else uses meanwhile."""
        if self._writer is None or self._thread is None:
            async with self.write() as connection:
                return await connection.run_sync(work)
        async with self._turn:
            return await asyncio.get_running_loop().run_in_executor(self._thread, _transact, self._writer, work)

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The synchronous engines underneath, to which SQLAlchemy's events can be attached."""
        return (self.engine.sync_engine,) if self._writer is None else (self.engine.sync_engine, self._writer)

    async def close(self) -> None:
        """Close all connections (idempotent)."""
        if self._writer is not None and self._thread is not None:
            thread, self._thread = self._thread, None
            await asyncio.get_running_loop().run_in_executor(thread, self._writer.dispose)
            thread.shutdown(wait=False)
            self._writer = None
        await self.engine.dispose()


def sqlite_file(url: str) -> Path | None:
    """Return the file behind a SQLite URL, or None for memory and other databases."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(str(parsed.database))


def plain_text(value: str) -> str:
    """Return ``value`` as every database can hold it: NUL and lone surrogates replaced, all else verbatim."""
    if "\0" in value:
        value = value.replace("\0", "\ufffd")
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode(errors="replace").decode()
    return value


_readable = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # dumps would make one each time


def to_json(value: Any) -> str:
    """Serialise for a JSON column: readable Chinese, and escapes only where a lone surrogate forces them."""
    text = _readable(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text


def _engine(url: str, busy_timeout_s: float) -> AsyncEngine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_async_engine(parsed, json_serializer=to_json, pool_pre_ping=True)
    if file := sqlite_file(url):
        file.parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(parsed, json_serializer=to_json)
    _prepare_sqlite(engine.sync_engine, busy_timeout_s)
    return engine


def _writer_engine(url: str, busy_timeout_s: float) -> Engine | None:
    """Return the engine of the writing thread: for a SQLite file, with one connection that stays open."""
    if sqlite_file(url) is None:
        return None
    engine = create_engine(
        make_url(url).set(drivername="sqlite+pysqlite"), json_serializer=to_json, poolclass=StaticPool,
        connect_args={"check_same_thread": False},
    )  # fmt: skip
    _prepare_sqlite(engine, busy_timeout_s)
    return engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})


def _transact(engine: Engine, work: Callable[[Connection], T]) -> T:
    with engine.begin() as connection:
        return work(connection)


def _prepare_sqlite(engine: Engine, busy_timeout_s: float) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself: "begin" below does
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={int(busy_timeout_s * 1000)}",
            "synchronous=FULL",
            "foreign_keys=ON",
            _CHECKPOINT,
        ):
            cursor.execute(f"PRAGMA {pragma}")
        _enter_wal(connection, cursor, busy_timeout_s)
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


def _enter_wal(connection: Any, cursor: DBAPICursor, busy_timeout_s: float) -> None:
    """Switch a new file to WAL. SQLite does not wait for others who do the same just now, so we ask again."""
    deadline = time.monotonic() + busy_timeout_s
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            if hasattr(connection, "run_async"):
                connection.run_async(lambda _: asyncio.sleep(0.01))
            else:
                time.sleep(0.01)  # this is the writer's thread
        else:
            return

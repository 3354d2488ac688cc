"""Questions to other databases, asked by flows: read only, named in the settings, with bound values.

Only one SELECT each, never text from a caller in it. A session that cannot write is asked for besides: SQLite opens the
file read-only, PostgreSQL begins a read-only transaction.
"""

import asyncio
import re
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

_PARAMETER = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_BACKENDS = ("sqlite", "postgresql")


class QuestionFailed(Exception):
    """A database did not answer; the message says why."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a database: its SQLAlchemy async URL, and one SELECT with ``:names`` for what is sent."""

    database: str
    sql: str


def wrong_with(question: Question) -> str | None:
    """Return what is wrong with a question and what to do, or None."""
    bare = _QUOTED.sub("''", question.sql).strip().rstrip(";").strip()
    if not re.match(r"(select|with)\b", bare, re.IGNORECASE) or ";" in bare:
        return "sql is not one SELECT: write a single question that only reads"
    try:
        url = make_url(question.database)
    except SQLAlchemyError:
        return "database is no SQLAlchemy URL: write one like postgresql+asyncpg://user:password@host/name"
    if url.get_backend_name() not in _BACKENDS:
        return f"a {url.get_backend_name()} database cannot be asked: there are {', '.join(_BACKENDS)}"
    return None


def parameters(sql: str) -> frozenset[str]:
    """Return the names of the values that a question needs."""
    return frozenset(_PARAMETER.findall(_QUOTED.sub("''", sql)))


Row = dict[str, Any]


class DatabaseQuestions:
    """Asks databases; connections are opened when first needed, two for each.

    SQLite works in threads of its own: its questions are broken off in the database itself when their time is over.
    """

    def __init__(self, questions: Mapping[str, Question]) -> None:
        self._questions = dict(questions)
        self._files: dict[str, Engine] = {}
        self._servers: dict[str, AsyncEngine] = {}
        self._threads: ThreadPoolExecutor | None = None

    async def first_row(self, name: str, values: Mapping[str, str], timeout_s: float) -> Row | None:
        """Return the first row that a question finds, or None. Raises ``QuestionFailed``, in time."""
        question = self._questions.get(name)
        if question is None:
            raise QuestionFailed(f"there is no question {name!r} in the setting lookups.queries")
        bound = {key: values.get(key, "") for key in parameters(question.sql)}
        in_file = make_url(question.database).get_backend_name() == "sqlite"
        try:
            async with asyncio.timeout(timeout_s):
                return await (self._in_file if in_file else self._at_server)(question, bound, timeout_s)
        except TimeoutError as error:
            raise QuestionFailed(f"question {name!r}: no answer within {timeout_s:g} s") from error
        except Exception as error:  # a stranger's database and its driver: whatever they raise, it is no answer
            raise QuestionFailed(f"question {name!r}: {type(error).__name__}") from error

    async def close(self) -> None:
        """Close all connections."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None
        files, self._files = list(self._files.values()), {}
        for file in files:
            file.dispose()
        servers, self._servers = list(self._servers.values()), {}
        for server in servers:
            await server.dispose()

    async def _in_file(self, question: Question, bound: Mapping[str, str], timeout_s: float) -> Row | None:
        engine = self._files.get(question.database)
        if engine is None:
            engine = self._files[question.database] = _file_engine(question.database)
        if self._threads is None:
            self._threads = ThreadPoolExecutor(2, "lookups")
        loop, until = asyncio.get_running_loop(), time.monotonic() + timeout_s
        return await loop.run_in_executor(self._threads, _ask_file, engine, question.sql, bound, until)

    async def _at_server(self, question: Question, bound: Mapping[str, str], timeout_s: float) -> Row | None:
        engine = self._servers.get(question.database)
        if engine is None:
            engine = create_async_engine(question.database, pool_size=2, max_overflow=0, pool_pre_ping=True)
            self._servers[question.database] = engine
        async with engine.connect() as connection:
            await connection.execution_options(postgresql_readonly=True)
            await connection.execute(text(f"set local statement_timeout = {int(timeout_s * 1000)}"))
            rows = await (await connection.stream(text(question.sql), bound)).mappings().fetchmany(1)
            return dict(rows[0]) if rows else None


def _file_engine(database: str) -> Engine:
    url = make_url(database).set(drivername="sqlite")
    if url.database and not url.database.startswith("file:"):
        url = url.set(database=f"file:{quote(url.database)}", query={"mode": "ro", "uri": "true"})
    return create_engine(url, pool_size=2, max_overflow=0)


def _ask_file(engine: Engine, sql: str, bound: Mapping[str, str], until: float) -> Row | None:
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA query_only = ON")
        raw.set_progress_handler(lambda: time.monotonic() > until, 10_000)  # true breaks the question off
        rows = connection.execute(text(sql), bound).mappings().fetchmany(1)
        return dict(rows[0]) if rows else None

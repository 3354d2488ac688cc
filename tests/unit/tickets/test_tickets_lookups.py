"""Questions to other databases: bound, read-only, in time."""

import socket
import sqlite3
import time
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from tickets.lookups import DatabaseQuestions, Question, QuestionFailed, parameters, wrong_with

SLOW = (
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 300000000) "
    "select count(*) as total from n where :account = :account"
)


@pytest.fixture
async def questions(tmp_path: Path) -> AsyncIterator[DatabaseQuestions]:
    file = tmp_path / "账单 1.db"
    with sqlite3.connect(file) as database:
        database.execute("create table bills (account text, total real, due text)")
        database.executemany("insert into bills values (?, ?, ?)", [("47", 12.5, "2026-12-31"), ("48", 9, None)])
    url = f"sqlite+aiosqlite:///{file}"
    made = DatabaseQuestions({
        "bill": Question(url, "select total, due from bills where account = :account"),
        "write": Question(url, "with x as (select 1) insert into bills values (:account, 1, '')"),
        "slow": Question(url, SLOW),
        "absent": Question(f"sqlite+aiosqlite:///{tmp_path}/none.db", "select 1 as a"),
        "broken": Question(url, "select nothing from nowhere"),
    })  # fmt: skip
    yield made
    await made.close()


async def test_the_first_row_comes_back_by_its_columns(questions: DatabaseQuestions) -> None:
    assert await questions.first_row("bill", {"account": "47"}, 3) == {"total": 12.5, "due": "2026-12-31"}
    assert await questions.first_row("bill", {"account": "99"}, 3) is None


async def test_what_a_caller_entered_is_a_value_and_never_part_of_the_question(questions: DatabaseQuestions) -> None:
    assert await questions.first_row("bill", {"account": "' or '1'='1"}, 3) is None
    assert await questions.first_row("bill", {"account": "47'; drop table bills; --"}, 3) is None
    assert await questions.first_row("bill", {"account": "48"}, 3) == {"total": 9.0, "due": None}


async def test_nothing_can_be_written(questions: DatabaseQuestions) -> None:
    with pytest.raises(QuestionFailed):
        await questions.first_row("write", {"account": "50"}, 3)
    assert await questions.first_row("bill", {"account": "50"}, 3) is None


async def test_a_database_that_takes_too_long_is_not_waited_for(questions: DatabaseQuestions) -> None:
    with pytest.raises(QuestionFailed, match=r"within 0\.5 s"):
        await questions.first_row("slow", {"account": "1"}, 0.5)
    assert await questions.first_row("bill", {"account": "47"}, 3) is not None


@pytest.mark.parametrize("name", ["absent", "broken", "unknown"])
async def test_a_database_that_does_not_answer_says_which_question(questions: DatabaseQuestions, name: str) -> None:
    with pytest.raises(QuestionFailed, match=name):
        await questions.first_row(name, {}, 3)


async def test_a_database_that_is_not_there_is_not_made(questions: DatabaseQuestions, tmp_path: Path) -> None:
    with pytest.raises(QuestionFailed):
        await questions.first_row("absent", {}, 3)
    assert not (tmp_path / "none.db").exists()


def test_the_names_that_a_question_needs_are_those_outside_of_quotes():
    assert parameters("select ':no', a::text from t where x = :yes and y=:also and t = '12:30'") == {"yes", "also"}


@pytest.mark.parametrize(("sql", "database", "words"), [
    ("delete from bills", "sqlite+aiosqlite:///x", "not one SELECT"),
    ("select 1; delete from bills", "sqlite+aiosqlite:///x", "not one SELECT"),
    ("select 1", "mysql+aiomysql://x/y", "mysql database cannot be asked"),
    ("select 1", "nonsense", "no SQLAlchemy URL"),
])  # fmt: skip
def test_a_question_that_does_not_only_read_is_refused(sql: str, database: str, words: str) -> None:
    assert words in str(wrong_with(Question(database, sql)))


def test_a_question_that_reads_is_taken():
    for sql in ("select ';' as a", "SELECT 1;", "with x as (select 1) select * from x"):
        assert wrong_with(Question("postgresql+asyncpg://u:p@h/d", sql)) is None


# -- PostgreSQL ------------------------------------------------------------------------------------------------------


@pytest.fixture
async def at_server(postgres: str) -> AsyncIterator[DatabaseQuestions]:
    engine = create_async_engine(postgres)
    async with engine.begin() as connection:
        await connection.execute(text("drop table if exists bills"))
        await connection.execute(text("create table bills (account text, total numeric(9, 2), due date)"))
        await connection.execute(text("insert into bills values ('47', 12.50, '2026-12-31')"))
    made = DatabaseQuestions({
        "bill": Question(postgres, "select total, due from bills where account = :account"),
        "write": Question(postgres, "with x as (insert into bills values (:account) returning 1) select * from x"),
        "slow": Question(postgres, "select pg_sleep(20), :account as a"),
        "refused": Question(postgres.replace("tests:", "tests:x"), "select 1 as a"),
    })  # fmt: skip
    yield made
    await made.close()
    await engine.dispose()


async def test_postgresql_is_asked_with_bound_values(at_server: DatabaseQuestions) -> None:
    row = await at_server.first_row("bill", {"account": "47"}, 3)
    assert row == {"total": Decimal("12.50"), "due": date(2026, 12, 31)}
    assert await at_server.first_row("bill", {"account": "' or '1'='1"}, 3) is None


async def test_nothing_can_be_written_at_postgresql(at_server: DatabaseQuestions) -> None:
    with pytest.raises(QuestionFailed):
        await at_server.first_row("write", {"account": "50"}, 3)
    assert await at_server.first_row("bill", {"account": "50"}, 3) is None


async def test_postgresql_is_not_waited_for_and_answers_again_afterwards(at_server: DatabaseQuestions) -> None:
    for _ in range(3):  # more than there are connections: none is left behind busy
        with pytest.raises(QuestionFailed):
            await at_server.first_row("slow", {"account": "1"}, 0.5)
    assert await at_server.first_row("bill", {"account": "47"}, 3) is not None


async def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    quiet = socket.create_server(("127.0.0.1", 0))  # takes connections, and reads nothing
    port = quiet.getsockname()[1]
    made = DatabaseQuestions({"bill": Question(f"postgresql+asyncpg://a:b@127.0.0.1:{port}/c", "select 1 as a")})
    began = time.monotonic()
    with pytest.raises(QuestionFailed, match=r"within 0\.5 s"):
        await made.first_row("bill", {}, 0.5)
    assert time.monotonic() - began < 2
    await made.close()
    quiet.close()


async def test_a_wrong_password_is_a_failure_and_told_nowhere(at_server: DatabaseQuestions, postgres: str) -> None:
    with pytest.raises(QuestionFailed) as failed:
        await at_server.first_row("refused", {}, 3)
    assert str(make_url(postgres).password) not in str(failed.value)

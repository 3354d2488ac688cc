"""What the database costs, told beside engine and Asterisk."""

import asyncio
import os
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from calls import SystemClock
from hotline.cli.cost import CostMeter
from hotline.cli.cost_database import cpu_and_memory, database_of

_WORK = "select sum(sqrt(n)) from generate_series(1, 4000000) n"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite+aiosqlite:////srv/hotline.db", "SQLite: in the engine's process"),
        ("postgresql+asyncpg://a:b@192.0.2.7/hotline", "PostgreSQL on 192.0.2.7: not this machine, not measured"),
        ("mysql+aiomysql://a:b@localhost/hotline", "mysql: not measured"),
    ],
)
def test_what_cannot_be_measured_is_said_in_words_and_without_a_password(url: str, words: str) -> None:
    database = database_of(url)
    assert database.words.startswith(words)
    assert "b@" not in database.words
    assert database.pid is None


def test_a_server_that_is_not_there_costs_nothing_and_is_no_error() -> None:
    assert database_of("postgresql+asyncpg://a:b@127.0.0.1:1/hotline").pid is None
    assert cpu_and_memory(2**22 + 1) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's sockets are only seen as root")
async def test_postgresql_s_processes_are_found_by_their_port_and_their_work_is_counted(
    postgres: str, tmp_path: Path
) -> None:
    database = database_of(postgres)
    assert database.pid is not None
    assert make_url(postgres).port != 5432
    async with CostMeter(tmp_path / "none.json", tmp_path / "none.json", SystemClock(), database) as meter:
        engine = create_async_engine(postgres)
        began = asyncio.get_running_loop().time()
        async with engine.connect() as connection:
            await connection.execute(text(_WORK))
        await engine.dispose()  # the process that did it ends, and its work still counts
        async with asyncio.timeout(20):
            while True:
                meter.mark()
                cost = meter.cost(asyncio.get_running_loop().time() - began, calls=10)
                if (cost.database_cpu_ms_per_call or 0) > 5:
                    break
                await asyncio.sleep(0.1)
    assert cost.database == "PostgreSQL on this machine: all its processes together"
    assert cost.database_cpu_ms_per_call is not None
    assert cost.database_cpu_ms_per_call > 5
    assert cost.database_rss_mb is not None
    assert 5 < cost.database_rss_mb < 1000
    assert ("database memory", f"{cost.database_rss_mb:.1f} MB") in cost.rows()

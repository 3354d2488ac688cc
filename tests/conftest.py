"""For all tests."""

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import postgres as postgresql
import pytest
import structlog
from hypothesis import HealthCheck, find, settings
from hypothesis import strategies as st

from tickets import Store, migrate


@pytest.hookimpl(trylast=True)  # hypothesis' own plugin must be done with its start
def pytest_sessionstart(session: pytest.Session) -> None:
    """Have hypothesis' table of Unicode made, where there is none yet, before a test is timed that draws texts: in a
    fresh clone that takes some seconds, once."""
    del session
    find(st.text(min_size=1), bool, settings=settings(suppress_health_check=list(HealthCheck), database=None))


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """A test that sets up the log (the command line does) leaves none behind that writes to its own closed files."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The SQLAlchemy URL of a real PostgreSQL."""
    programs, why_not = postgresql.programs(), postgresql.why_not()
    if programs is None or why_not:
        pytest.skip(why_not)
    with postgresql.running(programs, tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(scope="session")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of SQLite as it is after its migrations: copied, which takes a hundredth of the time of making it."""
    file = tmp_path_factory.mktemp("new") / "store.db"
    _apart(_migrated(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def new_postgres_store(postgres: str) -> str:
    """The same of PostgreSQL: the URL of a database to be made others like."""
    made = _apart(postgresql.make_database(postgres))
    return _apart(_migrated(made))


async def _migrated(url: str) -> str:
    store = Store(url)
    await migrate.upgrade(store)
    await store.close()
    return url


def _apart(work: Coroutine[None, None, str]) -> str:
    """Do it in a loop of its own: whoever asks first may be within a test's."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()

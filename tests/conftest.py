"""For all tests."""

from collections.abc import Iterator

import postgres as postgresql
import pytest
import structlog
from hypothesis import HealthCheck, find, settings
from hypothesis import strategies as st


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

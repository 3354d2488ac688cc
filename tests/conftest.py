"""For all tests."""

from collections.abc import Iterator

import postgres as postgresql
import pytest
import structlog


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """A test that sets up the log (the command line does) leaves none behind that writes to its own closed files."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The SQLAlchemy URL of a real PostgreSQL."""
    programs = postgresql.programs()
    if programs is None:
        pytest.skip("there is no PostgreSQL on this machine: apt-get install postgresql")
    with postgresql.running(programs, tmp_path_factory.mktemp("postgres")) as url:
        yield url

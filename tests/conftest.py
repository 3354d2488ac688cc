"""For all tests."""

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """A test that sets up the log (the command line does) leaves none behind that writes to its own closed files."""
    yield
    structlog.reset_defaults()

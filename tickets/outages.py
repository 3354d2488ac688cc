"""Telling a database that is away from an event that it will never take."""

from sqlalchemy import exc

# The database is away, locked, full or broken: worth trying again. Any other error lies in the event itself.
OUTAGES = (
    exc.OperationalError,
    exc.InterfaceError,
    exc.InternalError,
    exc.ProgrammingError,
    exc.TimeoutError,
    OSError,
)


def is_outage(error: Exception) -> bool:
    """Tell a database that is away from an event that it will never take."""
    if isinstance(error, OUTAGES):
        return True
    return type(error) in (exc.DBAPIError, exc.DatabaseError) and not _of_values(error)


def _of_values(error: Exception) -> bool:
    """Tell PostgreSQL's refusal of a value, which SQLAlchemy has no kind for: SQLSTATE classes 22 and 23 (PostgreSQL's
    appendix "Error Codes"), or a ValueError of asyncpg, which looks at values before it sends them."""
    told = getattr(error, "orig", None)
    state = str(getattr(told, "sqlstate", None) or "")
    return state.startswith(("22", "23")) or isinstance(getattr(told, "__cause__", None), ValueError)

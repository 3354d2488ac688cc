"""Opening a store whose URL a person has written."""

from sqlalchemy.exc import SQLAlchemyError

from tickets.store import Store, StoreUnavailable


def open_store(url: str) -> Store:
    """Return the store behind a URL; raises ``StoreUnavailable`` when it is none that can be used. Does not connect."""
    try:
        return Store(url)
    except (SQLAlchemyError, ImportError, ValueError, OSError) as error:
        raise StoreUnavailable(
            f"this is no store that can be used ({error}): write a URL like sqlite+aiosqlite:///var/hotline.db or "
            "postgresql+asyncpg://user:password@host/database"
        ) from error

"""Reading a store that may not be there: what goes wrong is one error, with a remedy."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from tickets.store import Store, StoreUnavailable, sqlite_file


def must_be_there(store: Store) -> None:
    """Raise ``StoreUnavailable`` where a store's file has not been made: asking would make an empty one."""
    file = sqlite_file(store.url)
    if file is not None and not file.exists():
        raise StoreUnavailable(f"there is no ticket store at {file} yet; the service makes it when it first starts")


@asynccontextmanager
async def reading(store: Store) -> AsyncIterator[AsyncSession]:
    """Yield a session that reads. Raises ``StoreUnavailable``, also for what goes wrong within."""
    must_be_there(store)
    try:
        async with store.read() as session:
            yield session
    except SQLAlchemyError as error:
        raise StoreUnavailable(
            f"the ticket store cannot be read ({error.__cause__ or error}); has the service been started with it, "
            "and is its disk there and not full?"
        ) from error


async def rows_of(store: Store, query: Any) -> Sequence[Any]:
    """Return the rows of a query. Raises ``StoreUnavailable``."""
    async with reading(store) as session:
        rows: Sequence[Any] = (await session.execute(query)).all()
        return rows

"""The outbox: finished calls and tickets' changes that wait to be handed to other systems, at least once each.

A row is written with the call it speaks of, in one transaction; whoever delivers takes what is due, and reports back.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from tickets.models import OutboxRow, TicketRow
from tickets.rows import Row, columns_of, insert_rows
from tickets.store import Store


@dataclass(frozen=True, slots=True)
class Parcel:
    """One thing to hand over. ``key`` and ``revision`` together are the receiver's idempotency key."""

    key: str
    revision: int
    topic: str
    payload: dict[str, Any]
    attempts: int


def enclose(connection: Connection, number: str, change_id: int, change: Row) -> None:
    """Put a ticket's change, with the ticket as it is then, into the outbox, in the transaction of the change."""
    table = columns_of(TicketRow)
    ticket = dict(connection.execute(select(table).where(table.c.number == number)).mappings().one())
    del ticket["id"]
    insert_rows(connection, OutboxRow, [
        {"topic": f"ticket.{change['action']}", "key": f"ticket:{number}:{change_id}", "revision": 1, "attempts": 0,
         "payload": {"ticket": ticket, "change": {"id": change_id, **change}}, "created_at": change["at"],
         "next_at": change["at"], "done_at": None, "error": ""}
    ])  # fmt: skip


class Outbox:
    """What waits, and what became of it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def due(self, now: float, limit: int = 50) -> list[Parcel]:
        """Return what may be handed over now (epoch seconds), oldest first. Raises SQLAlchemy's errors."""
        query = (
            select(OutboxRow)
            .where(OutboxRow.done_at.is_(None), OutboxRow.next_at <= now)
            .order_by(OutboxRow.next_at, OutboxRow.id)
            .limit(limit)
        )
        async with self._store.read() as session:
            rows = await session.scalars(query)
            return [Parcel(row.key, row.revision, row.topic, row.payload, row.attempts) for row in rows]

    async def delivered(self, parcel: Parcel, now: float) -> None:
        """Note that the receiver has it; a newer revision made meanwhile stays due."""
        await self._change(parcel, {"done_at": now, "attempts": parcel.attempts + 1, "error": ""})

    async def put_off(self, parcel: Parcel, error: str, next_at: float) -> None:
        """Note a failed attempt, and when to try again (epoch seconds)."""
        await self._change(parcel, {"next_at": next_at, "attempts": parcel.attempts + 1, "error": error[:500]})

    async def _change(self, parcel: Parcel, values: dict[str, Any]) -> None:
        statement = update(OutboxRow).where(OutboxRow.key == parcel.key, OutboxRow.revision == parcel.revision)
        async with self._store.write() as connection:
            await connection.execute(statement.values(**values))

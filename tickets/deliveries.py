"""Hand-off: for each other system a list of what it is to be told, filled from the outbox.

An outbox row is written with the change it speaks of, in one transaction. Here it becomes one delivery for each target
that wants its topic, again in one transaction; whoever sends takes what is due, and notes what came of it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, delete, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from tickets.asking import must_be_there, rows_of
from tickets.models import DeliveryRow, OutboxRow
from tickets.rows import columns_of, insert_rows
from tickets.store import Store, StoreUnavailable, plain_text

T = TypeVar("T")

DELIVERIES_AT_ONCE = 50
"""So many are made ready, or sent, in one go."""
_DELIVERY, _OUTBOX = columns_of(DeliveryRow), columns_of(OutboxRow)
_OF_TICKETS = (_OUTBOX.c.key >= "ticket:0", _OUTBOX.c.key < "ticket:a")
"""Found by the index of the key, in whatever way a database sorts; what calls left stays: its revision goes on
counting."""
_OPEN = (_DELIVERY.c.done_at.is_(None), _DELIVERY.c.dead_at.is_(None))


class Delivery(BaseModel):
    """One thing that one system is to be told. ``attempts`` were made; ``dead_at``: given up then. Epoch seconds."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    id: int
    target: str
    key: str
    revision: int
    topic: str
    created_at: float
    attempts: int
    next_at: float
    done_at: float | None
    dead_at: float | None
    error: str

    @property
    def state(self) -> str:
        """Where it stands: done, dead or waiting."""
        return "done" if self.done_at is not None else "dead" if self.dead_at is not None else "waiting"

    @property
    def idempotency_key(self) -> str:
        """What is the same whenever the same is sent again."""
        return f"{self.key}:{self.revision}"


class Deliveries:
    """What is to be told to whom. All methods raise ``StoreUnavailable``; times are epoch seconds."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def fan_out(self, wanted: Mapping[str, Sequence[str]], now: float) -> int:
        """Make deliveries of what is new in the outbox, for each target that wants its topic (patterns like
        ``ticket.*``); return how many rows of the outbox that were. What nobody wants is done with it."""
        new = select(_OUTBOX.c.id).where(_OUTBOX.c.done_at.is_(None), _OUTBOX.c.next_at <= now)
        if not await rows_of(self._store, new.limit(1)):
            return 0  # the usual case holds up nobody who writes

        def work(connection: Connection) -> int:
            columns = (_OUTBOX.c.id, _OUTBOX.c.key, _OUTBOX.c.revision, _OUTBOX.c.topic)
            query = select(*columns).where(_OUTBOX.c.done_at.is_(None), _OUTBOX.c.next_at <= now)
            rows = connection.execute(query.order_by(_OUTBOX.c.id).limit(DELIVERIES_AT_ONCE).with_for_update()).all()
            insert_rows(connection, DeliveryRow, [
                {"target": target, "key": row.key, "revision": row.revision, "topic": row.topic, "created_at": now,
                 "attempts": 0, "next_at": now, "done_at": None, "dead_at": None, "error": ""}
                for row in rows
                for target, topics in wanted.items()
                if any(fnmatchcase(row.topic, topic) for topic in topics)
            ])  # fmt: skip
            ids = [row.id for row in rows]
            connection.execute(update(_OUTBOX).where(_OUTBOX.c.id.in_(ids)).values(done_at=now))
            return len(rows)

        return await self._write(work)

    async def due(
        self, target: str, now: float, limit: int = DELIVERIES_AT_ONCE
    ) -> list[tuple[Delivery, dict[str, Any] | None]]:
        """Return what a target may be told now, oldest first, with what it is; None: a newer revision has taken its
        place, or it was erased."""
        query = (
            select(DeliveryRow, OutboxRow.payload, OutboxRow.revision)
            .outerjoin(OutboxRow, OutboxRow.key == DeliveryRow.key)
            .where(DeliveryRow.target == target, DeliveryRow.next_at <= now, *_OPEN)
            .order_by(DeliveryRow.id)
            .limit(limit)
        )
        return [
            (Delivery.model_validate(row), payload if revision == row.revision else None)
            for row, payload, revision in await rows_of(self._store, query)
        ]

    async def delivered(self, delivery: Delivery, now: float) -> None:
        """Note that the target has it."""
        await self._change([delivery.id], {"done_at": now, "attempts": delivery.attempts + 1, "error": ""})

    async def failed(self, delivery: Delivery, error: str, now: float, next_at: float | None) -> None:
        """Note a failed attempt, and when to try again; ``next_at`` None: it is given up."""
        then = {"dead_at": now} if next_at is None else {"next_at": next_at}
        told = plain_text(error[:500])
        await self._change([delivery.id], {**then, "attempts": delivery.attempts + 1, "error": told})

    async def find(self, *, state: str | None = None, target: str | None = None, limit: int = 50) -> list[Delivery]:
        """Return deliveries, the latest first; ``state`` is waiting, done or dead."""
        query = select(DeliveryRow).order_by(DeliveryRow.id.desc()).limit(limit)
        wanted: dict[str, Sequence[Any]] = {
            "waiting": _OPEN, "done": (_DELIVERY.c.done_at.is_not(None),), "dead": (_DELIVERY.c.dead_at.is_not(None),),
        }  # fmt: skip
        query = query.where(*(wanted[state] if state is not None else ()))
        if target is not None:
            query = query.where(DeliveryRow.target == target)
        return [Delivery.model_validate(row[0]) for row in await rows_of(self._store, query)]

    async def replay(self, now: float, ids: Sequence[int] | None = None) -> int:
        """Have deliveries sent (again), whatever became of them; without ids all that were given up. Return how many
        there were."""

        def work(connection: Connection) -> int:
            which = _DELIVERY.c.dead_at.is_not(None) if ids is None else _DELIVERY.c.id.in_(ids)
            again = {"next_at": now, "done_at": None, "dead_at": None, "attempts": 0}
            return connection.execute(update(_DELIVERY).where(which).values(**again)).rowcount

        return await self._write(work)

    async def tidy(self, before: float, targets: Collection[str] | None = None) -> int:
        """Forget what was delivered, or given up, before then, and what was to be told to others than ``targets``
        (None: all are still told), with the outbox rows that nobody waits for; return how many."""

        def work(connection: Connection) -> int:
            past = [_DELIVERY.c.done_at < before, _DELIVERY.c.dead_at < before]
            if targets is not None:
                past.append((_DELIVERY.c.created_at < before) & _DELIVERY.c.target.not_in(list(targets)))
            gone = connection.execute(delete(_DELIVERY).where(or_(*past))).rowcount
            kept = select(_DELIVERY.c.key)
            over = delete(_OUTBOX).where(*_OF_TICKETS, _OUTBOX.c.done_at < before, _OUTBOX.c.key.not_in(kept))
            return gone + connection.execute(over).rowcount

        return await self._write(work)

    async def _change(self, ids: Sequence[int], values: dict[str, Any]) -> None:
        await self._write(lambda connection: connection.execute(
            update(_DELIVERY).where(_DELIVERY.c.id.in_(ids)).values(**values)
        ))  # fmt: skip

    async def _write(self, work: Callable[[Connection], T]) -> T:
        must_be_there(self._store)
        try:
            return await self._store.transact(work)
        except SQLAlchemyError as error:
            raise StoreUnavailable(f"deliveries cannot be written: {error.__cause__ or error}") from error

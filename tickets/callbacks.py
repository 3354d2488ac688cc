"""Callbacks in the store: a promise made to a caller outlives the service; and the callers who were missed."""

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, exists, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import aliased

from tickets.asking import rows_of
from tickets.models import CallbackRow, CallRow
from tickets.rows import insert_rows, update_rows
from tickets.store import Store, StoreUnavailable


class CallbackRecord(BaseModel):
    """One callback, as kept. Times are epoch seconds; the states are those of ``acd.callbacks``."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    id: str
    number: str
    queue: str
    origin: str  # the call it comes from
    since: float  # the arrival that gives the place in line
    created_at: float
    changed_at: float
    missed: bool
    language: str
    priority: int
    asked: dict[str, int]
    tries: int  # how many at most
    every_s: float
    state: str
    over: bool
    attempts: int
    not_before: float
    call_id: str  # the callback's own call, "" before the first try


class MissedCall(BaseModel):
    """A caller who hung up while waiting for a person, or was turned away because more came than could be carried."""

    model_config = ConfigDict(frozen=True)

    call: str
    number: str  # "" when withheld
    queue: str
    arrived_at: float
    ended_at: float | None
    waiting_s: float
    reached: bool  # talked to an agent later on
    callback: str  # the state of the callback made of it, "" when there is none
    turned_away: bool  # before the answer, so there is no queue


class CallbackStore:
    """Keeps callbacks. All methods raise ``StoreUnavailable``."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def save(self, record: CallbackRecord) -> None:
        """Keep a callback as it stands now; when this returns, it survives kill -9."""
        row = record.model_dump()

        def work(connection: Connection) -> None:
            there = connection.execute(select(CallbackRow.id).where(CallbackRow.id == record.id)).first()
            if there is None:
                insert_rows(connection, CallbackRow, [row])
            else:
                update_rows(connection, CallbackRow, "id", [row])

        try:
            await self._store.transact(work)
        except SQLAlchemyError as error:
            raise StoreUnavailable(f"the callback cannot be kept: {error.__cause__ or error}") from error

    async def open(self) -> list[CallbackRecord]:
        """Return the callbacks that are not over, in the order of arrival."""
        query = select(CallbackRow).where(CallbackRow.over.is_(False)).order_by(CallbackRow.since, CallbackRow.id)
        return [CallbackRecord.model_validate(row[0]) for row in await rows_of(self._store, query)]

    async def latest(self, limit: int = 50, *, over: bool | None = None) -> list[CallbackRecord]:
        """Return callbacks, the latest first; ``over`` None gives both kinds."""
        query = select(CallbackRow).order_by(CallbackRow.created_at.desc(), CallbackRow.id.desc()).limit(limit)
        if over is not None:
            query = query.where(CallbackRow.over.is_(over))
        return [CallbackRecord.model_validate(row[0]) for row in await rows_of(self._store, query)]

    async def missed(self, limit: int = 50, *, since: float = 0.0) -> list[MissedCall]:
        """Return callers who hung up while waiting or were turned away, latest first; ``since`` bounds the arrival."""
        later = aliased(CallRow)
        reached = exists().where(
            later.caller == CallRow.caller, later.caller != "", later.arrived_at > CallRow.arrived_at,
            or_(later.outcome == "answered", later.agent != ""), later.direction != "outbound",
        )  # fmt: skip
        query = (
            select(CallRow, reached, CallbackRow.state)
            .outerjoin(CallbackRow, CallbackRow.origin == CallRow.id)
            .where(CallRow.outcome.in_(("abandoned_queue", "turned_away")), CallRow.arrived_at >= since)
            .order_by(CallRow.arrived_at.desc())
            .limit(limit)
        )
        return [
            MissedCall(
                call=call.id, number=call.caller, queue=call.queue, arrived_at=call.arrived_at,
                ended_at=call.ended_at, waiting_s=call.waiting_s, reached=bool(talked), callback=state or "",
                turned_away=call.outcome == "turned_away",
            )
            for call, talked, state in await rows_of(self._store, query)
        ]  # fmt: skip

"""Recordings in the store: found by call, ticket, agent, time and number; legal holds; who did what with them."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, Text, cast, delete, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from tickets.asking import rows_of
from tickets.models import CallRow, RecordingHoldRow, RecordingRow, RecordingUseRow
from tickets.rows import insert_rows
from tickets.store import Store, StoreUnavailable, plain_text


class RecordingRecord(BaseModel):
    """One recording with what is known of its call. Times are epoch seconds; ``stored_at`` None: not finished yet."""

    model_config = ConfigDict(frozen=True)

    path: str
    call: str
    kind: str  # "talk", "consult" or "message"
    started_at: float
    stored_at: float | None
    duration_s: float | None
    expected_s: float | None
    size: int | None
    sha256: str
    flags: list[str]
    deleted_at: float | None
    held: bool
    direction: str
    caller: str
    dialled: str
    queue: str
    agents: list[str]
    ticket: str
    box: str


class RecordingHold(BaseModel):
    """A legal hold."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    call_id: str
    since: float
    by: str
    reason: str


class RecordingUse(BaseModel):
    """What somebody did with a recording."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    at: float
    by: str
    action: str
    call_id: str
    path: str
    detail: str


class WantedRecordings(BaseModel):
    """Which recordings are looked for; None: any. ``since`` and ``until`` bound the beginning (epoch seconds),
    ``number`` is the caller's or the one dialled, ``deleted`` True gives those whose file is gone."""

    model_config = ConfigDict(frozen=True)

    call: str | None = None
    ticket: str | None = None
    agent: str | None = None
    number: str | None = None
    kind: str | None = None
    since: float | None = None
    until: float | None = None
    flagged: bool | None = None
    deleted: bool | None = False
    limit: int | None = None


class RecordingStore:
    """Asks for recordings, and keeps holds and the log of uses. All methods raise ``StoreUnavailable``."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, wanted: WantedRecordings) -> list[RecordingRecord]:
        """Return recordings, the latest first."""
        return [_record(*row) for row in await rows_of(self._store, _query(wanted))]

    async def paths(self) -> set[str]:
        """Return the paths of all recordings whose file should be there, or is being made."""
        rows = await rows_of(self._store, select(RecordingRow.path).where(RecordingRow.deleted_at.is_(None)))
        return {row[0] for row in rows}

    async def stored(self, paths: Sequence[str]) -> set[str]:
        """Return which of these are finished."""
        query = select(RecordingRow.path).where(RecordingRow.path.in_(paths), RecordingRow.stored_at.is_not(None))
        return {row[0] for row in await rows_of(self._store, query)}

    async def holds(self) -> list[RecordingHold]:
        """Return the legal holds, the oldest first."""
        rows = await rows_of(self._store, select(RecordingHoldRow).order_by(RecordingHoldRow.since))
        return [RecordingHold.model_validate(row[0]) for row in rows]

    async def uses(self, call: str | None = None, limit: int = 100) -> list[RecordingUse]:
        """Return what was done with recordings (of a call), the latest first."""
        query = select(RecordingUseRow).order_by(RecordingUseRow.id.desc()).limit(limit)
        if call is not None:
            query = query.where(RecordingUseRow.call_id == call)
        return [RecordingUse.model_validate(row[0]) for row in await rows_of(self._store, query)]

    async def hold(self, hold: RecordingHold) -> bool:
        """Place a legal hold; return False when the call has one already, which stays as it is."""
        note = RecordingUse(at=hold.since, by=hold.by, action="hold", call_id=hold.call_id, path="", detail=hold.reason)

        def work(connection: Connection) -> bool:
            there = select(RecordingHoldRow.call_id).where(RecordingHoldRow.call_id == hold.call_id)
            if connection.execute(there).first() is not None:
                return False
            insert_rows(connection, RecordingHoldRow, [_plain(hold.model_dump())])
            insert_rows(connection, RecordingUseRow, [_plain(note.model_dump())])
            return True

        return bool(await self._write(work))

    async def release(self, call: str, at: float, by: str, reason: str) -> bool:
        """End a legal hold; return whether there was one."""
        note = RecordingUse(at=at, by=by, action="release", call_id=call, path="", detail=reason)

        def work(connection: Connection) -> bool:
            gone = connection.execute(delete(RecordingHoldRow).where(RecordingHoldRow.call_id == call)).rowcount
            if gone:
                insert_rows(connection, RecordingUseRow, [_plain(note.model_dump())])
            return bool(gone)

        return bool(await self._write(work))

    async def note(self, use: RecordingUse) -> None:
        """Write down what somebody does with a recording; before it is done."""
        await self._write(lambda connection: insert_rows(connection, RecordingUseRow, [_plain(use.model_dump())]))

    async def may_delete(self, use: RecordingUse) -> bool:
        """Mark a recording as deleted and write it down, in one step; False, and nothing is done, when its call is held
        by now. To be called before the file is deleted."""

        def work(connection: Connection) -> bool:
            held = select(RecordingHoldRow.call_id).where(RecordingHoldRow.call_id == use.call_id)
            if connection.execute(held).first() is not None:
                return False
            connection.execute(update(RecordingRow).where(RecordingRow.path == use.path).values(deleted_at=use.at))
            insert_rows(connection, RecordingUseRow, [_plain(use.model_dump())])
            return True

        return bool(await self._write(work))

    async def _write(self, work: Any) -> Any:
        try:
            return await self._store.transact(work)
        except SQLAlchemyError as error:
            raise StoreUnavailable(f"the store of recordings cannot be written: {error.__cause__ or error}") from error


def _query(wanted: WantedRecordings) -> Any:
    query: Any = (
        select(RecordingRow, CallRow, RecordingHoldRow.call_id)
        .outerjoin(CallRow, CallRow.id == RecordingRow.call_id)
        .outerjoin(RecordingHoldRow, RecordingHoldRow.call_id == RecordingRow.call_id)
        .order_by(RecordingRow.started_at.desc(), RecordingRow.path)
        .limit(wanted.limit)
    )
    equal = {RecordingRow.call_id: wanted.call, CallRow.ticket: wanted.ticket, RecordingRow.kind: wanted.kind}
    for column, value in equal.items():
        if value is not None:
            query = query.where(column == value)
    if wanted.agent is not None:  # a JSON list, as text: both kinds of database can look into it
        quoted = cast(CallRow.agents, Text).contains(f'"{wanted.agent}"', autoescape=True)
        query = query.where(or_(CallRow.agent == wanted.agent, quoted))
    if wanted.number is not None:
        query = query.where(or_(CallRow.caller == wanted.number, CallRow.dialled == wanted.number))
    if wanted.since is not None:
        query = query.where(RecordingRow.started_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(RecordingRow.started_at < wanted.until)
    if wanted.flagged is not None:
        text = cast(RecordingRow.flags, Text)
        query = query.where(text != "[]" if wanted.flagged else text == "[]")
    if wanted.deleted is not None:
        gone = RecordingRow.deleted_at
        query = query.where(gone.is_not(None) if wanted.deleted else gone.is_(None))
    return query


def _record(row: RecordingRow, call: CallRow | None, hold: str | None) -> RecordingRecord:
    return RecordingRecord(
        path=row.path, call=row.call_id, kind=row.kind, started_at=row.started_at, stored_at=row.stored_at,
        duration_s=row.duration_s, expected_s=row.expected_s, size=row.size, sha256=row.sha256, flags=list(row.flags),
        deleted_at=row.deleted_at, held=hold is not None,
        direction=call.direction if call else "", caller=call.caller if call else "",
        dialled=call.dialled if call else "", queue=call.queue if call else "",
        agents=list(call.agents) if call else [], ticket=call.ticket if call else "",
        box=call.message_box if call and row.kind == "message" else "",
    )  # fmt: skip


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: plain_text(value) if isinstance(value, str) else value for name, value in row.items()}

"""What a restarted service has to know: calls that have not ended, agents' last states, recordings not yet stored."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import func, select, tuple_
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from calls.identity import CallId
from calls.timeline import CallEnded, Event
from tickets.entries import Entry
from tickets.models import AgentJournalRow, CallRow, JournalRow, RecordingRow
from tickets.store import Store, StoreUnavailable

_log = structlog.get_logger("tickets.resume")


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call whose end is not in the journal, with its events in order."""

    id: CallId
    events: list[Event]


@dataclass(frozen=True, slots=True)
class PendingRecording:
    """A recording or message whose file has not been looked at yet."""

    call: CallId
    path: str  # relative to the recordings folder
    kind: str  # "talk", "consult" or "message"
    started_at: float
    call_ended: bool


async def latest_seq(session: AsyncSession) -> int:
    """Return the greatest number among the last rows of both journals, 0 when they are empty."""
    found = [0]
    for table in (JournalRow, AgentJournalRow):
        last = await session.scalar(select(func.max(table.id)))
        recent = select(func.max(table.seq)).where(table.id > (last or 0) - 10_000)
        found.append(await session.scalar(recent) or 0)
    return max(found)


async def open_calls(store: Store, waiting: Iterable[Entry]) -> list[OpenCall]:
    """Return unended calls, oldest first; ``waiting`` are entries that are not in the database yet."""
    entries: dict[tuple[str, int], Entry] = {(e.key, e.seq): e for e in waiting if e.stream == "call"}
    try:
        async with store.read() as session:
            running = set(await session.scalars(select(CallRow.id).where(CallRow.ended_at.is_(None))))
            rows = await _journal_rows(session, sorted(running | {key for key, _ in entries}))
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"cannot read the open calls: {error}") from error
    entries |= {(e.key, e.seq): e for e in rows}
    timelines: dict[str, list[Event]] = defaultdict(list)
    for (call_id, _), entry in sorted(entries.items()):
        try:
            timelines[call_id].append(entry.event())
        except ValueError as error:
            _log.error("event_unreadable", call=call_id, kind=entry.kind, error=str(error))
    found = [
        OpenCall(CallId(call_id), events)
        for call_id, events in timelines.items()
        if not any(isinstance(event, CallEnded) for event in events)
    ]
    return sorted(found, key=lambda call: call.events[0].at)


async def _journal_rows(session: AsyncSession, ids: Sequence[str]) -> list[Entry]:
    columns = (JournalRow.call_id, JournalRow.seq, JournalRow.at, JournalRow.kind, JournalRow.data)
    found: list[Entry] = []
    for i in range(0, len(ids), 500):
        query = select(*columns).where(JournalRow.call_id.in_(ids[i : i + 500]))
        found += [Entry("call", *row) for row in (await session.execute(query))]
    return found


async def latest_agents(store: Store, waiting: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return each agent's latest change as one mapping, ordered by agent."""
    newest = select(AgentJournalRow.agent, func.max(AgentJournalRow.seq)).group_by(AgentJournalRow.agent)
    pair = tuple_(AgentJournalRow.agent, AgentJournalRow.seq)
    try:
        async with store.read() as session:
            rows = list(await session.scalars(select(AgentJournalRow).where(pair.in_(newest))))
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"cannot read the agents' states: {error}") from error
    latest = {
        row.agent: Entry(
            "agent", row.agent, row.seq, row.at, row.state, {"seat": row.seat, "cause": row.cause, **row.data}
        )
        for row in rows
    }
    for entry in waiting:
        if entry.stream == "agent" and (entry.key not in latest or entry.seq > latest[entry.key].seq):
            latest[entry.key] = entry
    return [
        {"agent": e.key, "seat": "", "state": e.kind, "at": e.at, "cause": "", **e.data}
        for _, e in sorted(latest.items())
    ]


async def pending_recordings(store: Store) -> list[PendingRecording]:
    """Return recordings begun but not stored, oldest first."""
    query = (
        select(RecordingRow, CallRow.ended_at)
        .outerjoin(CallRow, CallRow.id == RecordingRow.call_id)
        .where(RecordingRow.stored_at.is_(None))
        .order_by(RecordingRow.started_at)
    )
    try:
        async with store.read() as session:
            rows = (await session.execute(query)).all()
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"cannot read the pending recordings: {error}") from error
    return [
        PendingRecording(CallId(row.call_id), row.path, row.kind, row.started_at, ended_at is not None)
        for row, ended_at in rows
    ]

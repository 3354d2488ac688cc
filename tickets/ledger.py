"""Entering events into the store: journal rows, recordings, the call's row, its ticket and its outbox row.

All of it happens in the transaction of the session that is handed in, so a call's end, record, ticket and hand-off are
there together or not at all. Everything is derived from the journal again, so entering twice changes nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import tzinfo
from typing import Any

import structlog
from sqlalchemy import bindparam, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from calls import timeline as t
from calls.call import Outcome
from calls.identity import CallId
from calls.summary import Summary, summarise
from tickets.entries import Entry, entry_of_event
from tickets.models import KEY, AgentJournalRow, CallRow, JournalRow, OutboxRow, TicketKind, TicketRow, TicketState
from tickets.numbers import next_number
from tickets.recordings import enter_recordings
from tickets.store import plain_text

_log = structlog.get_logger("tickets.ledger")

# After one of these the call's row is folded anew: it has ended, or something came after its end.
_FOLDING = {
    "CallEnded",
    "WrapUpEnded",
    "RecordingStored",
    "RecordingStarted",
    "MessageLeft",
    "TalkEnded",
    "TicketOpened",
}


@dataclass(slots=True)
class Entered:
    """What entering a batch came to."""

    opened: list[t.TicketOpened] = field(default_factory=list)  # tickets made just now
    ended: set[str] = field(default_factory=set)  # touched calls that have ended


class Ledger:
    """Knows how events become rows. ``zone`` decides the day of a ticket number; ``sequence`` numbers new events."""

    def __init__(self, sequence: Callable[[], int], now: Callable[[], float], zone: tzinfo | None = None) -> None:
        self._sequence = sequence
        self._now = now
        self._zone = zone

    async def enter(
        self, session: AsyncSession, entries: Sequence[Entry], *, fold: Iterable[str] = (), again: bool = False
    ) -> Entered:
        """Enter a batch. ``fold`` names calls whose row must be written in any case (their first events).

        ``again`` says that some entries may be in the store already; those are passed over.
        """
        if again:
            entries = await _missing(session, entries)
        await journal_only(session, entries)
        of_calls = [entry for entry in entries if entry.stream == "call"]
        await enter_recordings(session, of_calls)
        touched = {e.key for e in of_calls if e.kind in _FOLDING} | (set(fold) & {e.key for e in of_calls})
        return await self._fold(session, sorted(touched))

    async def _fold(self, session: AsyncSession, ids: Sequence[str]) -> Entered:
        """Write the rows of calls from their journals; open the ticket and fill the outbox where a call has ended."""
        entered = Entered()
        if not ids:
            return entered
        timelines = await load_timelines(session, ids)
        present = dict((await session.execute(select(CallRow.id, CallRow.ticket).where(CallRow.id.in_(ids)))).all())
        folded: dict[str, dict[str, Any]] = {}
        due: list[tuple[str, Summary, dict[str, Any]]] = []
        for call_id in ids:
            events = timelines.get(call_id, [])
            if not events:
                continue
            summary = summarise(events)
            summary.ticket = summary.ticket or present.get(call_id, "")
            folded[call_id] = row = call_row(call_id, summary, events)
            if summary.outcome is not None:
                entered.ended.add(call_id)
                due.append((call_id, summary, row))
        new: list[tuple[str, TicketKind, Summary]] = []
        for call_id, summary, row in due:
            if (kind := ticket_kind(summary)) is not None and not summary.ticket:
                row["ticket"] = summary.ticket = await next_number(session, self._now(), self._zone)
                new.append((call_id, kind, summary))
        await _save_calls(session, [r for i, r in folded.items() if i not in present], insert_them=True)
        await _save_calls(session, [r for i, r in folded.items() if i in present], insert_them=False)
        await self._open_tickets(session, new, entered)
        await self._hand_off(session, [row for _, _, row in due])
        return entered

    async def _open_tickets(
        self, session: AsyncSession, new: Sequence[tuple[str, TicketKind, Summary]], entered: Entered
    ) -> None:
        if not new:
            return
        now = self._now()
        await session.execute(insert(TicketRow), [ticket_row(i, kind, s, now) for i, kind, s in new])
        entered.opened = [t.TicketOpened(call=CallId(i), at=now, ticket=s.ticket) for i, _, s in new]
        await journal_only(session, [entry_of_event(event, self._sequence()) for event in entered.opened])

    async def _hand_off(self, session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
        """Put ended calls into the outbox; one that has changed since goes out again as a further revision."""
        if not rows:
            return
        now = self._now()
        keys = {f"call:{row['id']}": row for row in rows}
        there = {row.key: row for row in await session.scalars(select(OutboxRow).where(OutboxRow.key.in_(keys)))}
        for key, payload in keys.items():
            if (old := there.get(key)) is None:
                session.add(OutboxRow(topic="call.completed", key=key, payload=payload, created_at=now, next_at=now))
            elif old.payload != payload:
                old.payload, old.revision, old.next_at, old.done_at = payload, old.revision + 1, now, None
        await session.flush()


async def journal_only(session: AsyncSession, entries: Iterable[Entry]) -> None:
    """Write journal rows and nothing else (also the last resort for an event that cannot be folded)."""
    calls: list[dict[str, Any]] = []
    agents: list[dict[str, Any]] = []
    for e in entries:
        if e.stream == "call":
            calls.append({"call_id": e.key, "seq": e.seq, "at": e.at, "kind": e.kind, "data": e.data})
        else:
            rest = dict(e.data)
            seat, cause = plain_text(str(rest.pop("seat", None) or "")), plain_text(str(rest.pop("cause", None) or ""))
            columns = {"agent": e.key, "seq": e.seq, "at": e.at, "state": e.kind}
            agents.append({**columns, "seat": seat, "cause": cause, "data": rest})
    if calls:
        await session.execute(insert(JournalRow), calls)
    if agents:
        await session.execute(insert(AgentJournalRow), agents)


async def load_timelines(session: AsyncSession, ids: Sequence[str]) -> dict[str, list[t.Event]]:
    """Return the events of calls in order; what this program cannot read is logged and left out."""
    found: dict[str, list[t.Event]] = defaultdict(list)
    columns = (JournalRow.call_id, JournalRow.seq, JournalRow.at, JournalRow.kind, JournalRow.data)
    for some in chunks(ids):
        query = select(*columns).where(JournalRow.call_id.in_(some)).order_by(JournalRow.call_id, JournalRow.seq)
        for call_id, seq, at, kind, data in await session.execute(query):
            try:
                found[call_id].append(Entry("call", call_id, seq, at, kind, data).event())
            except ValueError as error:
                _log.error("event_unreadable", call=call_id, seq=seq, kind=kind, error=str(error))
    return found


def chunks(items: Sequence[str], size: int = 500) -> Iterable[Sequence[str]]:
    """Cut into pieces that fit into one statement."""
    return (items[i : i + size] for i in range(0, len(items), size))


def ticket_kind(summary: Summary) -> TicketKind | None:
    """Return the kind of ticket a finished call gets, or None: who talked or left a message has one."""
    if summary.outcome is Outcome.ANSWERED:
        return TicketKind.ENQUIRY
    if summary.message or summary.outcome is Outcome.VOICEMAIL:
        return TicketKind.VOICEMAIL
    return None


def ticket_row(call_id: str, kind: TicketKind, summary: Summary, now: float) -> dict[str, Any]:
    """Return the columns of a new ticket."""
    return {
        "number": summary.ticket,
        "kind": kind.value,
        "state": TicketState.REGISTERED.value,
        "caller": plain_text(summary.caller)[:KEY],
        "caller_name": plain_text(summary.caller_name),
        "call_id": call_id,
        "subject": plain_text(summary.message_box if kind is TicketKind.VOICEMAIL else ""),
        "queue": plain_text(summary.queue),
        "agent": plain_text(summary.agent),
        "language": plain_text(summary.language)[:20],
        "created_at": now,
        "updated_at": now,
    }


def call_row(call_id: str, summary: Summary, events: Sequence[t.Event]) -> dict[str, Any]:
    """Return the columns of a call's row."""
    row = {key: plain_text(value) if isinstance(value, str) else value for key, value in asdict(summary).items()}
    arrived = next((e for e in events if isinstance(e, t.CallArrived)), None)
    ended = next((e for e in reversed(events) if isinstance(e, t.CallEnded)), None)
    row |= {
        "id": call_id,
        "node": plain_text(arrived.node) if arrived else "",
        "unique_id": plain_text(arrived.unique_id) if arrived else "",
        "caller": row["caller"][:KEY],
        "language": row["language"][:20],
        "arrived_at": summary.arrived_at if arrived else events[0].at,
        "outcome": summary.outcome.value if summary.outcome else None,
        "cause": plain_text(ended.cause) if ended else "",
    }
    return row


async def _missing(session: AsyncSession, entries: Sequence[Entry]) -> list[Entry]:
    fresh: dict[tuple[str, str, int], Entry] = {(e.stream, e.key, e.seq): e for e in entries}
    for stream, key, seq in (
        ("call", JournalRow.call_id, JournalRow.seq),
        ("agent", AgentJournalRow.agent, AgentJournalRow.seq),
    ):
        pairs = [(e.key, e.seq) for e in fresh.values() if e.stream == stream]
        for i in range(0, len(pairs), 500):
            query = select(key, seq).where(tuple_(key, seq).in_(pairs[i : i + 500]))
            for there in (await session.execute(query)).all():
                del fresh[stream, *there]
    return list(fresh.values())


async def _save_calls(session: AsyncSession, rows: Sequence[dict[str, Any]], *, insert_them: bool) -> None:
    if not rows:
        return
    if insert_them:
        await session.execute(insert(CallRow), rows)
        return
    table = CallRow.__table__
    values: dict[str, Any] = {key: bindparam(f"v_{key}") for key in rows[0] if key != "id"}
    statement = update(table).where(table.c.id == bindparam("v_id")).values(values)  # type: ignore[arg-type]
    connection = await session.connection()
    await connection.execute(statement, [{f"v_{key}": value for key, value in row.items()} for row in rows])

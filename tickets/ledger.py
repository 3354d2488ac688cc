"""Entering events into the store: journal rows, recordings, the call's row, its ticket and its outbox row.

All of it happens in the transaction of the session that is handed in, so a call's end, record, ticket and hand-off are
there together or not at all. Everything is derived from the journal again, so entering twice changes nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import tzinfo

import structlog
from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from calls import timeline as t
from calls.call import Outcome
from calls.identity import CallId
from calls.summary import Summary, summarise
from tickets.entries import Entry, entry_of_event
from tickets.models import KEY, AgentJournalRow, CallRow, JournalRow, OutboxRow, TicketKind, TicketRow, TicketState
from tickets.numbers import next_numbers
from tickets.recordings import enter_recordings
from tickets.rows import Row, insert_rows, update_rows
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
        self, connection: AsyncConnection, entries: Sequence[Entry], *, fold: Iterable[str] = (), again: bool = False
    ) -> Entered:
        """Enter a batch. ``fold`` names calls whose row must be written in any case (their first events).

        ``again`` says that some entries may be in the store already; those are passed over.
        """
        if again:
            entries = await _missing(connection, entries)
        await journal_only(connection, entries)
        of_calls = [entry for entry in entries if entry.stream == "call"]
        await enter_recordings(connection, of_calls)
        touched = {e.key for e in of_calls if e.kind in _FOLDING} | (set(fold) & {e.key for e in of_calls})
        return await self._fold(connection, sorted(touched))

    async def _fold(self, connection: AsyncConnection, ids: Sequence[str]) -> Entered:
        """Write the rows of calls from their journals; open the ticket and fill the outbox where a call has ended."""
        if not ids:
            return Entered()
        timelines = await load_timelines(connection, ids)
        tickets = await _tickets_of(connection, ids)
        summaries = {call_id: summarise(events) for call_id, events in timelines.items()}
        for call_id, summary in summaries.items():
            summary.ticket = summary.ticket or tickets.get(call_id, "")
        due = {i: kind for i, s in summaries.items() if not s.ticket and (kind := ticket_kind(s)) is not None}
        for call_id, number in zip(due, await next_numbers(connection, len(due), self._now(), self._zone), strict=True):
            summaries[call_id].ticket = number
        rows = {i: call_row(i, summaries[i], events) for i, events in timelines.items()}
        await insert_rows(connection, CallRow, [row for i, row in rows.items() if i not in tickets])
        await update_rows(connection, CallRow, "id", [row for i, row in rows.items() if i in tickets])
        ended = {i for i, s in summaries.items() if s.outcome is not None}
        opened = await self._open_tickets(connection, [(i, kind, summaries[i]) for i, kind in due.items()])
        await self._hand_off(connection, [rows[i] for i in sorted(ended)])
        return Entered(opened, ended)

    async def _open_tickets(
        self, connection: AsyncConnection, due: Sequence[tuple[str, TicketKind, Summary]]
    ) -> list[t.TicketOpened]:
        now = self._now()
        await insert_rows(connection, TicketRow, [ticket_row(i, kind, s, now) for i, kind, s in due])
        opened = [t.TicketOpened(call=CallId(i), at=now, ticket=s.ticket) for i, _, s in due]
        await journal_only(connection, [entry_of_event(event, self._sequence()) for event in opened])
        return opened

    async def _hand_off(self, connection: AsyncConnection, rows: Sequence[Row]) -> None:
        """Put ended calls into the outbox; one that has changed since goes out again as a further revision."""
        if not rows:
            return
        now = self._now()
        payloads = {f"call:{row['id']}": row for row in rows}
        query = select(OutboxRow.key, OutboxRow.revision, OutboxRow.payload).where(OutboxRow.key.in_(payloads))
        there = {key: (revision, payload) for key, revision, payload in await connection.execute(query)}
        new = {
            "topic": "call.completed",
            "attempts": 0,
            "created_at": now,
            "next_at": now,
            "done_at": None,
            "error": "",
        }
        fresh = [{**new, "key": k, "revision": 1, "payload": p} for k, p in payloads.items() if k not in there]
        changed = [
            {"key": key, "revision": revision + 1, "payload": payloads[key], "next_at": now, "done_at": None}
            for key, (revision, payload) in there.items()
            if payload != payloads[key]
        ]
        await insert_rows(connection, OutboxRow, fresh)
        await update_rows(connection, OutboxRow, "key", changed)


async def journal_only(connection: AsyncConnection, entries: Iterable[Entry]) -> None:
    """Write journal rows and nothing else (also the last resort for an event that cannot be folded)."""
    calls: list[Row] = []
    agents: list[Row] = []
    for e in entries:
        if e.stream == "call":
            calls.append({"call_id": e.key, "seq": e.seq, "at": e.at, "kind": e.kind, "data": e.data})
        else:
            rest = dict(e.data)
            seat, cause = plain_text(str(rest.pop("seat", None) or "")), plain_text(str(rest.pop("cause", None) or ""))
            columns = {"agent": e.key, "seq": e.seq, "at": e.at, "state": e.kind}
            agents.append({**columns, "seat": seat, "cause": cause, "data": rest})
    await insert_rows(connection, JournalRow, calls)
    await insert_rows(connection, AgentJournalRow, agents)


async def _tickets_of(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, str]:
    """Return the calls that have a row already, with their ticket's number or ""."""
    found: dict[str, str] = {}
    for some in chunks(ids):
        query = select(CallRow.id, CallRow.ticket).where(CallRow.id.in_(some))
        found |= {row.id: row.ticket for row in await connection.execute(query)}
    return found


async def load_timelines(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, list[t.Event]]:
    """Return the events of calls in order; what this program cannot read is logged and left out."""
    found: dict[str, list[t.Event]] = defaultdict(list)
    columns = (JournalRow.call_id, JournalRow.seq, JournalRow.at, JournalRow.kind, JournalRow.data)
    for some in chunks(ids):
        query = select(*columns).where(JournalRow.call_id.in_(some)).order_by(JournalRow.call_id, JournalRow.seq)
        for call_id, seq, at, kind, data in await connection.execute(query):
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


def ticket_row(call_id: str, kind: TicketKind, summary: Summary, now: float) -> Row:
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


def call_row(call_id: str, summary: Summary, events: Sequence[t.Event]) -> Row:
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


async def _missing(connection: AsyncConnection, entries: Sequence[Entry]) -> list[Entry]:
    fresh: dict[tuple[str, str, int], Entry] = {(e.stream, e.key, e.seq): e for e in entries}
    for stream, key, seq in (
        ("call", JournalRow.call_id, JournalRow.seq),
        ("agent", AgentJournalRow.agent, AgentJournalRow.seq),
    ):
        pairs = [(e.key, e.seq) for e in fresh.values() if e.stream == stream]
        for i in range(0, len(pairs), 500):
            query = select(key, seq).where(tuple_(key, seq).in_(pairs[i : i + 500]))
            for there in (await connection.execute(query)).all():
                del fresh[stream, *there]
    return list(fresh.values())

"""Entering events into the store: journal rows, recordings, the call's row, its ticket and its outbox row.

All of it happens in the transaction of the connection that is handed in, so a call's end, record, ticket and hand-off
are there together or not at all. Everything is derived from the journal again, so entering twice changes nothing.

The events of a call that began in this process are remembered until some time after its end, so that nothing has to be
read back. What is remembered is forgotten as soon as it might differ from what is stored.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import tzinfo

import structlog
from sqlalchemy import Connection, select, tuple_

from calls import timeline as t
from calls.call import Outcome
from calls.identity import CallId
from calls.summary import Summary, summarise
from tickets.deadlines import Deadlines, WorkingDays
from tickets.entries import Entry, entry_of_event
from tickets.links import link_rows
from tickets.models import (
    KEY,
    AgentJournalRow,
    CallRow,
    JournalRow,
    OutboxRow,
    TicketCallRow,
    TicketKind,
    TicketRow,
    TicketState,
)
from tickets.numbers import next_numbers
from tickets.recordings import enter_recordings
from tickets.rows import Row, insert_rows, update_changed, update_rows
from tickets.store import plain_text
from tickets.voicemail_rows import enter_messages

_log = structlog.get_logger("tickets.ledger")

# After the end, one of these has the call's row folded anew.
_LATE = frozenset({"CallEnded", "WrapUpEnded", "RecordingStored", "RecordingStarted", "MessageLeft", "TalkEnded",
                   "TicketOpened"})  # fmt: skip
_FIGURES = tuple(each.name for each in fields(Summary))
_FIRST = frozenset({"CallArrived", "CallPlaced", "CallbackPlaced"})
# Of a call's row, what is written together when it changes; what the first event tells does not.
_FIRST_TOLD = {"id", "node", "unique_id", "caller", "caller_name", "dialled", "direction", "arrived_at"}
_RECORDED = frozenset({"recording", "recording_s", "recording_sha256"})
_CHANGE_TOGETHER = (
    frozenset({"wrap_up_s"}),
    _RECORDED,
    _RECORDED | {"wrap_up_s"},
    frozenset({*_FIGURES, "outcome", "cause"} - _FIRST_TOLD),
)
_MOST_REMEMBERED = 2_000  # calls; some 10 kB each
_MOST_ENDED = 300  # of these, calls that have ended and may yet have their wrap-up or recording


@dataclass(slots=True)
class Entered:
    """What entering a batch came to."""

    opened: list[t.TicketOpened] = field(default_factory=list)  # tickets made just now
    ended: set[str] = field(default_factory=set)  # touched calls that have ended


@dataclass(slots=True)
class _Known:
    """What the store holds of a call."""

    events: list[t.Event] = field(default_factory=list)
    has_row: bool = False
    row: Row = field(default_factory=dict)  # as it was written last; empty where it was only read
    ticket: str = ""
    revision: int = 0  # of its outbox row; 0: there is none
    ended: bool = False


class Ledger:
    """Knows how events become rows. ``zone`` decides the day of a ticket number; ``sequence`` numbers new events."""

    def __init__(
        self,
        sequence: Callable[[], int],
        now: Callable[[], float],
        zone: tzinfo | None = None,
        deadlines: Deadlines | None = None,
    ) -> None:
        self._deadlines = deadlines or Deadlines(WorkingDays(zone))
        self._sequence = sequence
        self._now = now
        self._zone = zone
        self._remembered: OrderedDict[str, _Known] = OrderedDict()
        self._ended: dict[str, None] = {}  # calls that have ended, in the order in which they did

    def enter(
        self, connection: Connection, entries: Sequence[Entry], *, fold: Iterable[str] = (), again: bool = False
    ) -> Entered:
        """Enter a batch. ``fold`` names calls whose row must be written in any case (their first events).

        ``again`` says that some entries may be in the store already; those are passed over. A transaction that fails
        must be entered again with it.
        """
        if again:
            self._forget(entries)
            entries = _missing(connection, entries)
        journal_only(connection, entries)
        of_calls = [entry for entry in entries if entry.stream == "call"]
        enter_recordings(connection, of_calls)
        enter_messages(connection, of_calls)
        try:
            touched = self._remember(of_calls, remember_new=not again)
            touched |= set(fold) & {entry.key for entry in of_calls}
            return self._fold(connection, sorted(touched))
        except BaseException:
            self._forget(entries)
            raise

    def _forget(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._remembered.pop(entry.key, None)
            self._ended.pop(entry.key, None)

    def _remember(self, entries: Iterable[Entry], *, remember_new: bool) -> set[str]:
        """Note the events; return the calls whose row has to be written now."""
        touched: set[str] = set()
        for entry in entries:
            known = self._remembered.get(entry.key)
            if known is None and entry.kind in _FIRST and remember_new:
                known = self._remembered[entry.key] = _Known()
            if known is not None:
                known.events.append(entry.event())
            over = known is None or known.ended
            if entry.kind == "CallEnded" or (over and entry.kind in _LATE):
                touched.add(entry.key)
        return touched

    def _fold(self, connection: Connection, ids: Sequence[str]) -> Entered:
        """Write the rows of calls from their journals; open the ticket and fill the outbox where a call has ended."""
        if not ids:
            return Entered()
        calls = self._known(connection, ids)
        summaries = {call_id: summarise(known.events) for call_id, known in calls.items()}
        for call_id, summary in summaries.items():
            summary.ticket = summary.ticket or calls[call_id].ticket
        due = {i: kind for i, s in summaries.items() if not s.ticket and (kind := ticket_kind(s)) is not None}
        for call_id, number in zip(due, next_numbers(connection, len(due), self._now(), self._zone), strict=True):
            summaries[call_id].ticket = number
        rows = {i: call_row(i, summaries[i], known.events) for i, known in calls.items()}
        insert_rows(connection, CallRow, [row for i, row in rows.items() if not calls[i].has_row])
        known_rows = [(calls[i].row, row) for i, row in rows.items() if calls[i].has_row]
        update_changed(connection, CallRow, "id", known_rows, _CHANGE_TOGETHER)
        opened = self._open_tickets(connection, [(i, kind, summaries[i]) for i, kind in due.items()])
        for event in opened:
            calls[event.call].events.append(event)
        ended = {i for i, s in summaries.items() if s.outcome is not None}
        self._hand_off(connection, [(calls[i], rows[i]) for i in sorted(ended)])
        for call_id, known in calls.items():
            known.has_row, known.row, known.ticket = True, rows[call_id], summaries[call_id].ticket
            known.ended = call_id in ended
        self._ended |= dict.fromkeys(i for i in calls if i in ended and i in self._remembered)
        self._let_go()
        return Entered(opened, ended)

    def _known(self, connection: Connection, ids: Sequence[str]) -> dict[str, _Known]:
        """Return what the store holds of calls: remembered, or read."""
        strangers = [call_id for call_id in ids if call_id not in self._remembered]
        read = _read_known(connection, strangers) if strangers else {}
        return {i: known for i in ids if (known := self._remembered.get(i) or read.get(i)) is not None}

    def _let_go(self) -> None:
        """Forget calls that ended longest ago, and whatever is too much."""
        while len(self._ended) > _MOST_ENDED:
            call_id = next(iter(self._ended))
            del self._ended[call_id]
            self._remembered.pop(call_id, None)
        while len(self._remembered) > _MOST_REMEMBERED:
            self._remembered.popitem(last=False)

    def _open_tickets(
        self, connection: Connection, due: Sequence[tuple[str, TicketKind, Summary]]
    ) -> list[t.TicketOpened]:
        now = self._now()
        rows = [ticket_row(i, kind, s, now, self._deadlines) for i, kind, s in due]
        insert_rows(connection, TicketRow, rows)
        insert_rows(connection, TicketCallRow, link_rows(rows))
        opened = [t.TicketOpened(call=CallId(i), at=now, ticket=s.ticket) for i, _, s in due]
        journal_only(connection, [entry_of_event(event, self._sequence()) for event in opened])
        return opened

    def _hand_off(self, connection: Connection, ended: Sequence[tuple[_Known, Row]]) -> None:
        """Put ended calls into the outbox; one that has changed since goes out again as a further revision."""
        now = self._now()
        new = {"topic": "call.completed", "attempts": 0, "created_at": now, "next_at": now, "done_at": None,
               "error": ""}  # fmt: skip
        due = {"next_at": now, "done_at": None}
        fresh: list[Row] = []
        changed: list[Row] = []
        for known, row in ended:
            known.revision += 1
            parcel = {"key": f"call:{row['id']}", "revision": known.revision, "payload": row}
            if known.revision == 1:
                fresh.append({**new, **parcel})
            else:
                changed.append({**due, **parcel})
        insert_rows(connection, OutboxRow, fresh)
        update_rows(connection, OutboxRow, "key", changed)


def journal_only(connection: Connection, entries: Iterable[Entry]) -> None:
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
    insert_rows(connection, JournalRow, calls)
    insert_rows(connection, AgentJournalRow, agents)


def _read_known(connection: Connection, ids: Sequence[str]) -> dict[str, _Known]:
    found = {i: _Known(events) for i, events in load_timelines(connection, ids).items()}
    for some in chunks(ids):
        query = select(CallRow.id, CallRow.ticket, CallRow.ended_at).where(CallRow.id.in_(some))
        for call_id, ticket, ended_at in connection.execute(query):
            if call_id in found:
                known = found[call_id]
                known.has_row, known.ticket, known.ended = True, ticket, ended_at is not None
        keys = {f"call:{call_id}": call_id for call_id in some}
        for key, revision in connection.execute(
            select(OutboxRow.key, OutboxRow.revision).where(OutboxRow.key.in_(keys))
        ):
            if keys[key] in found:
                found[keys[key]].revision = revision
    return found


def load_timelines(connection: Connection, ids: Sequence[str]) -> dict[str, list[t.Event]]:
    """Return the events of calls in order; what this program cannot read is logged and left out."""
    found: dict[str, list[t.Event]] = defaultdict(list)
    columns = (JournalRow.call_id, JournalRow.seq, JournalRow.at, JournalRow.kind, JournalRow.data)
    for some in chunks(ids):
        query = select(*columns).where(JournalRow.call_id.in_(some)).order_by(JournalRow.call_id, JournalRow.seq)
        for call_id, seq, at, kind, data in connection.execute(query):
            try:
                found[call_id].append(Entry("call", call_id, seq, at, kind, data).event())
            except ValueError as error:
                _log.error("event_unreadable", call=call_id, seq=seq, kind=kind, error=str(error))
    return found


def chunks(items: Sequence[str], size: int = 500) -> Iterable[Sequence[str]]:
    """Cut into pieces that fit into one statement."""
    return (items[i : i + size] for i in range(0, len(items), size))


def ticket_kind(summary: Summary) -> TicketKind | None:
    """Return the kind of ticket a finished call gets, or None: a caller who talked or left a message has one."""
    if summary.direction == "outbound":
        return None
    if summary.outcome is Outcome.ANSWERED:
        return TicketKind.ENQUIRY
    if summary.message or summary.outcome is Outcome.VOICEMAIL:
        return TicketKind.VOICEMAIL
    return None


def ticket_row(call_id: str, kind: TicketKind, summary: Summary, now: float, deadlines: Deadlines) -> Row:
    """Return the columns of a new ticket. That of a talk has no deadline yet: most are settled in the talk."""
    return {
        "number": summary.ticket,
        "kind": kind.value,
        "state": TicketState.REGISTERED.value,
        "caller": plain_text(summary.caller)[:KEY],
        "caller_name": plain_text(summary.caller_name),
        "call_id": call_id,
        "subject": plain_text(summary.subject or (summary.message_box if kind is TicketKind.VOICEMAIL else "")),
        "queue": plain_text(summary.queue),
        "agent": plain_text(summary.agent),
        "language": plain_text(summary.language)[:20],
        "created_at": now,
        "updated_at": now,
        "answer_by": deadlines.answer_by(kind, now) if kind is TicketKind.VOICEMAIL else None,
    }


def call_row(call_id: str, summary: Summary, events: Sequence[t.Event]) -> Row:
    """Return the columns of a call's row."""
    told = ((name, getattr(summary, name)) for name in _FIGURES)  # asdict would copy every list, for nobody
    row = {name: plain_text(value) if isinstance(value, str) else value for name, value in told}
    arrived = next((e for e in events if isinstance(e, t.CallArrived | t.CallPlaced | t.CallbackPlaced)), None)
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


def _missing(connection: Connection, entries: Sequence[Entry]) -> list[Entry]:
    fresh: dict[tuple[str, str, int], Entry] = {(e.stream, e.key, e.seq): e for e in entries}
    for stream, key, seq in (
        ("call", JournalRow.call_id, JournalRow.seq),
        ("agent", AgentJournalRow.agent, AgentJournalRow.seq),
    ):
        pairs = [(e.key, e.seq) for e in fresh.values() if e.stream == stream]
        for i in range(0, len(pairs), 500):
            query = select(key, seq).where(tuple_(key, seq).in_(pairs[i : i + 500]))
            for there in connection.execute(query).all():
                del fresh[stream, *there]
    return list(fresh.values())

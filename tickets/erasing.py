"""Erasing what identifies a caller: number, name, address, what they said. Figures, states and times stay, so that
reports do not change."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, delete, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from tickets.asking import must_be_there
from tickets.ledger import chunks
from tickets.models import (
    CallbackRow,
    CallRow,
    DeliveryRow,
    JournalRow,
    OutboxRow,
    RecordingHoldRow,
    RecordingRow,
    TicketChangeRow,
    TicketRow,
)
from tickets.rows import columns_of
from tickets.store import Store, StoreUnavailable
from tickets.words import forget_words

_SETTLED_S = 3600.0  # after its end a call may yet get its wrap-up and recording, and be folded anew from memory


@dataclass(slots=True)
class Erased:
    """What was erased, or would be; ``kept`` tells what had to stay, and why. ``recordings`` are paths whose files are
    to be deleted. ``mentions``: tickets of other callers whose notes tell the number, as those do whose number was
    edited."""

    calls: list[str] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    callbacks: int = 0
    recordings: list[tuple[str, str]] = field(default_factory=list)  # call, path
    kept: list[str] = field(default_factory=list)


async def erase_caller(store: Store, number: str, now: float, *, trial: bool = False) -> Erased:
    """Erase a telephone number, as it is written in the store, with all that belongs to it, in one transaction;
    ``trial`` only says what would be. Raises ``StoreUnavailable``; then nothing was erased."""
    must_be_there(store)

    def work(connection: Connection) -> Erased:
        found = _found(connection, number, now)
        if not trial:
            _erase_calls(connection, number, found.calls)
            _erase_tickets(connection, found.tickets)
            _erase_notes(connection, [*found.tickets, *found.mentions])
            table = columns_of(CallbackRow)
            connection.execute(update(table).where(table.c.number == number, table.c.over).values(number=""))
            if found.tickets or found.mentions:
                forget_words(connection)
        return found

    try:
        return await store.transact(work)
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"nothing was erased ({error.__cause__ or error})") from error


def _found(connection: Connection, number: str, now: float) -> Erased:
    found, calls, held = Erased(), columns_of(CallRow), columns_of(RecordingHoldRow)
    theirs = or_(calls.c.caller == number, and_(calls.c.direction != "inbound", calls.c.dialled == number))
    holds = set(connection.execute(select(held.c.call_id)).scalars())
    for call, ended_at in connection.execute(select(calls.c.id, calls.c.ended_at).where(theirs).order_by(calls.c.id)):
        if call in holds:
            found.kept.append(f"call {call}: its recordings are on legal hold (hotline recordings release)")
        elif ended_at is None or ended_at > now - _SETTLED_S:
            found.kept.append(f"call {call}: it goes on, or ended within the last hour; try again later")
        else:
            found.calls.append(call)
    tickets, callbacks, files = columns_of(TicketRow), columns_of(CallbackRow), columns_of(RecordingRow)
    found.tickets = list(connection.execute(select(tickets.c.number).where(tickets.c.caller == number)).scalars())
    found.mentions = _mentions(connection, number, set(found.tickets))
    for one, over in connection.execute(select(callbacks.c.id, callbacks.c.over).where(callbacks.c.number == number)):
        if over:
            found.callbacks += 1
        else:
            found.kept.append(f"callback {one}: the caller is yet to be called (hotline callbacks --cancel)")
    for some in chunks(found.calls):
        query = select(files.c.call_id, files.c.path).where(files.c.call_id.in_(some), files.c.deleted_at.is_(None))
        found.recordings += [(call, path) for call, path in connection.execute(query)]
    return found


def _mentions(connection: Connection, number: str, known: set[str]) -> list[str]:
    """Return tickets, other than the known ones, whose notes tell the number: as a whole, not within a longer one."""
    changes, whole = columns_of(TicketChangeRow), re.compile(rf"(?<!\d){re.escape(number)}(?!\d)")
    query = select(changes.c.ticket, changes.c.note).where(changes.c.note.contains(number, autoescape=True))
    return sorted({ticket for ticket, note in connection.execute(query) if whole.search(note)} - known)


def _erase_calls(connection: Connection, number: str, ids: Sequence[str]) -> None:
    calls, journal = columns_of(CallRow), columns_of(JournalRow)
    for some in chunks(ids):
        connection.execute(update(calls).where(calls.c.id.in_(some)).values(caller="", caller_name=""))
        dialled = update(calls).where(calls.c.id.in_(some), calls.c.dialled == number)
        connection.execute(dialled.values(dialled=""))
        rows = connection.execute(select(journal.c.id, journal.c.data).where(journal.c.call_id.in_(some))).all()
        for row_id, data in rows:
            if (left := _without(data, number)) != data:
                connection.execute(update(journal).where(journal.c.id == row_id).values(data=left))
        _forget_parcels(connection, [f"call:{call}" for call in some])


def _erase_tickets(connection: Connection, numbers: Sequence[str]) -> None:
    tickets = columns_of(TicketRow)
    for some in chunks(numbers):
        gone = {"caller": "", "caller_name": "", "address": "", "content": "", "result": ""}
        connection.execute(update(tickets).where(tickets.c.number.in_(some)).values(**gone))


def _erase_notes(connection: Connection, numbers: Sequence[str]) -> None:
    """Erase what the history of tickets says in words, and what other systems are yet to be told of them."""
    changes, outbox = columns_of(TicketChangeRow), columns_of(OutboxRow)
    for some in chunks(numbers):
        connection.execute(update(changes).where(changes.c.ticket.in_(some)).values(note=""))
        for one in some:
            connection.execute(delete(outbox).where(outbox.c.key.startswith(f"ticket:{one}:", autoescape=True)))


def _forget_parcels(connection: Connection, keys: Sequence[str]) -> None:
    """Delete rows of the outbox with their deliveries: a later event of the call makes a first revision again."""
    for table in (columns_of(OutboxRow), columns_of(DeliveryRow)):
        connection.execute(delete(table).where(table.c.key.in_(keys)))


def _without(value: Any, number: str, key: str = "") -> Any:
    """Return an event's data without the number, wherever it stands, and without the caller's name."""
    if isinstance(value, dict):
        return {name: _without(inner, number, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without(inner, number) for inner in value]
    if isinstance(value, str):
        return "" if key == "caller_name" else value.replace(number, "")
    return value

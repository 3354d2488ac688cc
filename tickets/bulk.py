"""Writing many calls at once, as the journal would have: rows are folded from events. For stores made to be tried on.

Nothing goes into the outbox: what was never lived is handed to nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from calls import timeline as t
from calls.identity import CallId
from calls.summary import Summary, summarise
from tickets.bulk_orders import UNTOUCHED, OrderLife, live, new_row
from tickets.deadlines import Deadlines, WorkingDays
from tickets.entries import Entry, entry_of_agent, entry_of_event
from tickets.ledger import call_row, journal_only, ticket_kind, ticket_row
from tickets.links import link_rows
from tickets.models import (
    AgentJournalRow,
    CallRow,
    JournalRow,
    TicketCallRow,
    TicketChangeRow,
    TicketKind,
    TicketRow,
)
from tickets.numbers import next_numbers
from tickets.rows import Row, insert_rows
from tickets.store import Store, StoreUnavailable


@dataclass(slots=True)
class _Made:
    """One call on its way into the store."""

    id: str
    events: list[t.Event]
    summary: Summary
    kind: TicketKind | None
    ended_at: float


class Bulk:
    """Writes whole calls and agents' changes. Methods raise ``StoreUnavailable``."""

    def __init__(self, store: Store, zone: tzinfo) -> None:
        self._store, self._zone = store, zone
        self._deadlines = Deadlines(WorkingDays(zone))
        self._last: dict[tuple[str, str], int] = {}

    async def empty(self) -> bool:
        """Return whether the store holds no call, no ticket and no agent's change."""
        try:
            async with self._store.read() as session:
                for table in (CallRow, TicketRow, JournalRow, AgentJournalRow):
                    if await session.scalar(select(func.count()).select_from(table)):
                        return False
        except SQLAlchemyError as error:
            raise StoreUnavailable(f"the ticket store cannot be read: {error.__cause__ or error}") from error
        return True

    async def write(
        self,
        calls: Sequence[Sequence[t.Event]],
        changes: Sequence[Any],
        orders: Mapping[str, OrderLife] | None = None,
        others: Sequence[OrderLife] = (),
    ) -> int:
        """Write calls that have ended, each with its events in order, agents' changes (as for ``Journal``), what became
        of the calls' tickets (by call), and tickets that no call left behind, in one transaction; return how many rows
        of the journals that made."""

        def work(connection: Connection) -> int:
            count, tickets = self._write(connection, calls, changes)
            self._write_tickets(connection, tickets, orders or {}, others)
            return count

        try:
            return await self._store.transact(work)
        except SQLAlchemyError as error:
            raise StoreUnavailable(f"the ticket store cannot be written: {error.__cause__ or error}") from error

    def _write(
        self, connection: Connection, calls: Sequence[Sequence[t.Event]], changes: Sequence[Any]
    ) -> tuple[int, list[Row]]:
        made = [_made(events) for events in calls]
        self._number(connection, made)
        entries = [entry_of_event(event, self._seq("call", one.id, event.at)) for one in made for event in one.events]
        for change in changes:
            entry = entry_of_agent(change, 0)
            seq = self._seq("agent", entry.key, entry.at)
            entries.append(Entry("agent", entry.key, seq, entry.at, entry.kind, entry.data))
        entries.sort(key=lambda entry: entry.at)  # a key's own stay in order: equal times keep theirs
        journal_only(connection, entries)
        insert_rows(connection, CallRow, [call_row(one.id, one.summary, one.events) for one in made])
        tickets = [
            {**UNTOUCHED, **ticket_row(one.id, one.kind, one.summary, one.ended_at, self._deadlines)}
            for one in made
            if one.kind is not None
        ]
        self._last = {key: seq for key, seq in self._last.items() if key[0] == "agent"}
        return len(entries), tickets

    def _write_tickets(
        self, connection: Connection, tickets: list[Row], orders: Mapping[str, OrderLife], others: Sequence[OrderLife]
    ) -> None:
        history: list[Row] = []
        for row in tickets:
            if (life := orders.get(row["call_id"])) is not None:
                history += live(row, life, self._deadlines)
        for life in sorted(others, key=lambda one: one.made_at):
            [number] = next_numbers(connection, 1, life.made_at, self._zone)
            row = new_row(life, number, self._deadlines)
            history += live(row, life, self._deadlines)
            tickets.append(row)
        insert_rows(connection, TicketRow, tickets)
        insert_rows(connection, TicketCallRow, link_rows(tickets))
        insert_rows(connection, TicketChangeRow, sorted(history, key=lambda one: (one["at"], one["ticket"])))

    def _number(self, connection: Connection, made: Sequence[_Made]) -> None:
        """Give ticket numbers, day by day, and note each in its call's events."""
        days: dict[str, list[_Made]] = {}
        for one in sorted((one for one in made if one.kind is not None), key=lambda one: (one.ended_at, one.id)):
            days.setdefault(datetime.fromtimestamp(one.ended_at, self._zone).strftime("%y%m%d"), []).append(one)
        for theirs in days.values():
            numbers = next_numbers(connection, len(theirs), theirs[0].ended_at, self._zone)
            for one, number in zip(theirs, numbers, strict=True):
                one.summary.ticket = number
                one.events.append(t.TicketOpened(call=CallId(one.id), at=one.ended_at, ticket=number))
                one.events.sort(key=lambda event: event.at)

    def _seq(self, stream: str, key: str, at: float) -> int:
        last = self._last.get((stream, key), 0)
        seq = self._last[stream, key] = max(last + 1, int(at * 1e6))
        return seq


def _made(events: Sequence[t.Event]) -> _Made:
    summary = summarise(events)
    if summary.ended_at is None:
        raise ValueError(f"call {events[0].call} has not ended")
    return _Made(events[0].call, list(events), summary, ticket_kind(summary), summary.ended_at)

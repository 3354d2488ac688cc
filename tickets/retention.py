"""Calls, tickets and agents' changes that are older than they may be: found a portion at a time, and deleted with all
that is theirs.

A portion is looked at without a lock, and looked at again in the transaction that deletes it: a legal hold, or a ticket
reopened, meanwhile is seen. Nothing is left but rows of deleted recordings, which tell no number and no name: by these,
files that could not be deleted yet are found.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, and_, delete, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from tickets.asking import reading, rows_of
from tickets.models import (
    AgentJournalRow,
    CallbackRow,
    CallRow,
    DeliveryRow,
    JournalRow,
    OutboxRow,
    RecordingHoldRow,
    RecordingRow,
    TicketCallRow,
    TicketChangeRow,
    TicketRow,
    TicketState,
    VoicemailRow,
)
from tickets.rows import columns_of
from tickets.store import Store, StoreUnavailable

AGENT_PORTION = 1_000  # agents' changes of one transaction
PORTION = 50  # calls, or tickets, of one transaction: some 1,000 rows, so that who writes waits for a moment only

_CALL, _TICKET, _LINK = columns_of(CallRow), columns_of(TicketRow), columns_of(TicketCallRow)
_HOLD, _FILE, _MESSAGE = columns_of(RecordingHoldRow), columns_of(RecordingRow), columns_of(VoicemailRow)
_CALLBACK, _OUTBOX, _DELIVERY = columns_of(CallbackRow), columns_of(OutboxRow), columns_of(DeliveryRow)
_CHANGE = columns_of(TicketChangeRow)

# Settled in the talk: nobody has been asked to act, and nobody has to answer.
_SETTLED = and_(
    _TICKET.c.state == TicketState.REGISTERED.value,
    _TICKET.c.dispatched_at.is_(None), _TICKET.c.accept_by.is_(None), _TICKET.c.answer_by.is_(None),
)  # fmt: skip
_OVER = or_(_TICKET.c.state == TicketState.CLOSED.value, _SETTLED)
_OVER_SINCE = func.coalesce(_TICKET.c.closed_at, _TICKET.c.updated_at)

_LATEST_OF_AGENTS = select(AgentJournalRow.agent, func.max(AgentJournalRow.seq).label("seq")).group_by(
    AgentJournalRow.agent
)
T = TypeVar("T")


class Why(StrEnum):
    """Why something that is old enough stays."""

    HOLD = "legal hold"
    RECORDING = "recording still kept"
    TICKET = "open ticket"
    CALLBACK = "open callback"
    MESSAGE = "message not seen to"
    UNTOLD = "other systems not told yet"


@dataclass(slots=True)
class Purged:
    """What was deleted, or would be: calls' ids and tickets' numbers; ``kept`` counts what stays though it is old."""

    calls: list[str] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)
    agent_changes: int = 0
    kept: Counter[Why] = field(default_factory=Counter)


async def purge_tickets(store: Store, before: float, *, trial: bool = False) -> AsyncIterator[Purged]:
    """Delete tickets that were closed, or settled in their talk, before then; yield after each portion. Raises
    ``StoreUnavailable``; what was yielded is done."""
    untold, last = await _untold(store), 0
    while True:
        query = select(_TICKET.c.id, _TICKET.c.number).where(_TICKET.c.id > last, _OVER, before > _OVER_SINCE)
        found = await rows_of(store, query.order_by(_TICKET.c.id).limit(PORTION))
        if not found:
            return
        last = found[-1].id
        yield await _portion(store, [row.number for row in found], before, untold, _tickets, trial=trial)


async def purge_calls(store: Store, before: float, *, trial: bool = False) -> AsyncIterator[Purged]:
    """Delete calls that ended before then; yield after each portion. Raises ``StoreUnavailable``."""
    untold, at, last = await _untold(store), 0.0, ""
    while True:
        further = or_(_CALL.c.ended_at > at, and_(_CALL.c.ended_at == at, _CALL.c.id > last))
        query = select(_CALL.c.id, _CALL.c.ended_at).where(_CALL.c.ended_at < before, _CALL.c.ended_at >= at, further)
        found = await rows_of(store, query.order_by(_CALL.c.ended_at, _CALL.c.id).limit(PORTION))
        if not found:
            return
        last, at = found[-1]
        yield await _portion(store, [row.id for row in found], before, untold, _calls, trial=trial)


async def purge_agents(store: Store, before: float, *, trial: bool = False) -> AsyncIterator[Purged]:
    """Delete agents' changes of state of before then, but for each agent's latest one: by it a restarted service knows
    how they stand. Yield after each portion; raises ``StoreUnavailable``."""
    table = columns_of(AgentJournalRow)
    latest = {(row.agent, row.seq) for row in await rows_of(store, _LATEST_OF_AGENTS)}
    at, last = 0.0, 0
    while True:
        further = or_(table.c.at > at, and_(table.c.at == at, table.c.id > last))
        query = select(table.c.id, table.c.at, table.c.agent, table.c.seq).where(table.c.at < before, table.c.at >= at)
        query = query.where(further).order_by(table.c.at, table.c.id).limit(AGENT_PORTION)
        found = await rows_of(store, query)
        if not found:
            return
        at, last = found[-1].at, found[-1].id
        gone = [row.id for row in found if (row.agent, row.seq) not in latest]
        if not trial:
            await _transact(store, partial(_delete_agents, ids=gone))
        yield Purged(agent_changes=len(gone))


async def _transact(store: Store, work: Callable[[Connection], T]) -> T:
    try:
        return await store.transact(work)
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"what is old cannot be deleted: {error.__cause__ or error}") from error


async def _untold(store: Store) -> frozenset[str]:
    """Return the keys of what other systems are still to be told: few, and for old things hardly any."""
    waiting = (_DELIVERY.c.done_at.is_(None), _DELIVERY.c.dead_at.is_(None))
    made = await rows_of(store, select(_DELIVERY.c.key).where(*waiting))
    new = await rows_of(store, select(_OUTBOX.c.key).where(_OUTBOX.c.done_at.is_(None)))
    return frozenset(row.key for row in (*made, *new))


async def _portion(
    store: Store, ids: Sequence[str], before: float, untold: AbstractSet[str], work: Any, *, trial: bool
) -> Purged:
    def done(connection: Connection) -> Purged:
        purged: Purged = work(connection, ids, before, untold, trial=trial)
        return purged

    if trial:
        async with reading(store) as session:
            return await (await session.connection()).run_sync(done)
    return await _transact(store, done)


def _tickets(
    connection: Connection, numbers: Sequence[str], before: float, untold: AbstractSet[str], *, trial: bool
) -> Purged:
    still = select(_TICKET.c.number).where(_TICKET.c.number.in_(numbers), _OVER, before > _OVER_SINCE)
    due = list(connection.execute(still.order_by(_TICKET.c.id).with_for_update()).scalars())
    keys: dict[str, list[str]] = {number: [] for number in due}
    for number, change in connection.execute(select(_CHANGE.c.ticket, _CHANGE.c.id).where(_CHANGE.c.ticket.in_(due))):
        keys[number].append(f"ticket:{number}:{change}")
    held = select(_LINK.c.ticket).join(_HOLD, _HOLD.c.call_id == _LINK.c.call_id).where(_LINK.c.ticket.in_(due))
    own = select(_TICKET.c.number).join(_HOLD, _HOLD.c.call_id == _TICKET.c.call_id).where(_TICKET.c.number.in_(due))
    stays = {number: Why.UNTOLD for number in due if not untold.isdisjoint(keys[number])}
    stays |= _because(connection, Why.HOLD, held, own)
    gone = [number for number in due if number not in stays]
    if not trial:
        connection.execute(delete(_OUTBOX).where(_OUTBOX.c.key.in_([key for one in gone for key in keys[one]])))
        connection.execute(delete(_LINK).where(_LINK.c.ticket.in_(gone)))
        connection.execute(delete(_CHANGE).where(_CHANGE.c.ticket.in_(gone)))
        connection.execute(delete(_TICKET).where(_TICKET.c.number.in_(gone)))
    return Purged(tickets=gone, kept=Counter(stays.values()))


def _calls(
    connection: Connection, ids: Sequence[str], before: float, untold: AbstractSet[str], *, trial: bool
) -> Purged:
    still = select(_CALL.c.id).where(_CALL.c.id.in_(ids), _CALL.c.ended_at < before)
    due = list(connection.execute(still.order_by(_CALL.c.ended_at, _CALL.c.id).with_for_update()).scalars())
    stays = {call: Why.UNTOLD for call in due if f"call:{call}" in untold} | _why_calls_stay(connection, due)
    gone = [call for call in due if call not in stays]
    if not trial:
        _delete_calls(connection, gone)
    return Purged(calls=gone, kept=Counter(stays.values()))


def _why_calls_stay(connection: Connection, ids: Sequence[str]) -> dict[str, Why]:
    files = (_FILE.c.deleted_at.is_(None), or_(_FILE.c.size.is_(None), _FILE.c.size > 0))
    linked = select(_LINK.c.call_id).join(_TICKET, _TICKET.c.number == _LINK.c.ticket)
    return {
        **_because(connection, Why.MESSAGE,
                   select(_MESSAGE.c.call_id).where(_MESSAGE.c.call_id.in_(ids), _MESSAGE.c.done_at.is_(None))),
        **_because(connection, Why.CALLBACK,
                   select(_CALLBACK.c.origin).where(_CALLBACK.c.origin.in_(ids), ~_CALLBACK.c.over),
                   select(_CALLBACK.c.call_id).where(_CALLBACK.c.call_id.in_(ids), ~_CALLBACK.c.over)),
        **_because(connection, Why.RECORDING, select(_FILE.c.call_id).where(_FILE.c.call_id.in_(ids), *files)),
        **_because(connection, Why.TICKET,
                   linked.where(_LINK.c.call_id.in_(ids), ~_OVER),
                   select(_TICKET.c.call_id).where(_TICKET.c.call_id.in_(ids), ~_OVER)),
        **_because(connection, Why.HOLD, select(_HOLD.c.call_id).where(_HOLD.c.call_id.in_(ids))),
    }  # fmt: skip


def _because(connection: Connection, why: Why, *queries: Any) -> dict[str, Why]:
    return {one: why for query in queries for one in connection.execute(query).scalars()}


def _delete_agents(connection: Connection, ids: Sequence[int]) -> None:
    table = columns_of(AgentJournalRow)
    connection.execute(delete(table).where(table.c.id.in_(ids)))


def _delete_calls(connection: Connection, ids: Sequence[str]) -> None:
    """Delete calls with their timelines and what else is theirs; a ticket that stays knows of them no more."""
    journal = columns_of(JournalRow)
    connection.execute(update(_TICKET).where(_TICKET.c.call_id.in_(ids)).values(call_id=None))
    for gone in (
        delete(_LINK).where(_LINK.c.call_id.in_(ids)),
        delete(journal).where(journal.c.call_id.in_(ids)),
        delete(_MESSAGE).where(_MESSAGE.c.call_id.in_(ids)),
        delete(_CALLBACK).where(or_(_CALLBACK.c.origin.in_(ids), _CALLBACK.c.call_id.in_(ids))),
        delete(_OUTBOX).where(_OUTBOX.c.key.in_([f"call:{call}" for call in ids])),
        delete(_CALL).where(_CALL.c.id.in_(ids)),
    ):
        connection.execute(gone)

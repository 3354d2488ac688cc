"""Reading a report's facts. Only what the figures need leaves the database; the rest of an event is not parsed."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Text, cast, or_, select

from tickets.asking import reading
from tickets.models import AgentJournalRow, CallRow, TicketChangeRow, TicketRow
from tickets.order_steps import TicketStep
from tickets.reporting.facts import AgentSpan, CallFact, Facts
from tickets.reporting.matters import OrderFact
from tickets.reporting.period import Period
from tickets.store import Store

_LONGEST_S = 24 * 3600.0  # a state that began before, or lasts longer, is not believed: its end was never written
# By the law of ``agents.states`` these follow only states that count the same for occupancy: ready, or a talk.
_WITHIN = ("reserved", "ringing", "on_hold", "consulting")


async def read_facts(store: Store, period: Period, now: float) -> Facts:
    """Return the calls that arrived in a time, and what agents did in it. Raises ``StoreUnavailable``."""
    async with reading(store) as session:
        connection = await session.connection()  # plain rows: nothing of the mapping is needed
        calls = (await connection.execute(_calls(period))).all()
        changes = (await connection.execute(_changes(period))).all()
        orders = (await connection.execute(_orders(period))).all()
        reopened = set((await connection.execute(_reopened(period))).scalars())
    skills: dict[str, tuple[str, ...]] = {}
    found = [_fact(row, reopened, skills) for row in calls]
    spans = list(_spans(changes, min(now, period.end)))
    return Facts(found, spans, [OrderFact(*row) for row in orders])


def _calls(period: Period) -> Any:
    c, ticket = CallRow, TicketRow
    columns = (c.id, c.direction, c.arrived_at, c.ended_at, c.outcome, c.queue, c.agent, cast(c.departments, Text),
               c.subject, c.satisfied, c.talking_s, c.wrap_up_s, c.menu_left_at, c.queued_at, c.connected_at, c.told_at,
               c.told_wait_s, cast(c.needs, Text),
               ticket.number, ticket.state, ticket.dispatched_at)  # fmt: skip
    query = select(*columns).outerjoin(ticket, ticket.call_id == c.id)
    return query.where(c.arrived_at >= period.start, c.arrived_at < period.end).order_by(c.arrived_at)


def _changes(period: Period) -> Any:
    row = AgentJournalRow
    return (
        select(row.agent, row.at, row.state)
        .where(row.at >= period.start - _LONGEST_S, row.at < period.end, row.state.not_in(_WITHIN))
        .order_by(row.agent, row.seq)
    )


def _orders(period: Period) -> Any:
    """Ask for the tickets that somebody has to do something about; that of a talk has no deadline unless dispatched."""
    row = TicketRow
    columns = (row.state, row.created_at, row.dispatched_at, row.answered_at, row.followed_up_at, row.closed_at,
               row.answer_by)  # fmt: skip
    made = (row.created_at >= period.start) & (row.created_at < period.end)
    answered = (row.answered_at >= period.start) & (row.answered_at < period.end)
    due = (row.answer_by > period.start) & (row.answer_by <= period.end)
    to_do = or_(row.dispatched_at.is_not(None), row.answer_by.is_not(None))
    return select(*columns).where(row.merged_into == "", or_(made & to_do, answered, due))


def _reopened(period: Period) -> Any:
    row = TicketChangeRow
    return select(row.ticket).where(row.action == TicketStep.REOPEN.value, row.at >= period.start)


def _fact(row: Any, reopened: set[str], skills: dict[str, tuple[str, ...]]) -> CallFact:
    """Return a call; ``skills`` remembers needs by how they are written, for there are few."""
    *facts, needs, ticket, state, dispatched_at = row
    fact = CallFact(*facts)
    fact.departments = [] if row[7] == "[]" else json.loads(row[7])
    if needs != "{}":
        if needs not in skills:
            skills[needs] = tuple(sorted(json.loads(needs)))
        fact.needs = skills[needs]
    fact.wait_s = fact.waited()
    fact.ticket_state, fact.dispatched, fact.reopened = state or "", dispatched_at is not None, ticket in reopened
    return fact


def _spans(changes: Sequence[Any], until: float) -> Iterable[AgentSpan]:
    for index, (agent, at, state) in enumerate(changes):
        following = changes[index + 1] if index + 1 < len(changes) else None
        end = following[1] if following is not None and following[0] == agent else until
        yield AgentSpan(agent, state, at, min(end, at + _LONGEST_S))

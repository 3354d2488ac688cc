"""Reading a report's facts. Only what the figures need leaves the database; the rest of an event is not parsed."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Text, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tickets.asking import reading
from tickets.ledger import chunks
from tickets.models import AgentJournalRow, CallRow, TicketChangeRow, TicketKind, TicketRow
from tickets.order_steps import OPEN, TicketStep
from tickets.reporting.concerns import LateFact, RaisedFact
from tickets.reporting.facts import AgentSpan, CallFact, Facts
from tickets.reporting.figures import Rules
from tickets.reporting.matters import OrderFact, TextFact
from tickets.reporting.period import Period
from tickets.store import Store
from tickets.urgency import Channel, Urgency

_DAY_S = 86400.0
_LONGEST_S = 24 * 3600.0  # a state that began before, or lasts longer, is not believed: its end was never written
# By the law of ``agents.states`` these follow only states that count the same for occupancy: ready, or a talk.
_WITHIN = ("reserved", "ringing", "on_hold", "consulting")


async def read_facts(store: Store, period: Period, now: float, rules: Rules | None = None) -> Facts:
    """Return the calls that arrived in a time, what agents did in it, and its tickets. Raises ``StoreUnavailable``."""
    rules = rules or Rules()
    async with reading(store) as session:
        connection = await session.connection()  # plain rows: nothing of the mapping is needed
        calls = (await connection.execute(_calls(period))).all()
        changes = (await connection.execute(_changes(period))).all()
        orders = (await connection.execute(_orders(period))).all()
        raised = await _raised(connection, period, rules)
        texts = (await connection.execute(_texts(period))).all()
        complaints = await _service_complaints(connection, period, rules)
        urgent = int((await connection.execute(_urgent(period))).scalar_one())
        late = (await connection.execute(_late(min(now, period.end)))).all()
        reopened = set((await connection.execute(_reopened(period))).scalars())
    skills: dict[str, tuple[str, ...]] = {}
    found = [_fact(row, reopened, skills) for row in calls]
    spans = list(_spans(changes, min(now, period.end)))
    return Facts(found, spans, [OrderFact(*row) for row in orders],
                 raised, [_late_fact(*row) for row in late], [TextFact(*row) for row in texts], urgent,
                 complaints)  # fmt: skip


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


def _texts(period: Period) -> Any:
    row = TicketRow
    made = (row.created_at >= period.start, row.created_at < period.end, row.merged_into == "")
    return select(row.created_at, row.answered_at).where(row.channel == Channel.TEXT.value, *made)


def _urgent(period: Period) -> Any:
    row = TicketRow
    made = (row.created_at >= period.start, row.created_at < period.end)
    still = row.state.in_([state.value for state in OPEN])
    return select(func.count()).select_from(row).where(row.urgency != Urgency.NORMAL.value, still, *made)


async def _service_complaints(connection: AsyncConnection, period: Period, rules: Rules) -> int:
    row = TicketRow
    made = (row.created_at >= period.start, row.created_at < period.end, row.merged_into == "")
    about = (row.category.in_(rules.service_categories), row.kind == TicketKind.COMPLAINT.value)
    query = select(func.count()).select_from(row).where(*about, *made)
    return int((await connection.execute(query)).scalar_one())


def _raised_often(period: Period, rules: Rules) -> Any:
    """Ask for numbers and subjects of which there are as many tickets as a repeated matter has."""
    row = TicketRow
    return (
        select(row.caller, row.subject)
        .where(row.created_at > period.start - rules.repeat_days * _DAY_S, row.created_at < period.end)
        .where(row.caller != "", row.subject != "").group_by(row.caller, row.subject)
        .having(func.count() >= rules.repeat_times, func.max(row.created_at) >= period.start)
    )  # fmt: skip


async def _raised(connection: AsyncConnection, period: Period, rules: Rules) -> list[RaisedFact]:
    """Return all tickets of such matters, asked for by number: in one question with the above, SQLite goes through all
    tickets for each of them."""
    matters = {tuple(row) for row in await connection.execute(_raised_often(period, rules))}
    found: list[RaisedFact] = []
    row = TicketRow
    for some in chunks(sorted({caller for caller, _ in matters})):
        query = select(row.caller, row.subject, row.created_at, row.number).where(row.caller.in_(some))
        theirs = (RaisedFact(*one) for one in await connection.execute(query))
        found += [one for one in theirs if (one.caller, one.subject) in matters]
    return found


def _late(until: float) -> Any:
    """Ask for work orders whose deadline passed until then, and which are still open."""
    row = TicketRow
    columns = (row.number, row.kind, row.subject, row.department, row.state, row.accept_by, row.answer_by)
    passed = or_(row.accept_by <= until, row.answer_by <= until)
    return select(*columns).where(row.state.in_([state.value for state in OPEN]), passed)


def _late_fact(number: str, kind: str, subject: str, department: str, state: str, *deadlines: float | None) -> LateFact:
    due = min(at for at in deadlines if at is not None)  # the one that passed: the other is later, or passed, too
    return LateFact(number, kind, subject, department, state, due)


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

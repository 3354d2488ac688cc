"""Reading a report's facts. Only what the figures need leaves the database; the rest of an event is not parsed."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Text, case, cast, select
from sqlalchemy.exc import SQLAlchemyError

from tickets.models import AgentJournalRow, CallRow, JournalRow
from tickets.reporting.facts import AgentSpan, CallFact, Facts
from tickets.reporting.period import Period
from tickets.store import Store, StoreUnavailable, sqlite_file

_LONGEST_S = 24 * 3600.0  # a state that began before, or lasts longer, is not believed: its end was never written
_MARKS = ("DigitsEntered", "Queued", "Connected")


async def read_facts(store: Store, period: Period, now: float) -> Facts:
    """Return the calls that arrived in a time, and what agents did in it. Raises ``StoreUnavailable``."""
    file = sqlite_file(store.url)
    if file is not None and not file.exists():
        raise StoreUnavailable(f"there is no ticket store at {file} yet; the service makes it when it first starts")
    try:
        async with store.read() as session:
            calls = (await session.execute(_calls(period))).all()
            marks = (await session.execute(_marks_query(period))).all()
            changes = (await session.execute(_changes(period))).all()
    except SQLAlchemyError as error:
        raise StoreUnavailable(
            f"the ticket store cannot be read ({error.__cause__ or error}); has the service been started with it, "
            "and is its disk there and not full?"
        ) from error
    found = {row.id: _fact(row) for row in calls}
    _mark(found, marks)
    return Facts(list(found.values()), list(_spans(changes, min(now, period.end))))


def _calls(period: Period) -> Any:
    c = CallRow
    columns = (c.id, c.direction, c.arrived_at, c.ended_at, c.outcome, c.queue, c.agent, c.departments, c.subject,
               c.satisfied, c.talking_s, c.wrap_up_s)  # fmt: skip
    return select(*columns).where(c.arrived_at >= period.start, c.arrived_at < period.end).order_by(c.arrived_at)


def _marks_query(period: Period) -> Any:
    data = case((JournalRow.kind == "Queued", cast(JournalRow.data, Text)), else_=None)
    return (
        select(JournalRow.call_id, JournalRow.kind, JournalRow.at, data)
        .join_from(CallRow, JournalRow, CallRow.id == JournalRow.call_id)
        .where(CallRow.arrived_at >= period.start, CallRow.arrived_at < period.end, JournalRow.kind.in_(_MARKS))
        .order_by(JournalRow.call_id, JournalRow.seq)
    )


def _changes(period: Period) -> Any:
    row = AgentJournalRow
    return (
        select(row.agent, row.at, row.state)
        .where(row.at >= period.start - _LONGEST_S, row.at < period.end)
        .order_by(row.agent, row.seq)
    )


def _fact(row: Any) -> CallFact:
    (call, direction, arrived, ended, outcome, queue, agent, departments, subject, satisfied, talking, wrap_up) = row
    return CallFact(call, direction, arrived, ended, outcome, queue, agent, departments, subject, satisfied, talking,
                    wrap_up)  # fmt: skip


def _mark(calls: dict[str, CallFact], marks: Iterable[Any]) -> None:
    """Note of each call when it left the menu, queued and was connected, the first time each."""
    for call_id, kind, at, data in marks:
        call = calls.get(call_id)
        if call is None:  # came between the two questions
            continue
        if kind == "DigitsEntered":
            if call.queued_at is None:
                call.menu_left_at = at
        elif kind == "Connected":
            if call.connected_at is None and call.queued_at is not None:
                call.connected_at = at
        elif call.queued_at is None:
            call.queued_at, call.needs = at, tuple(sorted(json.loads(data).get("needs", {})))


def _spans(changes: Sequence[Any], until: float) -> Iterable[AgentSpan]:
    for index, (agent, at, state) in enumerate(changes):
        following = changes[index + 1] if index + 1 < len(changes) else None
        end = following[1] if following is not None and following[0] == agent else until
        yield AgentSpan(agent, state, at, min(end, at + _LONGEST_S))

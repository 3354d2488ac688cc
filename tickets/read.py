"""Reading the store, also from another process while the service runs: calls, timelines, tickets."""

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, func, select

from calls.identity import AgentId
from calls.segments import legs_of, segments_of
from calls.summary import summarise
from calls.timeline import Event, from_record
from tickets.asking import reading, rows_of
from tickets.funnel import StepKeys, StepMove, as_keys, as_moves, keys_query, moves_query
from tickets.ledger import chunks
from tickets.models import AgentJournalRow, CallRow, JournalRow, TicketRow, TicketState
from tickets.store import Store
from tickets.survey import SurveyBy, SurveyFigures, as_figures, survey_query

_TOLD_SO_FAR = (
    "language", "queue", "agent", "seat", "agents", "departments", "services", "subject", "tags", "offers", "waiting_s",
    "ringing_s", "talking_s", "hold_s", "recording", "message", "message_box", "message_s", "resumed",
)  # fmt: skip


class _Record(BaseModel):
    model_config = ConfigDict(from_attributes=True, frozen=True)


class CallRecord(_Record):
    """One call. Times are seconds since the epoch, durations seconds; ``outcome`` is None while the call runs."""

    id: str
    node: str
    unique_id: str
    caller: str
    caller_name: str
    dialled: str
    direction: str
    language: str
    subject: str
    tags: list[str]
    arrived_at: float
    ended_at: float | None
    outcome: str | None
    cause: str
    queue: str
    agent: str
    seat: str
    agents: list[str]
    departments: list[str]
    services: list[str]
    answers: dict[str, str]
    satisfied: bool | None
    offers: int
    waiting_s: float
    ringing_s: float
    talking_s: float
    hold_s: float
    wrap_up_s: float
    recording: str
    recording_s: float | None
    recording_sha256: str
    message: str
    message_box: str
    message_s: float | None
    message_sha256: str
    ticket: str
    resumed: int


class TimelineEntry(_Record):
    """One event of a call; ``data`` holds the fields that its kind has."""

    at: float
    kind: str
    data: dict[str, Any]


class SegmentRecord(_Record):
    """A stretch of time in which ``parties`` heard each other, in epoch seconds; None: they still do."""

    parties: list[str]
    began: float
    ended: float | None


class LegRecord(_Record):
    """One party of a call: ``caller``, ``agent:<id>``, ``department:<key>``; seconds connected so far."""

    party: str
    began: float
    ended: float | None
    connected_s: float


class CallDetail(CallRecord):
    """A call with its timeline in order, and what follows from it: who was connected to whom, and for how long."""

    timeline: list[TimelineEntry]
    segments: list[SegmentRecord]
    legs: list[LegRecord]


class TicketRecord(_Record):
    """One ticket. ``call_id`` is the call it was made from."""

    number: str
    kind: str
    state: str
    caller: str
    caller_name: str
    call_id: str | None
    subject: str
    queue: str
    agent: str
    language: str
    created_at: float
    updated_at: float


class TicketDetail(TicketRecord):
    """A ticket with the call it was made from, and the calls that agents made about it, the latest first."""

    call: CallDetail | None
    outbound: list[CallRecord]


class AgentChange(_Record):
    """What an agent did from ``at`` (epoch seconds) on; ``data`` is what the agents room wrote beside."""

    agent: str
    seat: str
    state: str
    at: float
    cause: str
    data: dict[str, Any]


class Reader:
    """Asks questions of a store. All methods raise ``StoreUnavailable`` with a remedy when it cannot be read."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def calls(
        self,
        *,
        limit: int = 50,
        since: float | None = None,
        until: float | None = None,
        outcome: str | None = None,
        caller: str | None = None,
        queue: str | None = None,
        agent: str | None = None,
        running: bool | None = None,
        direction: str | None = None,
        ticket: str | None = None,
    ) -> list[CallRecord]:
        """Return calls, the latest first. ``since``/``until`` bound the arrival; ``running`` None gives both kinds."""
        query = select(CallRow).order_by(CallRow.arrived_at.desc(), CallRow.id.desc()).limit(limit)
        query = _equal(query, {
            CallRow.outcome: outcome, CallRow.caller: caller, CallRow.queue: queue, CallRow.agent: agent,
            CallRow.direction: direction, CallRow.ticket: ticket,
        })  # fmt: skip
        if since is not None:
            query = query.where(CallRow.arrived_at >= since)
        if until is not None:
            query = query.where(CallRow.arrived_at < until)
        if running is not None:
            query = query.where(CallRow.ended_at.is_(None) if running else CallRow.ended_at.is_not(None))
        return await self._as_they_stand([CallRecord.model_validate(row) for row in await self._rows(query)])

    async def _as_they_stand(self, calls: Sequence[CallRecord]) -> list[CallRecord]:
        """Bring the rows of running calls up to date: the store folds a call's figures when it ends."""
        running = [call.id for call in calls if call.ended_at is None]
        timelines: dict[str, list[tuple[str, float, dict[str, Any]]]] = {}
        for some in chunks(running):
            query = select(JournalRow).where(JournalRow.call_id.in_(some)).order_by(JournalRow.call_id, JournalRow.seq)
            for row in await self._rows(query):
                timelines.setdefault(row.call_id, []).append((row.kind, row.at, row.data))
        return _standing(calls, timelines)

    async def call(self, call_id: str) -> CallDetail | None:
        """Return one call with its timeline, or None."""
        found = await self._rows(select(CallRow).where(CallRow.id == call_id))
        if not found:
            return None
        events = await self._rows(select(JournalRow).where(JournalRow.call_id == call_id).order_by(JournalRow.seq))
        timeline = [TimelineEntry.model_validate(row) for row in events]
        record = CallRecord.model_validate(found[0])
        [record] = _standing([record], {call_id: [(entry.kind, entry.at, entry.data) for entry in timeline]})
        segments = segments_of(_events(call_id, ((entry.kind, entry.at, entry.data) for entry in timeline)))
        return CallDetail(
            **record.model_dump(), timeline=timeline, segments=[SegmentRecord(**asdict(each)) for each in segments],
            legs=[LegRecord(**asdict(leg)) for leg in legs_of(segments, time.time())],
        )  # fmt: skip

    async def events(self, call_id: str) -> list[Event]:
        """Return what has happened in a call so far, in order; what only another version of this program knows is left
        out."""
        columns = (JournalRow.kind, JournalRow.at, JournalRow.data)
        query = select(*columns).where(JournalRow.call_id == call_id).order_by(JournalRow.seq)
        return _events(call_id, [(kind, at, data) for kind, at, data in await rows_of(self._store, query)])

    async def tickets(
        self,
        *,
        limit: int = 50,
        since: float | None = None,
        state: str | None = None,
        kind: str | None = None,
        caller: str | None = None,
    ) -> list[TicketRecord]:
        """Return tickets, the latest first."""
        query = select(TicketRow).order_by(TicketRow.created_at.desc(), TicketRow.id.desc()).limit(limit)
        query = _equal(query, {TicketRow.state: state, TicketRow.kind: kind, TicketRow.caller: caller})
        if since is not None:
            query = query.where(TicketRow.created_at >= since)
        return [TicketRecord.model_validate(row) for row in await self._rows(query)]

    async def ticket(self, number: str) -> TicketDetail | None:
        """Return one ticket with its call, or None."""
        found = await self._rows(select(TicketRow).where(TicketRow.number == number))
        if not found:
            return None
        record = TicketRecord.model_validate(found[0])
        call = await self.call(record.call_id) if record.call_id else None
        outbound = await self.calls(ticket=number, direction="outbound")
        return TicketDetail(**record.model_dump(), call=call, outbound=outbound)

    async def ticket_record(self, number: str) -> TicketRecord | None:
        """Return one ticket without its calls, or None. Any text may be asked for."""
        found = await self._rows(select(TicketRow).where(TicketRow.number == number)) if number.isdigit() else []
        return TicketRecord.model_validate(found[0]) if found else None

    async def ticket_state(self, number: str) -> TicketState | None:
        """Return where a ticket stands, or None. Who may be told so is for others to say."""
        found = await self.ticket_record(number)
        return None if found is None else TicketState(found.state)

    async def last_ticket_state(self, caller: str) -> TicketState | None:
        """Return the state of the last ticket that was opened for a number, or None; "" (hidden) has none."""
        if not caller:
            return None
        query = select(TicketRow).where(TicketRow.caller == caller).order_by(TicketRow.created_at.desc()).limit(1)
        found = await self._rows(query)
        return TicketState(found[0].state) if found else None

    async def calls_from(self, caller: str, since: float, *, but: str = "") -> int:
        """Return how many callers came with this number since then (epoch seconds); the call ``but`` is not counted."""
        theirs = (CallRow.caller == caller, CallRow.arrived_at >= since, CallRow.direction == "inbound")
        query = select(func.count()).select_from(CallRow).where(*theirs, CallRow.id != but)
        rows = await rows_of(self._store, query)
        return int(rows[0][0])

    async def agent_changes(self, since: float, until: float) -> list[AgentChange]:
        """Return all changes of agents' states between two moments (epoch seconds), in order."""
        within = (AgentJournalRow.at >= since, AgentJournalRow.at <= until)
        rows = await self._rows(select(AgentJournalRow).where(*within).order_by(AgentJournalRow.at, AgentJournalRow.id))
        return [AgentChange.model_validate(row) for row in rows]

    async def last_agent(self, caller: str, since: float) -> AgentId | None:
        """Return who last talked to a caller who called after ``since`` (epoch seconds), or None.

        ``caller`` is the number as it came; "" (hidden) is nobody.
        """
        if not caller:
            return None
        theirs = (CallRow.caller == caller, CallRow.arrived_at >= since, CallRow.direction == "inbound")
        query = select(CallRow).where(*theirs, CallRow.agent != "").order_by(CallRow.arrived_at.desc()).limit(1)
        found = await self._rows(query)
        return AgentId(found[0].agent) if found else None

    async def counts(self, *, since: float = 0.0) -> dict[str, int]:
        """Return how many callers arrived since then, by outcome; running ones under ``running``. What agents dialled
        is not counted here."""
        since_then = (CallRow.arrived_at >= since, CallRow.direction == "inbound")
        query = select(CallRow.outcome, func.count()).where(*since_then).group_by(CallRow.outcome)
        rows = await rows_of(self._store, query)
        return {outcome or "running": count for outcome, count in rows}

    async def funnel(
        self, *, since: float = 0.0, until: float | None = None, flow: str | None = None
    ) -> tuple[list[StepMove], list[StepKeys]]:
        """Return where callers who arrived since then went from each step of the flows, and what they pressed."""
        async with reading(self._store) as session:
            moves = (await session.execute(moves_query(since, until))).all()
            keys = (await session.execute(keys_query(since, until, flow))).all()
        return as_moves(moves, flow), as_keys(keys)

    async def survey(
        self, *, since: float = 0.0, until: float | None = None, by: SurveyBy | None = None
    ) -> list[SurveyFigures]:
        """Return what callers who arrived in that time, and talked, said of it when they were asked: one group of all
        (none when nobody talked), or those told apart."""
        return as_figures(await rows_of(self._store, survey_query(since, until, by)))

    async def _rows(self, query: Select[Any]) -> list[Any]:
        return [row[0] for row in await rows_of(self._store, query)]


def _standing(
    calls: Sequence[CallRecord], timelines: Mapping[str, Sequence[tuple[str, float, dict[str, Any]]]]
) -> list[CallRecord]:
    """Return the calls, running ones with what their timelines tell so far."""
    told: list[CallRecord] = []
    for call in calls:
        events = _events(call.id, timelines.get(call.id, ()) if call.ended_at is None else ())
        so_far = asdict(summarise(events)) if events else {}
        known = {name: so_far[name] for name in _TOLD_SO_FAR} if so_far else {}
        told.append(call.model_copy(update=known))
    return told


def _events(call: str, entries: Iterable[tuple[str, float, dict[str, Any]]]) -> list[Event]:
    """Return a timeline as events; those of a kind that only another version of this program knows are left out."""
    events: list[Event] = []
    for kind, at, data in entries:
        with suppress(ValueError):
            events.append(from_record({"kind": kind, "call": call, "at": at, **data}))
    return events


def _equal(query: Select[Any], wanted: dict[Any, str | None]) -> Select[Any]:
    for column, value in wanted.items():
        if value is not None:
            query = query.where(column == value)
    return query

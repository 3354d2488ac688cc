"""Where callers go in the menus: every step that was entered, by what came next; counted by the store itself."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, Text, case, cast, func, literal, select

from tickets.models import CallRow, JournalRow


class StepMove(BaseModel):
    """How often callers came from a step of a flow to the next: ``next_flow`` and ``next_step``; both None: it was
    their last, and the call's ``outcome`` (None while it runs) and ``cause`` say how it ended."""

    model_config = ConfigDict(frozen=True)

    flow: str
    step: str
    next_flow: str | None
    next_step: str | None
    outcome: str | None
    cause: str
    times: int


class StepKeys(BaseModel):
    """How often something was pressed at a step: ``digits`` is a single key, "" for nothing and for longer entries."""

    model_config = ConfigDict(frozen=True)

    flow: str
    step: str
    verdict: str  # "match", "no_match", "no_input"
    digits: str
    times: int


def moves_query(since: float, until: float | None) -> Select[Any]:
    """Return the query whose rows ``as_moves`` reads. Steps are compared as they are written in the journal: to take
    them apart before they are counted would take longer than all the rest."""
    here = cast(JournalRow.data, Text)
    following = func.lead(here).over(partition_by=JournalRow.call_id, order_by=JournalRow.seq)
    inner = _events(
        "StepEntered", since, until,
        here.label("here"), following.label("next"), CallRow.outcome, CallRow.cause,
    ).subquery()  # fmt: skip
    last = inner.c.next.is_(None)
    outcome = case((last, inner.c.outcome), else_=None).label("outcome")
    cause = case((last & inner.c.cause.in_(("caller", "service")), inner.c.cause), else_=literal("")).label("cause")
    columns = (inner.c.here, inner.c.next, outcome, cause)
    return select(*columns, func.count().label("times")).group_by(*columns)


def keys_query(since: float, until: float | None, flow: str | None) -> Select[Any]:
    """Return the query whose rows are those of ``StepKeys``."""
    digits = _text("digits")
    inner = _events(
        "DigitsEntered", since, until, _text("flow").label("flow"), _text("step").label("step"),
        _text("verdict").label("verdict"), case((func.length(digits) == 1, digits), else_=literal("")).label("digits"),
    ).subquery()  # fmt: skip
    columns = (inner.c.flow, inner.c.step, inner.c.verdict, inner.c.digits)
    query = select(*columns, func.count().label("times")).group_by(*columns)
    return query if flow is None else query.where(inner.c.flow == flow)


def as_moves(rows: Sequence[Any], flow: str | None) -> list[StepMove]:
    """Return the rows of ``moves_query``, those from steps of one flow when it is named."""
    found = []
    for row in rows:
        here, following = json.loads(row.here), json.loads(row.next) if row.next is not None else {}
        if flow is None or here["flow"] == flow:
            found.append(StepMove(
                flow=here["flow"], step=here["step"], next_flow=following.get("flow"), next_step=following.get("step"),
                outcome=row.outcome, cause=row.cause, times=row.times,
            ))  # fmt: skip
    return found


def as_keys(rows: Sequence[Any]) -> list[StepKeys]:
    """Return the rows of ``keys_query``."""
    return [StepKeys.model_validate(dict(row._mapping)) for row in rows]


def _events(kind: str, since: float, until: float | None, *columns: Any) -> Select[Any]:
    query = (
        select(*columns)
        .join_from(JournalRow, CallRow, CallRow.id == JournalRow.call_id)
        .where(JournalRow.kind == kind, CallRow.arrived_at >= since)
    )
    return query if until is None else query.where(CallRow.arrived_at < until)


def _text(key: str) -> Any:
    return JournalRow.data[key].as_string()

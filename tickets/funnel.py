"""Where callers go in the menus: every step that was entered, by what came next; counted by the store itself."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, case, func, literal, select

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


def moves_query(since: float, until: float | None, flow: str | None) -> Select[Any]:
    """Return the query whose rows are those of ``StepMove``."""
    entered = _events("StepEntered", since, until).add_columns(
        func.lead(_text("flow")).over(partition_by=JournalRow.call_id, order_by=JournalRow.seq).label("next_flow"),
        func.lead(_text("step")).over(partition_by=JournalRow.call_id, order_by=JournalRow.seq).label("next_step"),
        CallRow.outcome.label("outcome"),
        CallRow.cause.label("cause"),
    )
    inner = entered.subquery()
    last = inner.c.next_step.is_(None)
    outcome = case((last, inner.c.outcome), else_=None).label("outcome")
    cause = case((last & inner.c.cause.in_(("caller", "service")), inner.c.cause), else_=literal("")).label("cause")
    columns = (inner.c.flow, inner.c.step, inner.c.next_flow, inner.c.next_step, outcome, cause)
    query = select(*columns, func.count().label("times")).group_by(*columns)
    return query if flow is None else query.where(inner.c.flow == flow)


def keys_query(since: float, until: float | None, flow: str | None) -> Select[Any]:
    """Return the query whose rows are those of ``StepKeys``."""
    digits = _text("digits")
    inner = (
        _events("DigitsEntered", since, until)
        .add_columns(
            _text("verdict").label("verdict"),
            case((func.length(digits) == 1, digits), else_=literal("")).label("digits"),
        )
        .subquery()
    )
    columns = (inner.c.flow, inner.c.step, inner.c.verdict, inner.c.digits)
    query = select(*columns, func.count().label("times")).group_by(*columns)
    return query if flow is None else query.where(inner.c.flow == flow)


def as_moves(rows: Sequence[Any]) -> list[StepMove]:
    """Return the rows of ``moves_query``."""
    return [StepMove.model_validate(dict(row._mapping)) for row in rows]


def as_keys(rows: Sequence[Any]) -> list[StepKeys]:
    """Return the rows of ``keys_query``."""
    return [StepKeys.model_validate(dict(row._mapping)) for row in rows]


def _events(kind: str, since: float, until: float | None) -> Select[Any]:
    query = (
        select(JournalRow.call_id, _text("flow").label("flow"), _text("step").label("step"))
        .join(CallRow, CallRow.id == JournalRow.call_id)
        .where(JournalRow.kind == kind, CallRow.arrived_at >= since)
    )
    return query if until is None else query.where(CallRow.arrived_at < until)


def _text(key: str) -> Any:
    return JournalRow.data[key].as_string()

"""What callers say after the talk: how many were asked, what they answered, how many were satisfied."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, Text, cast, func, literal, select

from calls.call import Outcome
from tickets.models import CallRow


class SurveyBy(StrEnum):
    """What callers' answers may be told apart by."""

    QUEUE = "queue"
    AGENT = "agent"  # the last one who talked


class SurveyFigures(BaseModel):
    """One group of calls. ``talked``: answered by a person; ``questions``: for each question, how often each key was
    pressed."""

    model_config = ConfigDict(frozen=True)

    group: str = ""
    talked: int = 0
    answers: int = 0
    satisfied: int = 0
    questions: dict[str, dict[str, int]] = {}

    @property
    def share(self) -> float | None:
        """Satisfied of all answers, 0 to 1; None when nobody answered."""
        return self.satisfied / self.answers if self.answers else None


def survey_query(since: float, until: float | None, by: SurveyBy | None) -> Select[*tuple[Any, ...]]:
    """Return the query whose rows ``as_figures`` reads: calls that have ended, by group and by what was answered."""
    group = literal("") if by is None else {SurveyBy.QUEUE: CallRow.queue, SurveyBy.AGENT: CallRow.agent}[by]
    columns = (group.label("group"), CallRow.satisfied, cast(CallRow.answers, Text).label("answers"))
    query: Select[*tuple[Any, ...]] = select(*columns, func.count().label("times")).group_by(*columns)
    query = query.where(CallRow.arrived_at >= since, CallRow.outcome == Outcome.ANSWERED.value)
    query = query.where(CallRow.direction != "outbound")
    return query if until is None else query.where(CallRow.arrived_at < until)


def as_figures(rows: Iterable[Any]) -> list[SurveyFigures]:
    """Return the figures of each group, by its name."""
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    return [_figures(name, groups[name]) for name in sorted(groups)]


def _figures(group: str, rows: Sequence[Any]) -> SurveyFigures:
    questions: dict[str, Counter[str]] = {}
    for row in rows:
        for question, key in json.loads(row.answers or "{}").items():
            questions.setdefault(question, Counter())[key] += row.times
    return SurveyFigures(
        group=group,
        talked=sum(row.times for row in rows),
        answers=sum(row.times for row in rows if row.satisfied is not None),
        satisfied=sum(row.times for row in rows if row.satisfied),
        questions={name: dict(sorted(keys.items())) for name, keys in sorted(questions.items())},
    )

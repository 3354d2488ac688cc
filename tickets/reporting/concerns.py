"""What a supervisor has to look after: matters that callers come back with, and work orders that are overdue. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from pydantic import BaseModel, ConfigDict

from calls.identity import mask_number
from tickets.reporting.period import Period

_DAY_S = 86400.0
_MOST = 20  # rows; the counts beside them are of all


@dataclass(frozen=True, slots=True)
class RaisedFact:
    """A ticket of a caller who has raised its subject more often."""

    caller: str
    subject: str
    created_at: float
    number: str


@dataclass(frozen=True, slots=True)
class LateFact:
    """A work order whose deadline has passed, and which is still not answered (or not accepted)."""

    number: str
    kind: str
    subject: str
    department: str  # "": none has it
    state: str
    due_at: float  # the deadline that passed first


class RepeatedMatter(BaseModel):
    """One number's tickets on one subject: the most there were within the days of the rule. The number is masked."""

    model_config = ConfigDict(frozen=True)

    caller: str
    subject: str
    times: int
    last_at: float
    number: str  # of the last ticket


class LateOrder(BaseModel):
    """One overdue work order; ``late_s`` until the report's end, or now."""

    model_config = ConfigDict(frozen=True)

    number: str
    kind: str
    subject: str
    department: str
    state: str
    due_at: float
    late_s: float


class Concerns(BaseModel):
    """Both, with how many there are of each; the lists hold the worst ones. ``urgent``: urgent matters of the time that
    are not answered yet."""

    model_config = ConfigDict(frozen=True)

    repeated: int = 0
    repeated_matters: list[RepeatedMatter] = []
    overdue: int = 0
    overdue_by_department: list[tuple[str, int]] = []
    overdue_orders: list[LateOrder] = []
    urgent: int = 0


def concerns(
    raised: Iterable[RaisedFact], late: list[LateFact], period: Period, until: float, rule: tuple[int, float]
) -> Concerns:
    """Return them. A matter is repeated when a ticket made in the time is, by ``rule``, at least the so-many-th of
    its number and subject within so many days, as `hotline tickets list --repeated` says it."""
    matters = _repeated(raised, period, *rule)
    theirs = Counter(one.department for one in late)
    return Concerns(
        repeated=len(matters), repeated_matters=matters[:_MOST], overdue=len(late),
        overdue_by_department=sorted(theirs.items(), key=lambda item: (-item[1], item[0])),
        overdue_orders=[
            LateOrder(number=one.number, kind=one.kind, subject=one.subject, department=one.department,
                      state=one.state, due_at=one.due_at, late_s=until - one.due_at)
            for one in sorted(late, key=lambda one: (one.due_at, one.number))[:_MOST]
        ],
    )  # fmt: skip


def _repeated(raised: Iterable[RaisedFact], period: Period, times: int, days: float) -> list[RepeatedMatter]:
    found = []
    in_order = sorted(raised, key=lambda one: (one.caller, one.subject, one.created_at, one.number))
    for (caller, subject), group in groupby(in_order, key=lambda one: (one.caller, one.subject)):
        tickets = list(group)
        most, first = 0, 0
        for place, one in enumerate(tickets):
            while tickets[first].created_at <= one.created_at - days * _DAY_S:
                first += 1
            if period.start <= one.created_at < period.end:
                most = max(most, place - first + 1)
        if most >= times:
            last = [one for one in tickets if one.created_at < period.end][-1]
            found.append(RepeatedMatter(
                caller=mask_number(caller), subject=subject, times=most, last_at=last.created_at, number=last.number
            ))  # fmt: skip
    return sorted(found, key=lambda one: (-one.times, -one.last_at, one.number))

"""Figures one by one: the definitions by which the hotline is judged, and the field's own beside them."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from tickets.reporting.facts import CallFact
from tickets.reporting.matters import OrderCounts
from tickets.reporting.promises import Promises
from tickets.reporting.tally import Tally, share
from tickets.reporting.workload import Workload


class Unknown(StrEnum):
    """Why a figure is not known."""

    NOTHING = "nothing"  # nothing to divide by: no such call or work order in this time
    NO_COMPLAINTS = "no_complaints"  # no category of tickets is that of complaints about the service itself
    NO_ORDER_STEPS = "no_order_steps"  # nothing was done with any ticket of these calls: none is known to be settled
    NOBODY_TOLD = "nobody_told"  # no caller who got a person was told how long it would take
    NO_AGENT_STATES = "no_agent_states"  # no agent was logged in


_NOT_EFFECTIVE = ("abandoned_queue", "abandoned_menu", "failed", "turned_away")


class Rules(BaseModel):
    """What the figures are counted by: seconds of the service level, and of a short abandonment; so many tickets of one
    number and subject in so many days are a repeated matter; ``service_categories`` are those of complaints about the
    hotline's own service."""

    model_config = ConfigDict(frozen=True)

    threshold_s: float = 15.0
    short_abandon_s: float = 5.0
    repeat_times: int = 3
    repeat_days: float = 30.0
    service_categories: tuple[str, ...] = ()


class Figure(BaseModel):
    """One figure: ``part`` / ``whole`` = ``value``; None with ``unknown`` saying why. ``target`` is the least, or with
    ``at_most`` the greatest, that is good enough."""

    model_config = ConfigDict(frozen=True)

    key: str
    unit: Literal["share", "seconds", "calls"] = "share"
    value: float | None = None
    part: float | None = None
    whole: float | None = None
    target: float | None = None
    at_most: bool = False
    unknown: Unknown | None = None

    @property
    def kept(self) -> bool | None:
        """Whether the target is kept; None without one, or when the figure is not known."""
        if self.target is None or self.value is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target


def judged(tally: Tally, orders: OrderCounts, first_contact: Figure, complaints: Figure) -> list[Figure]:
    """Return the figures of a hotline's assessment, all of them, also those that cannot be known."""
    return [
        _share("connect_rate", tally.answered, tally.asked, 0.95),
        _share("answer_timeliness", tally.in_time, tally.answered, 0.80),
        _share("satisfaction", tally.satisfied, tally.answers, 0.98),
        complaints,
        _share("dispatch_timeliness", orders.dispatched_same_day, orders.to_dispatch, 0.90),
        first_contact,
        _share("text_replies", orders.texts_same_day, orders.texts, 1.0),
        _share("closing_rate", orders.closed_in_time, orders.due, 0.97),
        _share("follow_up_rate", orders.followed_up, orders.answered, 1.0),
    ]


def first_contact(calls: Iterable[CallFact]) -> Figure:
    """Return the share of answered calls whose matter was settled then: their ticket was neither dispatched nor
    reopened. Where nobody has done anything with any of the tickets, nothing is known of that."""
    theirs = [call for call in calls if call.answered and call.ticket_state]
    if theirs and not any(call.dispatched or call.ticket_state != "registered" for call in theirs):
        return Figure(key="first_contact_resolution", target=0.80, unknown=Unknown.NO_ORDER_STEPS)
    settled = sum(not call.dispatched and not call.reopened for call in theirs)
    return _share("first_contact_resolution", settled, len(theirs), 0.80)


def service_complaints(complaints: int, calls: Iterable[CallFact], rules: Rules) -> Figure:
    """Return the share of complaints about the service in effective calls: ended, neither abandoned nor failed."""
    if not rules.service_categories:
        return Figure(key="service_complaints", target=0.02, at_most=True, unknown=Unknown.NO_COMPLAINTS)
    effective = sum(call.over and call.outcome not in _NOT_EFFECTIVE for call in calls)
    return _share("service_complaints", complaints, effective, 0.02).model_copy(update={"at_most": True})


def of_the_field(tally: Tally, workload: Workload, promises: Promises) -> list[Figure]:
    """Return the figures that every contact centre has."""
    real = tally.abandoned - tally.short
    busy, there = workload.busy_s, workload.there_s
    missing = None if there else Unknown.NO_AGENT_STATES
    told = promises.told
    untold = None if told else Unknown.NOBODY_TOLD
    return [
        _seconds("asa", tally.waited_s, tally.answered),
        _seconds("aht", tally.handled_s, tally.answered),
        _share("abandonment", tally.abandoned, tally.asked),
        Figure(key="short_abandoned", unit="calls", value=tally.short),
        _share("abandonment_without_short", real, tally.asked - tally.short),
        Figure(key="longest_wait", unit="seconds", value=tally.longest_s if tally.asked else None,
               unknown=None if tally.asked else Unknown.NOTHING),
        Figure(key="occupancy", value=share(busy, there), part=busy, whole=there, unknown=missing),
        Figure(key="ewt_error", unit="seconds", value=share(promises.off_s, told), part=promises.off_s, whole=told,
               unknown=untold),
        Figure(key="ewt_kept", value=share(promises.kept, told), part=promises.kept, whole=told, unknown=untold),
    ]  # fmt: skip


def _share(key: str, part: float, whole: float, target: float | None = None) -> Figure:
    missing = None if whole else Unknown.NOTHING
    return Figure(key=key, value=share(part, whole), part=part, whole=whole, target=target, unknown=missing)


def _seconds(key: str, part: float, whole: float) -> Figure:
    missing = None if whole else Unknown.NOTHING
    return Figure(key=key, unit="seconds", value=share(part, whole), part=part, whole=whole, unknown=missing)

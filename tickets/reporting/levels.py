"""The service level: five definitions that are all in use, from three starts of the clock. Each must be named.

With A answered and B abandoned, a and b of these within the threshold (``docs/supervisors.md`` prints the formulas):
on 1,000 answered, 60 abandoned, 860 and 20 of these in time, they give 83.0, 86.0, 81.1, 82.7 and 82.1 %.
"""

from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from tickets.reporting.facts import CallFact


class Clock(StrEnum):
    """When waiting begins."""

    RING = "ring"  # the call reached the service
    MENU = "menu"  # the last key before the queue was pressed; where nothing was asked, the same as RING
    QUEUE = "queue"  # the caller entered the queue


class Definition(StrEnum):
    """How abandoned calls count."""

    ABANDONED_COUNT_AS_KEPT = "abandoned_count_as_kept"  # (a + b) / (A + B)
    ANSWERED_ONLY = "answered_only"  # a / A, the definition of answer timeliness
    ABANDONED_COUNT_AGAINST = "abandoned_count_against"  # a / (A + B)
    SHORT_ABANDONED_LEFT_OUT = "short_abandoned_left_out"  # a / (A + B - b)
    SHORT_ABANDONED_HALF = "short_abandoned_half"  # (a + b/2) / (A + B)


class Counted(BaseModel):
    """What all definitions are made of."""

    model_config = ConfigDict(frozen=True)

    answered: int = 0
    abandoned: int = 0
    answered_in_time: int = 0
    abandoned_in_time: int = 0


class Level(BaseModel):
    """One service level; ``value`` is None when there is nothing to divide by."""

    model_config = ConfigDict(frozen=True)

    definition: Definition
    clock: Clock
    threshold_s: float
    part: float
    whole: float
    value: float | None


def level(counted: Counted, definition: Definition) -> tuple[float, float]:
    """Return what a definition divides by what."""
    all_answered, all_left = counted.answered, counted.abandoned
    answered, left = counted.answered_in_time, counted.abandoned_in_time
    return {
        Definition.ABANDONED_COUNT_AS_KEPT: (answered + left, all_answered + all_left),
        Definition.ANSWERED_ONLY: (answered, all_answered),
        Definition.ABANDONED_COUNT_AGAINST: (answered, all_answered + all_left),
        Definition.SHORT_ABANDONED_LEFT_OUT: (answered, all_answered + all_left - left),
        Definition.SHORT_ABANDONED_HALF: (answered + left / 2, all_answered + all_left),
    }[definition]


def started_at(call: CallFact, clock: Clock) -> float:
    """Return when the call's waiting begins by this clock."""
    if clock is Clock.QUEUE and call.queued_at is not None:
        return call.queued_at
    if clock is Clock.MENU and call.menu_left_at is not None:
        return call.menu_left_at
    return call.arrived_at


def count(calls: Iterable[CallFact], clock: Clock, threshold_s: float) -> Counted:
    """Count calls that asked for a person; within the threshold means at it, or sooner."""
    answered = abandoned = answered_in_time = abandoned_in_time = 0
    for call in calls:
        if call.queued_at is None:
            continue
        if call.connected_at is not None:
            answered += 1
            answered_in_time += call.connected_at - started_at(call, clock) <= threshold_s
        elif call.abandoned and call.ended_at is not None:
            abandoned += 1
            abandoned_in_time += call.ended_at - started_at(call, clock) <= threshold_s
    return Counted(
        answered=answered, abandoned=abandoned, answered_in_time=answered_in_time, abandoned_in_time=abandoned_in_time
    )


def levels(calls: list[CallFact], threshold_s: float) -> list[Level]:
    """Return the service level by each definition, from each start of the clock."""
    found = []
    for clock in Clock:
        counted = count(calls, clock, threshold_s)
        for definition in Definition:
            part, whole = level(counted, definition)
            found.append(Level(
                definition=definition, clock=clock, threshold_s=threshold_s, part=part, whole=whole,
                value=part / whole if whole else None,
            ))  # fmt: skip
    return found

"""A plan: for each half-hour of a week, how many will ask for a person, and how many seats that takes."""

import math
from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict

from tickets.staffing.erlang import LONGEST_PATIENCE_S, Aim, erlang_a, seats_needed
from tickets.staffing.forecast import forecast, past_error
from tickets.staffing.history import History

_SLOT_S = 1800.0


class Slot(BaseModel):
    """One half-hour; ``people`` are to be on duty, so that ``seats`` of them are there for callers."""

    model_config = ConfigDict(frozen=True)

    day: str
    time: str
    calls: float
    seats: int
    people: int
    service_level: float
    abandonment: float
    occupancy: float


class StaffingPlan(BaseModel):
    """All half-hours, and what they are computed from. Times are seconds, shares 0 to 1."""

    model_config = ConfigDict(frozen=True)

    first: str
    last: str
    history_first: str
    history_days: int
    handling_s: float
    patience_s: float
    patience_known: bool  # False: nobody gave up, so that callers are taken to be very patient
    target: float
    within_s: float
    connect: float
    shrinkage: float
    past_error: float | None  # how far off the last week would have been; None: there is too little before it
    slots: list[Slot]


def staffing(history: History, first: date, days: int, aim: Aim) -> StaffingPlan:
    """Return the plan of so many days, ``first`` and following. Raises ``ValueError`` when the history does not say
    enough, or the aim cannot be reached."""
    if history.handling_s is None or history.handling_s <= 0:
        raise ValueError("nobody was answered in that time: how long a call takes is not known")
    ahead = (first - history.first).days - len(history.days) + 1
    patience_s = history.patience_s or LONGEST_PATIENCE_S
    slots = []
    for place, calls in enumerate(forecast(history, ahead, days)):
        day = (first + timedelta(days=place)).isoformat()
        slots += [_slot(day, slot, each, history.handling_s, patience_s, aim) for slot, each in enumerate(calls)]
    return StaffingPlan(
        first=first.isoformat(), last=(first + timedelta(days=days - 1)).isoformat(),
        history_first=history.first.isoformat(), history_days=len(history.days), handling_s=history.handling_s,
        patience_s=patience_s, patience_known=history.patience_s is not None, target=aim.target,
        within_s=aim.within_s, connect=aim.connect, shrinkage=aim.shrinkage,
        past_error=past_error(history), slots=slots,
    )  # fmt: skip


def _slot(day: str, slot: int, calls: float, handling_s: float, patience_s: float, aim: Aim) -> Slot:  # noqa: PLR0917
    rate = calls / _SLOT_S
    seats = seats_needed(rate, handling_s, patience_s, aim=aim)
    served = erlang_a(rate, handling_s, patience_s, seats, aim.within_s)
    return Slot(
        day=day, time=f"{slot // 2:02d}:{slot % 2 * 30:02d}", calls=round(calls, 2), seats=seats,
        people=math.ceil(seats / (1 - aim.shrinkage) - 1e-9), service_level=served.service_level,
        abandonment=served.abandonment, occupancy=served.occupancy,
    )  # fmt: skip

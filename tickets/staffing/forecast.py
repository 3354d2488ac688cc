"""How many will ask for a person in each half-hour of some coming days.

How many a day: exponential smoothing with a damped trend and a season of a week (statsmodels). In which half-hour: as
that day of the week had it so far. Half-hours by themselves are too few callers to be smoothed one by one.
"""

import warnings
from statistics import median

import numpy as np
from statsmodels.tsa.holtwinters import ExponentialSmoothing

from tickets.staffing.history import SLOTS, History, share_of_slots, until

LEAST_DAYS = 14  # two weeks: less says nothing of the days of the week
WEEK = 7
_STORM = 1.4  # times what is usual on that day of the week
_BORROWED = 200.0  # callers' worth of all days' profile, beside a day's own


def forecast(history: History, ahead: int, days: int = WEEK) -> list[list[float]]:
    """Return callers by half-hour of ``days`` days, the first of them ``ahead`` days after the history's last (1: the
    next day). Raises ``ValueError`` when the history is too short."""
    if len(history.days) < LEAST_DAYS:
        raise ValueError(f"{len(history.days)} days of calls are too few to tell: {LEAST_DAYS} are needed")
    totals = _smoothed(_without_storms(history), ahead + days - 1)[ahead - 1 :]
    everyday = share_of_slots(history.days)
    found = []
    for place, total in enumerate(totals):
        weekday = (history.weekdays[-1] + ahead + place) % WEEK
        own = [day for day, its in zip(history.days, history.weekdays, strict=True) if its == weekday]
        callers, shares = sum(map(sum, own)), share_of_slots(own)
        found.append([
            total * (shares[slot] * callers + everyday[slot] * _BORROWED) / (callers + _BORROWED)
            for slot in range(SLOTS)
        ])  # fmt: skip
    return found


def past_error(history: History) -> float | None:
    """Return how far off the last week would have been, forecast from what was before it: the sum of the half-hours'
    errors / callers. None: there is too little before it, or nobody called."""
    if len(history.days) < LEAST_DAYS + WEEK:
        return None
    real = history.days[-WEEK:]
    callers = sum(map(sum, real))
    if not callers:
        return None
    told = forecast(until(history, WEEK), 1)
    off = sum(abs(a - b) for day, said in zip(real, told, strict=True) for a, b in zip(day, said, strict=True))
    return off / callers


def _without_storms(history: History) -> list[float]:
    """Return the days' callers; a day far above its like (a storm, a day of panic buying) is not to be expected again
    each week, and counts as a usual one."""
    days = list(zip(history.totals, history.weekdays, strict=True))
    usual = [median([total for total, its in days if its == weekday]) for weekday in range(WEEK)]
    return [
        usual[weekday] if usual[weekday] and total > _STORM * usual[weekday] else float(total)
        for total, weekday in days
    ]


def _smoothed(totals: list[float], days: int) -> list[float]:
    values = np.array(totals, dtype=float)
    model = ExponentialSmoothing(
        values, trend="add", damped_trend=True, seasonal="mul" if (values > 0).all() else "add", seasonal_periods=WEEK,
        initialization_method="estimated",
    )  # fmt: skip
    with warnings.catch_warnings():  # that the search for the best smoothing stopped early changes little
        warnings.simplefilter("ignore")
        fitted = model.fit()
    return [max(0.0, float(one)) for one in fitted.forecast(days)]

"""What China's calendar makes of a day: holidays, and weekends that are worked in exchange (调休).

Pure, but for the tables of the library ``chinesecalendar``; it does not know years that are not published yet.
"""

from datetime import date
from enum import Enum
from functools import lru_cache

import chinese_calendar


class DayKind(Enum):
    """What China's calendar makes of a day."""

    PLAIN = "plain"
    HOLIDAY = "holiday"
    MADE_UP = "made_up"  # a weekend that is worked in exchange (调休)
    UNKNOWN = "unknown"  # the library does not know the year


@lru_cache(maxsize=4096)  # the library takes its time, and deadlines ask for the same days again and again
def day_kind(day: date) -> DayKind:
    """Return what China's calendar makes of a day."""
    try:
        free, festival = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return DayKind.UNKNOWN
    if free and festival is not None:
        return DayKind.HOLIDAY
    return DayKind.MADE_UP if not free and day.weekday() >= 5 else DayKind.PLAIN

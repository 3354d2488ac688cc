"""A day, week or month as the hotline's time zone has it; a day of 23 or 25 hours is one, too."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

_HOUR_S = 3600.0
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")


class Span(StrEnum):
    """How long a report's time is."""

    DAY = "day"
    WEEK = "week"  # Monday to Sunday
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` until before ``end`` (epoch seconds): whole days, ``first`` to ``last``, of ``zone``."""

    span: Span
    first: date
    last: date
    start: float
    end: float
    zone: tzinfo

    def hours(self) -> list[tuple[int, int]]:
        """Return the hour of day and the day of week (Monday is 0) of each hour from the start."""
        count = round((self.end - self.start) / _HOUR_S)
        moments = (datetime.fromtimestamp(self.start + i * _HOUR_S, self.zone) for i in range(count))
        return [(moment.hour, moment.weekday()) for moment in moments]

    def hour_index(self, at: float) -> int:
        """Return which hour from the start ``at`` is in."""
        return int((at - self.start) // _HOUR_S)


def period_of(span: Span, text: str | None, now: float, zone: tzinfo) -> Period:
    """Return the day, week or month that ``text`` names (a date in it, ``today``, ``yesterday``, for a month
    ``2026-11``, for a week ``2026-W48``), or the present one. Raises ``ValueError`` with a remedy."""
    day = _day(span, text, datetime.fromtimestamp(now, zone).date())
    if span is Span.DAY:
        first, after = day, day + timedelta(days=1)
    elif span is Span.WEEK:
        first = day - timedelta(days=day.weekday())
        after = first + timedelta(days=7)
    else:
        first = day.replace(day=1)
        after = (first + timedelta(days=31)).replace(day=1)
    start, end = (datetime.combine(each, time(), zone).timestamp() for each in (first, after))
    return Period(span, first, after - timedelta(days=1), start, end, zone)


def _day(span: Span, text: str | None, today: date) -> date:
    wanted = (text or "today").strip()
    if wanted in ("today", "yesterday"):
        return today if wanted == "today" else today - timedelta(days=1)
    try:
        if span is Span.MONTH and (month := _MONTH.fullmatch(wanted)):
            return _usable(date(int(month[1]), int(month[2]), 1))
        if span is Span.WEEK and (week := _WEEK.fullmatch(wanted)):
            return _usable(date.fromisocalendar(int(week[1]), int(week[2]), 1))
        return _usable(date.fromisoformat(wanted))
    except ValueError:
        forms = {Span.DAY: "", Span.WEEK: ", or 2026-W48", Span.MONTH: ", or 2026-11"}[span]
        raise ValueError(f"{text!r} is no {span}: write today, yesterday, a date like 2026-11-26{forms}") from None


def _usable(day: date) -> date:
    """Refuse what no store can hold, and no clock can tell."""
    if not 1970 < day.year < 9999:
        raise ValueError(day)
    return day

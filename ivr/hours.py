"""Opening hours: weekly periods (also over midnight), dated exceptions, China's holidays and make-up workdays. Pure but
for the holiday tables of the library ``chinesecalendar``; a year it does not know counts as plain weekdays."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import structlog

from ivr.steps import Hours, Period

log = structlog.get_logger(__name__)

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def is_open(hours: Hours, now: float) -> bool:
    """Return whether it is open at ``now`` (epoch seconds)."""
    moment = datetime.fromtimestamp(now, ZoneInfo(hours.zone))
    today, clock = moment.date(), moment.time()
    yesterday = today - timedelta(days=1)
    return any(
        (_covers(period, clock, since_yesterday=False) and _on_day(hours, period, today))
        or (_covers(period, clock, since_yesterday=True) and _on_day(hours, period, yesterday))
        for period in hours.open
    )  # fmt: skip


def _covers(period: Period, clock: time, *, since_yesterday: bool) -> bool:
    """Whether a period holds this time of day, begun today or (over midnight) yesterday."""
    start, whole = time.fromisoformat(period.start), period.end == "24:00"
    end = time.min if whole else time.fromisoformat(period.end)
    over_midnight = not whole and end <= start
    if since_yesterday:
        return over_midnight and clock < end
    return clock >= start and (whole or over_midnight or clock < end)


def _on_day(hours: Hours, period: Period, day: date) -> bool:  # noqa: PLR0911 - rules in order
    if day in hours.closed_on:
        return False
    if day in hours.open_on:
        return period.days in ("workdays", "all") or _is_weekday_period(period)
    if period.days == "all":
        return True
    if period.days == "workdays":
        return _workday(day) if hours.china_holidays else day.weekday() < 5
    if hours.china_holidays and not _known_year(day):
        return _DAYS[day.weekday()] in _days(period.days)
    if hours.china_holidays:
        working = _workday(day)
        if day.weekday() < 5 and not working:
            return False  # a public holiday
        if day.weekday() >= 5 and working:
            return _is_weekday_period(period)  # a weekend that is worked in exchange
    return _DAYS[day.weekday()] in _days(period.days)


def _days(text: str) -> set[str]:
    found: set[str] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        begin = _DAYS.index(first)
        length = (_DAYS.index(last or first) - begin) % 7
        found |= {_DAYS[(begin + i) % 7] for i in range(length + 1)}
    return found


def _is_weekday_period(period: Period) -> bool:
    return "mon" in _days(period.days)


def _known_year(day: date) -> bool:
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


def _workday(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        log.warning("hours.no_holidays_known", year=day.year, remedy="upgrade chinesecalendar, or list closed_on")
        return day.weekday() < 5

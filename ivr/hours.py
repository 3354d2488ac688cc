"""Whether a calendar is open: weekly periods (also over midnight), dates, China's holidays and make-up workdays.

A year whose holidays ``calls.china_days`` does not know counts as plain weekdays.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from calls.china_days import DayKind, day_kind
from ivr.steps.calendars import CalendarKeys, Period, SpecialPeriod, special_periods

log = structlog.get_logger(__name__)

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LOOK_AHEAD = timedelta(days=30)  # so long before a year begins its holidays should be known


def is_open(calendar: CalendarKeys, now: float) -> bool:
    """Return whether it is open at ``now`` (epoch seconds)."""
    moment = datetime.fromtimestamp(now, ZoneInfo(calendar.zone))
    today, clock = moment.date(), moment.time()
    return _opens(calendar, today, clock, since_yesterday=False) or (
        today > date.min and _opens(calendar, today - timedelta(days=1), clock, since_yesterday=True)
    )


def unknown_year(calendar: CalendarKeys, today: date) -> int | None:
    """Return the present or the coming year (from December on) when the calendar goes by China's holidays, the library
    does not know that year, and no date of it is listed either."""
    if not calendar.china_holidays:
        return None
    listed = {year for _, _, days in calendar.dated() if not days.yearly for year in (days.first.year, days.last.year)}
    for year in (today.year, (today + _LOOK_AHEAD).year):
        if year not in listed and day_kind(date(year, 1, 1)) is DayKind.UNKNOWN:
            return year
    return None


def _opens(calendar: CalendarKeys, day: date, clock: time, *, since_yesterday: bool) -> bool:
    """Whether a period that began on ``day`` holds this time of day."""
    rule = calendar.rule_of(day)
    if rule == "special":
        return any(_covers(one, clock, since_yesterday=since_yesterday) for one in special_periods(calendar, day))
    return rule != "closed_on" and any(
        _covers(period, clock, since_yesterday=since_yesterday)
        and _on_day(calendar, period, day, worked=rule == "open_on")
        for period in calendar.open
    )


def _covers(period: Period | SpecialPeriod, clock: time, *, since_yesterday: bool) -> bool:
    """Whether a period holds this time of day, begun today or (over midnight) yesterday."""
    start, whole = time.fromisoformat(period.start), period.end == "24:00"
    end = time.min if whole else time.fromisoformat(period.end)
    over_midnight = not whole and end <= start
    if since_yesterday:
        return over_midnight and clock < end
    return clock >= start and (whole or over_midnight or clock < end)


def _on_day(calendar: CalendarKeys, period: Period, day: date, *, worked: bool) -> bool:
    if period.days == "all":
        return True
    kind = DayKind.PLAIN
    if calendar.china_holidays and not worked:
        kind = day_kind(day)
        if kind is DayKind.UNKNOWN:
            log.warning("hours.no_holidays_known", year=day.year, remedy="upgrade chinesecalendar, or list closed_on")
    if kind is DayKind.HOLIDAY:
        return False
    if kind is DayKind.MADE_UP or (worked and day.weekday() >= 5):
        return period.days == "workdays" or _model_weekday(calendar) in _days(period.days)
    if period.days == "workdays":
        return worked or day.weekday() < 5
    return _DAYS[day.weekday()] in _days(period.days)


def _model_weekday(calendar: CalendarKeys) -> str:
    """Return the weekday whose hours a worked weekend has: Monday, or the first that has any."""
    named = {name for period in calendar.open if period.days not in ("workdays", "all") for name in _days(period.days)}
    return next((name for name in _DAYS[:5] if name in named), "mon")


def _days(text: str) -> set[str]:
    if text in ("workdays", "all"):
        return set()
    found: set[str] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        begin = _DAYS.index(first)
        length = (_DAYS.index(last or first) - begin) % 7
        found |= {_DAYS[(begin + i) % 7] for i in range(length + 1)}
    return found

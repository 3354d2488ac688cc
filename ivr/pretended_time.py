"""Understanding when a pretended call is made: ``2026-10-01T09:00``, ``Sunday 22:10``, ``周日 22:10``, ``now``."""

import re
from datetime import date, datetime, timedelta, tzinfo

_ORDINARY_MONDAY = date(2026, 3, 2)  # of a week without holidays and make-up workdays
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CHINESE = "一二三四五六日"
_WEEKDAY = re.compile(
    r"(?:(?P<word>[a-z]{3,9})|(?:周|星期|礼拜)(?P<chinese>[一二三四五六日天]))[,\s]*(?P<time>\d{1,2}:\d{2})"
)
_REMEDY = "write one like 2026-10-01T09:00, 'Sunday 22:10' or now"


def parse_moment(text: str, zone: tzinfo, now: float) -> float:
    """Return the moment (epoch seconds) that a text means in ``zone``; a weekday is one of an ordinary week, without
    holidays. Raises ``ValueError`` with a remedy."""
    word = text.strip()
    if word.lower() in ("", "now"):
        return now
    if (found := _WEEKDAY.fullmatch(word.lower())) is not None:
        return _on_weekday(text, found, zone)
    try:
        moment = datetime.fromisoformat(word)
    except ValueError:
        raise ValueError(f"{text!r} is no time: {_REMEDY}") from None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
    except (OverflowError, OSError) as error:
        raise ValueError(f"{text!r} is too far away: {_REMEDY}") from error


def _on_weekday(text: str, found: re.Match[str], zone: tzinfo) -> float:
    if found["chinese"]:
        place = _CHINESE.index(found["chinese"].replace("天", "日"))
    else:
        places = [i for i, day in enumerate(_DAYS) if day.startswith(found["word"])]
        if len(places) != 1:
            raise ValueError(f"{text!r} has no day of the week: {_REMEDY}")
        place = places[0]
    hours, minutes = map(int, found["time"].split(":"))
    if hours > 23 or minutes > 59:
        raise ValueError(f"{text!r} has no time of day: {_REMEDY}")
    day = _ORDINARY_MONDAY + timedelta(days=place)
    return datetime(day.year, day.month, day.day, hours, minutes, tzinfo=zone).timestamp()

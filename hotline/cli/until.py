"""Understanding ``--until``: a span from now, a time of day, or a moment."""

import re
from datetime import datetime, timedelta, tzinfo

_SPAN = re.compile(r"(\d+(?:\.\d+)?)([mhd])")
_UNITS = {"m": 60.0, "h": 3600.0, "d": 86400.0}
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def parse_until(text: str, now: float, zone: tzinfo) -> float:
    """Return the moment (epoch seconds) that ``30m``, ``2h``, ``1d``, ``18:00`` (today, or tomorrow when that is past)
    or ``2026-11-27T18:00`` means; one without a zone is of ``zone``. Raises ``ValueError`` with a remedy."""
    text = text.strip()
    if span := _SPAN.fullmatch(text.lower()):
        return now + float(span[1]) * _UNITS[span[2]]
    today = datetime.fromtimestamp(now, zone)
    if clock := _CLOCK.fullmatch(text):
        moment = today.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
        if moment.timestamp() <= now:
            moment += timedelta(days=1)
        return moment.timestamp()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time: write 30m, 2h, 18:00 or 2026-11-27T18:00") from None
    found = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
    if found <= now:
        raise ValueError(f"{text!r} is past: write a moment that is still to come")
    return found

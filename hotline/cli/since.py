"""Understanding ``--since``: a span back from now, a day, or a moment."""

import re
from datetime import datetime, tzinfo

_SPAN = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def parse_since(text: str, now: float, zone: tzinfo) -> float:
    """Return the moment (epoch seconds) that ``30m``, ``2h``, ``7d``, ``today``, ``2026-11-23`` or
    ``2026-11-23T08:30`` means; a moment without a zone is one of ``zone``. Raises ``ValueError`` with a remedy."""
    if span := _SPAN.fullmatch(text.strip().lower()):
        return now - float(span[1]) * _UNITS[span[2]]
    if text.strip().lower() == "today":
        return datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is no time: write 30m, 2h, 7d, today, 2026-11-23 or 2026-11-23T08:30") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()

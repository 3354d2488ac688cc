"""Points in time as people write them into tables. Without an offset they are of the hotline's time zone."""

import re
from datetime import date, datetime, time, tzinfo

_WRITTEN = re.compile(
    r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?"
    r"(?:[T\s]*(?P<h>\d{1,2})\s*[:：时]\s*(?P<min>\d{1,2})\s*(?:[:：分]\s*(?:(?P<s>\d{1,2})(?:\.(?P<f>\d{1,6})\d*)?\s*秒?)?)?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
_REMEDY = "write it like 2026-11-27 09:30"


def said(at: float, zone: tzinfo) -> str:
    """Return a moment (epoch seconds) to the microsecond, with its offset: no other moment is written the same way."""
    return datetime.fromtimestamp(at, zone).isoformat(sep=" ")


def meant(value: object, zone: tzinfo) -> float:
    """Return the moment (epoch seconds) that a cell means. Raises ``ValueError`` with what is wrong and the remedy."""
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime.combine(value, time.min)
    else:
        moment = _parsed(str(value).strip())
    if not 1990 <= moment.year <= 2100:
        raise ValueError(f"the year {moment.year} cannot be right: {_REMEDY}")
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).timestamp()


def _parsed(text: str) -> datetime:
    found = _WRITTEN.fullmatch(text)
    if found is None:
        swapped = re.fullmatch(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*", text)
        why = "may be read in two ways" if swapped else "is no date"
        raise ValueError(f"{text[:40]!r} {why}: {_REMEDY}")
    micro = (found["f"] or "").ljust(6, "0")
    clock = (int(found["h"] or 0), int(found["min"] or 0), int(found["s"] or 0), int(micro))
    try:
        moment = datetime(int(found["y"]), int(found["m"]), int(found["d"]), *clock)
        if found["zone"]:
            offset = found["zone"].replace("Z", "+00:00")
            moment = moment.replace(tzinfo=datetime.fromisoformat(f"2000-01-01T00:00:00{offset}").tzinfo)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no date that there is: {_REMEDY}") from None
    return moment

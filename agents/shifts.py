"""Teams and their shifts: who should be at work when. Times are those on the wall in the shift's time zone."""

import re
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field

from agents.words import Named, Strict, Text, as_text
from calls.identity import AgentId

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORM = re.compile(r"(?P<days>[a-z,-]+) +(?P<h1>[0-9]{1,2}):(?P<m1>[0-9]{2}) *- *(?P<h2>[0-9]{1,2}):(?P<m2>[0-9]{2})")
_DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class Times:
    """The days on which a shift begins, and its first and last minute; it goes on over midnight when ``end`` is not
    after ``start``. Minutes of the day."""

    days: frozenset[int]  # Monday is 0
    start: int
    end: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what ``mon-fri 08:30-17:30`` says. Raises ``ValueError`` with a remedy."""
        match = _FORM.fullmatch(text.strip().lower())
        if match is None:
            raise ValueError(f"{text!r} is no shift: write it like 'mon-fri 08:30-17:30' or 'daily 22:00-06:00'")
        start = _minutes(match["h1"], match["m1"], text)
        end = _minutes(match["h2"], match["m2"], text)
        if start == end and start % _DAY_MIN:
            raise ValueError(f"{text!r} ends when it begins: for the whole day write 00:00-24:00")
        return cls(frozenset(_days(match["days"], text)), start % _DAY_MIN, end)

    def cover(self, at: datetime) -> bool:
        """Return whether a moment (in the shift's zone) is within."""
        minute, today = at.hour * 60 + at.minute, at.weekday()
        if self.start < self.end:
            return today in self.days and self.start <= minute < self.end
        yesterday = (today - 1) % 7
        return (today in self.days and minute >= self.start) or (yesterday in self.days and minute < self.end)


def _minutes(hours: str, minutes: str, text: str) -> int:
    total = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or total > _DAY_MIN:
        raise ValueError(f"{hours}:{minutes} in {text!r} is no time of the day: hours go to 24, minutes to 59")
    return total


def _days(text: str, whole: str) -> Iterable[int]:
    if text == "daily":
        yield from range(7)
        return
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            raise ValueError(f"{part!r} in {whole!r} is no day: days are daily, {', '.join(_DAYS)}")
        begin = _DAYS.index(first)
        length = (_DAYS.index(last or first) - begin) % 7
        yield from ((begin + i) % 7 for i in range(length + 1))


def _checked(text: str) -> str:
    Times.parse(text)
    return text


def _zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {name!r}: write one like Asia/Shanghai") from error
    return name


Member = Annotated[AgentId, BeforeValidator(as_text)]


class Team(Named):
    """People who work the same shifts. Whoever names it as ``team`` belongs to it, too."""

    members: tuple[Member, ...] = ()


class Shift(Strict):
    """When teams work."""

    teams: tuple[Text, ...] = Field(min_length=1)
    times: tuple[Annotated[str, AfterValidator(_checked)], ...] = Field(min_length=1)
    zone: Annotated[str, AfterValidator(_zone)] | None = None  # None: the service's own

    def cover(self, now: float, zone: tzinfo) -> bool:
        """Return whether a moment (epoch seconds) is within; ``zone`` where the shift names none."""
        at = datetime.fromtimestamp(now, zoneinfo.ZoneInfo(self.zone) if self.zone else zone)
        return any(Times.parse(times).cover(at) for times in self.times)

"""Which numbers agents may dial, and when: pure rules, the time of day is handed in.

A pattern is written digit by digit, and must fit the whole number:

========  ============================================================
``5``     this digit
``X``     any digit
``[3-9]`` one of these digits; ``[13-58]`` lists and ranges
``?``     the digit before it may be missing
``*``     any further digits, also none; only at the end
========  ============================================================
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

EMERGENCY = ("110", "119", "120", "122")
"""Police, fire, medical, traffic accidents: never dialled from a seat, with or without an area code in front."""

MOST_DIGITS = 18
"""As long as any telephone number (E.164: 15, and an exit code)."""

DEFAULT_ALLOWED = (
    "0?1[3-9]XXXXXXXXX",  # mobiles, also with the 0 of long distance
    "[2-8]XXXXXXX?",  # in the same city: 7 or 8 digits
    "0[12]X[2-8]XXXXXXX",  # large cities: area code of 3 digits
    "0[3-9]XX[2-8]XXXXXXX?",  # all others: area code of 4
)
"""China's ordinary numbers."""

DAY_MINUTES = 24 * 60

_DIGITS = re.compile(rf"[0-9]{{1,{MOST_DIGITS}}}")
_PATTERN = re.compile(r"(?:(?:[0-9X]|\[[0-9-]+\])\??)+\*?|\*")
_RANGES = re.compile(r"(?:[0-9]-[0-9]|[0-9])+")
_EMERGENCY = re.compile(rf"(?:0(?:[12][0-9]|[3-9][0-9]{{2}}))?(?:{'|'.join(EMERGENCY)})")
_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*[-–]\s*([0-9]{1,2}):([0-9]{2})")
_DIALLED = re.compile(r"\*9([0-9]+)(?:\*([0-9]+))?#?")


class DialRefusal(StrEnum):
    """Why a number is not dialled; each has a phrase ``dial.<value>``."""

    OFF = "off"  # dialling out is switched off
    NO_NUMBER = "no_number"  # not a telephone number
    EMERGENCY = "emergency"
    DENIED = "denied"  # fits a pattern that is denied
    NOT_ALLOWED = "not_allowed"  # fits none that is allowed
    OUTSIDE_HOURS = "outside_hours"
    # found by whoever dials, not by the rules
    NO_TRUNK = "no_trunk"  # there is no way out
    NO_TICKET = "no_ticket"  # there is no ticket of this number
    NOT_NOW = "not_now"  # the agent talks, or is being rung
    TOO_SOON = "too_soon"  # the last try for this ticket reached nobody, a short time ago
    TOO_OFTEN = "too_often"  # so did as many as a day may have


@dataclass(frozen=True, slots=True)
class Wish:
    """What was dialled on a seat: digits only. ``ticket`` is "" when none was named."""

    number: str
    ticket: str = ""


def parse_wish(dialled: str) -> Wish | None:
    """Read ``*9<number>`` and ``*9<number>*<ticket>`` (a ``#`` at the end does no harm); None: it is neither."""
    match = _DIALLED.fullmatch(dialled)
    return None if match is None else Wish(match[1], match[2] or "")


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Return a pattern's regular expression; ``ValueError`` says what is wrong with it."""
    if not _PATTERN.fullmatch(pattern):
        raise ValueError(
            f"{pattern!r} is no pattern of a number: write digits, X for any digit, [3-9] for a range, ? behind a "
            "digit that may be missing, and * at the end for any further digits"
        )
    for group in re.findall(r"\[([0-9-]+)\]", pattern):
        if not _RANGES.fullmatch(group) or any(first > last for first, last in re.findall(r"(.)-(.)", group)):
            raise ValueError(f"[{group}] in {pattern!r} is no list of digits: write it like [3-9] or [13-58]")
    return re.compile(pattern.replace("*", "[0-9]*").replace("X", "[0-9]"))


@dataclass(frozen=True, slots=True)
class Hours:
    """The time of day in which people may be called: minutes since midnight, ``end`` not included. It may lie across
    midnight (22:00-06:00); the same minute twice is the whole day."""

    start: int
    end: int

    @classmethod
    def parse(cls, text: str) -> "Hours":
        """Read ``08:00-21:00``; ``ValueError`` when it is not such a time."""
        match = _HOURS.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is no time of day: write it like 08:00-21:00")
        start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        if max(int(match[2]), int(match[4])) > 59 or max(start, end) > DAY_MINUTES:
            raise ValueError(f"{text!r} has an hour or a minute that no clock shows: 00:00 to 24:00")
        return cls(start % DAY_MINUTES, end % DAY_MINUTES)

    def include(self, minute: int) -> bool:
        """Return whether a minute of the day lies within them."""
        if self.start == self.end:
            return True
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


@dataclass(frozen=True, slots=True)
class Tries:
    """How often in a day, and how far apart, somebody is tried for a ticket who is not reached."""

    most: int = 5  # 0: as often as wanted
    apart_s: float = 300.0

    def refusal(self, tried: Sequence[float], now: float) -> DialRefusal | None:
        """Return why there is no further try now; ``tried`` are the times (epoch seconds, in order) of this day's tries
        that reached nobody, since somebody was reached last."""
        if self.most and len(tried) >= self.most:
            return DialRefusal.TOO_OFTEN
        return DialRefusal.TOO_SOON if tried and now - tried[-1] < self.apart_s else None


class DialRules:
    """The rules of one installation."""

    def __init__(
        self,
        *,
        enabled: bool = True,
        allowed: Iterable[str] = DEFAULT_ALLOWED,
        denied: Iterable[str] = (),
        hours: str = "08:00-21:00",
    ) -> None:
        """Raises ``ValueError`` when a pattern or the hours cannot be read."""
        self._enabled = enabled
        self._allowed = [compile_pattern(pattern) for pattern in allowed]
        self._denied = [compile_pattern(pattern) for pattern in denied]
        self._hours = Hours.parse(hours)

    def refusal(self, number: str, minute: int) -> DialRefusal | None:
        """Return why ``number`` may not be dialled at this local minute of the day, or None when it may."""
        if not self._enabled:
            return DialRefusal.OFF
        if not _DIGITS.fullmatch(number):
            return DialRefusal.NO_NUMBER
        if _EMERGENCY.fullmatch(number):
            return DialRefusal.EMERGENCY
        if any(pattern.fullmatch(number) for pattern in self._denied):
            return DialRefusal.DENIED
        if not any(pattern.fullmatch(number) for pattern in self._allowed):
            return DialRefusal.NOT_ALLOWED
        return None if self._hours.include(minute) else DialRefusal.OUTSIDE_HOURS

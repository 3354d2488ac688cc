"""Calendars: opening hours as ops staff write them, once for a step, for a flow, or for all flows (``calendars.yaml``).

A day is judged by the first of these that speaks of it: full dates, dates of every year, China's holidays, the week.
"""

import difflib
import functools
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from ivr.steps.base import Strict

_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
_SPAN = f"{_DAY}(-{_DAY})?"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_LEAP_YEAR = 2028  # in which every day of a year can be named


class Days(NamedTuple):
    """A date or a range of dates, both ends included; of one year, or (``yearly``) of every year."""

    first: date
    last: date
    yearly: bool  # then the year of both is a leap year, and ``first`` may be after ``last``: over the new year

    def hold(self, day: date) -> bool:
        """Return whether a day is one of these."""
        if not self.yearly:
            return self.first <= day <= self.last
        day = day.replace(year=_LEAP_YEAR)
        if self.first <= self.last:
            return self.first <= day <= self.last
        return day >= self.first or day <= self.last

    def meet(self, other: "Days") -> bool:
        """Return whether two of a kind (both of every year, or neither) have a day in common."""
        return self.hold(other.first) or other.hold(self.first)


def parse_days(text: str) -> Days:
    """Return what ``2026-10-01``, ``2026-10-01..2026-10-07``, ``12-31`` or ``12-24..01-01`` means.

    Raises ``ValueError`` with a remedy.
    """
    first, dots, last = (part.strip() for part in text.partition(".."))
    begin, end = _date(first, text), _date(last if dots else first, text)
    if begin.yearly != end.yearly:
        raise ValueError(f"{text!r} has a year at one end only: write it at both, or at none")
    if not begin.yearly and end.first < begin.first:
        raise ValueError(f"{text!r} ends before it begins: exchange the two dates")
    return Days(begin.first, end.first, begin.yearly)


def _date(part: str, text: str) -> Days:
    yearly = len(part) == 5
    try:
        day = datetime.strptime(f"{_LEAP_YEAR}-{part}" if yearly else part, "%Y-%m-%d").date()
    except ValueError:
        day = None
    if day is None or len(part) not in (5, 10):
        remedy = "write a date like 2026-10-01, days like 2026-10-01..2026-10-07, or 12-31 for every year"
        raise ValueError(f"{text!r} is no date: {remedy}")
    return Days(day, day, yearly)


def _dates(value: str) -> str:
    parse_days(value)  # its ValueError says what is wrong
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, OSError, ValueError) as error:  # which of them depends on how the name is written
        raise ValueError(f"there is no time zone {value!r}: {_near_zone(value)}") from error
    return value


def _near_zone(value: str) -> str:
    if "beijing" in value.lower() or "peking" in value.lower():
        return "Beijing's time is that of Asia/Shanghai: write that"
    near = difflib.get_close_matches(value[:60], [zone for zone in _zones() if zone[:1] == value[:1].upper()], n=1)
    return f"did you mean {near[0]!r}?" if near else "write one like Asia/Shanghai"


@functools.cache
def _zones() -> frozenset[str]:
    """Return the names there are; looking for them reads a thousand files."""
    return frozenset(available_timezones())


def _text(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


DaysText = Annotated[str, BeforeValidator(_text), AfterValidator(_dates)]
Zone = Annotated[str, AfterValidator(_zone)]


class _Times(Strict):
    """From when to when: ``from: "08:30"``, ``to: "17:30"`` (before ``from``: on the next day)."""

    start: str = Field(alias="from", pattern=rf"^{_TIME}$")
    end: str = Field(alias="to", pattern=rf"^({_TIME}|24:00)$")

    @model_validator(mode="after")
    def _some_time(self) -> "_Times":
        if self.start == self.end:
            raise ValueError('from and to are the same: for the whole day write from: "00:00", to: "24:00"')
        return self


class Period(_Times):
    """Open hours on some days of the week: ``days: mon-fri``, ``from: "08:30"``, ``to: "17:30"``."""

    days: str = Field(pattern=rf"^({_SPAN}(,{_SPAN})*|workdays|all)$")


class SpecialPeriod(_Times):
    """Open hours on some dates, instead of all those that the week has there."""

    on: DaysText


class CalendarKeys(Strict):
    """When it is open: what may be written in an ``hours`` step, or in a calendar of its own."""

    zone: Zone = "Asia/Shanghai"
    open: tuple[Period, ...] = ()
    closed_on: tuple[DaysText, ...] = ()
    open_on: tuple[DaysText, ...] = ()  # worked like any workday, whatever the calendar says
    special: tuple[SpecialPeriod, ...] = ()  # dates with hours of their own
    china_holidays: bool = False  # public holidays are closed, make-up workdays (调休) are workdays

    @model_validator(mode="after")
    def _one_rule_a_day(self) -> "CalendarKeys":
        rules = list(self.dated())
        for at, (key, text, days) in enumerate(rules):
            for other, other_text, other_days in rules[:at]:
                if other != key and days.yearly == other_days.yearly and days.meet(other_days):
                    shown = text if text == other_text else f"{other_text} and {text}"
                    raise ValueError(f"{shown} is in {other} and in {key}: remove it from one of them")
        return self

    def dated(self) -> Iterator[tuple[str, str, Days]]:
        """Return (key in the YAML, as written, days) of every rule that speaks of dates."""
        listed: Sequence[tuple[str, Sequence[str]]] = (
            ("closed_on", self.closed_on), ("open_on", self.open_on), ("special", [one.on for one in self.special]),
        )  # fmt: skip
        for key, texts in listed:
            for text in texts:
                yield key, text, parse_days(text)

    def rule_of(self, day: date) -> str:
        """Return which of ``closed_on``, ``open_on`` and ``special`` speaks of a day, or ""; full dates come first."""
        found = [(days.yearly, key) for key, _, days in self.dated() if days.hold(day)]
        return min(found)[1] if found else ""


class Calendar(CalendarKeys):
    """Opening hours under a name."""

    open: tuple[Period, ...] = Field(min_length=1)


def special_periods(calendar: CalendarKeys, day: date) -> Iterator[SpecialPeriod]:
    """Return the hours that a date has of its own; full dates before those of every year."""
    found = [(parse_days(one.on), one) for one in calendar.special]
    yearly = not any(days.hold(day) and not days.yearly for days, _ in found)
    return (one for days, one in found if days.hold(day) and days.yearly == yearly)

"""The step that goes by opening hours."""

import difflib
import functools
from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, model_validator

from ivr.steps.base import BaseStep, Strict, Target

_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
_SPAN = f"{_DAY}(-{_DAY})?"


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, OSError, ValueError) as error:  # which of them depends on how the name is written
        raise ValueError(f"there is no time zone {value!r}: {_near_zone(value)}") from error
    return value


def _near_zone(value: str) -> str:
    near = difflib.get_close_matches(value[:60], [zone for zone in _zones() if zone[:1] == value[:1].upper()], n=1)
    return f"did you mean {near[0]!r}?" if near else "write one like Asia/Shanghai"


@functools.cache
def _zones() -> frozenset[str]:
    """Return the names there are; looking for them reads a thousand files."""
    return frozenset(available_timezones())


Zone = Annotated[str, AfterValidator(_zone)]


class Period(Strict):
    """Open hours on some days: ``days: mon-fri``, ``from: "08:30"``, ``to: "17:30"`` (before ``from``: next day)."""

    days: str = Field(pattern=rf"^({_SPAN}(,{_SPAN})*|workdays|all)$")
    start: str = Field(alias="from", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    end: str = Field(alias="to", pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")

    @model_validator(mode="after")
    def _some_time(self) -> "Period":
        if self.start == self.end:
            raise ValueError('from and to are the same: for the whole day write from: "00:00", to: "24:00"')
        return self


class Hours(BaseStep):
    """Goes one way while open, the other while closed."""

    do: Literal["hours"]
    zone: Zone = "Asia/Shanghai"
    open: tuple[Period, ...] = Field(min_length=1)
    closed_on: tuple[date, ...] = ()
    open_on: tuple[date, ...] = ()  # worked like any workday, whatever the calendar says
    china_holidays: bool = False  # public holidays are closed, make-up workdays (调休) are workdays
    when_open: Target
    when_closed: Target

    @model_validator(mode="after")
    def _one_rule_a_day(self) -> "Hours":
        both = sorted(set(self.closed_on) & set(self.open_on))
        if both:
            raise ValueError(f"{both[0]} is in closed_on and in open_on: remove it from one of them")
        return self

"""When calls come: evenly, at random, rising, in steps until it fails, or as on a day of a file."""

import csv
import random
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, ValidationInfo, field_validator, model_validator

from simulator.bounds import ORDINARY, SATURATING
from simulator.load_profile import MAX_CALLS
from simulator.scenario.written import Strict, did_you_mean

Rate = Annotated[
    float,
    Field(gt=0, le=SATURATING.rate, description=f"Calls a second; at most {ORDINARY.rate:g} without saturate: true."),
]
_DAY_S = 24 * 3600.0
_CLOCK = re.compile(r"(?P<hour>[01]?[0-9]|2[0-3]|24(?=:00)):(?P<minute>[0-5][0-9])")


class Constant(Strict):
    """Evenly."""

    kind: Literal["constant"]
    rate: Rate


class Poisson(Strict):
    """As callers come who know nothing of each other."""

    kind: Literal["poisson"]
    rate: Rate


class Ramp(Strict):
    """Rising (or falling) evenly from one rate to another, which is then kept."""

    kind: Literal["ramp"]
    first: Rate
    last: Rate
    over_s: Annotated[float, Field(gt=0, le=_DAY_S)]


class Steps(Strict):
    """A step higher each time, until a step has too many failures: finds the highest rate that holds."""

    kind: Literal["steps"]
    first: Rate
    by: Rate
    every_s: Annotated[float, Field(ge=1, le=3600)]
    last: Rate = ORDINARY.rate
    until_failed_share: Annotated[float, Field(ge=0, lt=1, description="A step that has more has failed.")] = 0.001

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.last < self.first:
            said = "" if "last" in self.model_fields_set else ", unless it is written"
            raise ValueError(
                f"last ({self.last:g}{said}) is below first ({self.first:g}), and steps rise: write {self.first:g} or "
                "more as last"
            )
        return self


BEGINS, ENDS = r"^([01]\d|2[0-3]):[0-5]\d$", r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$"
"""How times of day are written."""


class Hours(Strict):
    """The part of a day that is lived."""

    begins: Annotated[str, Field(pattern=BEGINS, description="Calls before are left out.")] = "00:00"
    ends: Annotated[str, Field(pattern=ENDS, description="Calls after are left out.")] = "24:00"

    @field_validator("ends")
    @classmethod
    def _begins_first(cls, ends: str, others: ValidationInfo) -> str:
        begins = others.data.get("begins", "00:00")
        if minutes(begins) >= minutes(ends):
            raise ValueError(
                f"{ends} is not after begins ({begins}), and no call would come: write a later time, at most 24:00"
            )
        return ends


class Day(Hours):
    """A day from a CSV file: ``at`` (HH:MM) and ``calls`` until the next row, or ``at_s`` for each call."""

    kind: Literal["day"]
    file: str = Field(description="Beside the scenario's file.")


class Replay(Hours):
    """A day of a ticket store, call by call: times, queues, menu keys and durations, never numbers."""

    kind: Literal["replay"]
    day: date = Field(description="Like 2026-11-02.")
    store: str | None = Field(None, description="Its SQLAlchemy URL; without one, this hotline's own.")


def _kind_said(value: Any) -> Any:
    """``{store: …, day: …}`` can only mean one kind."""
    return {**value, "kind": "replay"} if isinstance(value, dict) and "day" in value and "kind" not in value else value


def _no_arrivals(value: Any) -> Any:
    said = value.get("kind") if isinstance(value, dict) else None
    known = f"write {{kind: ...}} with one of {', '.join(ARRIVALS)}"
    if said is None:
        raise ValueError(f"does not say which kind of arrivals: {known}")
    near = did_you_mean(str(said), ARRIVALS)
    raise ValueError(f"there is no kind {str(said)!r}: {near + ' ' if near else ''}{known}")


ARRIVALS: dict[str, type[Strict]] = {
    "constant": Constant, "poisson": Poisson, "ramp": Ramp, "steps": Steps, "day": Day, "replay": Replay,
}  # fmt: skip
_UNKNOWN = "arrivals"


def _kind_of(value: Any) -> str:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return kind if isinstance(kind, str) and kind in ARRIVALS else _UNKNOWN


Arriving = Annotated[
    Annotated[Constant, Tag("constant")]
    | Annotated[Poisson, Tag("poisson")]
    | Annotated[Ramp, Tag("ramp")]
    | Annotated[Steps, Tag("steps")]
    | Annotated[Day, Tag("day")]
    | Annotated[Replay, Tag("replay")]
    | Annotated[Constant, BeforeValidator(_no_arrivals), Tag(_UNKNOWN)],
    Discriminator(_kind_of),
    BeforeValidator(_kind_said),
]
"""How calls come; ``kind`` says which of them."""


class DayMistake(ValueError):
    """A day's file cannot be used; the text says where and why."""


def arrival_times(how: Arriving, calls: int, seed: int, folder: Path, compress: float = 1.0) -> Iterator[float]:
    """Yield when each call is to come, in seconds from the start; the same for the same seed.

    Raises ``DayMistake``. ``Steps`` is not asked here for more than its plateaus: the run stops them.
    """
    generator = random.Random(f"{seed}/arrivals")
    if isinstance(how, Day):
        yield from _day(how, folder, generator, compress, calls)
        return
    at = 0.0
    for _ in range(calls):
        yield at
        rate = rate_at(how, at)
        at += generator.expovariate(rate) if isinstance(how, Poisson) else 1 / rate


def rate_at(how: Arriving, at: float) -> float:
    """Return the calls a second that are wanted at a moment; of days there is none."""
    match how:
        case Ramp():
            return how.first + (how.last - how.first) * min(at / how.over_s, 1.0)
        case Steps():
            return min(how.first + how.by * plateau_at(how, at), how.last)
        case Day() | Replay():
            return 0.0
        case _:
            return how.rate


def highest_rate(how: Arriving) -> tuple[str, float]:
    """Return the highest rate that is written, and where; 0 of days, whose rate is not written."""
    match how:
        case Ramp():
            return ("first", how.first) if how.first > how.last else ("last", how.last)
        case Steps():
            return ("first", how.first) if how.first > how.last else ("last", how.last)
        case Day() | Replay():
            return "", 0.0
        case _:
            return "rate", how.rate


def plateau_at(how: Steps, at: float) -> int:
    """Return which step a moment lies on, from 0."""
    return int((at + 1e-9) // how.every_s)


def had_its_time(how: Steps, step: int, last_at: float, reached_s: float) -> bool:
    """Tell whether a step was lived to its end: somebody had a call to place after it, or none was left to come on it
    after the run's last call. Seconds from the beginning: ``last_at`` of that call, ``reached_s`` of who was to place
    one."""
    if step < plateau_at(how, max(last_at, reached_s)):
        return True
    return last_at + 1 / rate_at(how, step * how.every_s) >= (step + 1) * how.every_s - 1e-6


def _day(how: Day, folder: Path, generator: random.Random, compress: float, calls: int) -> Iterator[float]:
    begins, ends = minutes(how.begins) * 60, minutes(how.ends) * 60
    moments = [at for at in day_moments(folder / how.file, generator) if begins <= at < ends]
    for before, at in enumerate(moments):
        if before >= calls:
            return
        yield (at - begins) / compress


def minutes(clock: str) -> int:
    """Return the minutes of ``HH:MM``, from 00:00 to 24:00; raises ``ValueError``."""
    if (found := _CLOCK.fullmatch(clock.strip())) is None:
        raise ValueError(f"{clock!r} is no time of day")
    return int(found["hour"]) * 60 + int(found["minute"])


def day_moments(path: Path, generator: random.Random) -> list[float]:
    """Return the seconds after midnight of every call of a day's file, ascending; raises ``DayMistake``."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DayMistake(f"{path} cannot be read: {error}") from error
    if rows and "at_s" in rows[0]:
        found = [_number(path, line, "at_s", row.get("at_s")) for line, row in enumerate(rows, 2)]
    elif rows and {"at", "calls"} <= set(rows[0]):
        found = _spread(path, rows, generator)
    else:
        raise DayMistake(f"{path}: the first line must name the columns at and calls, or at_s")
    if len(found) > MAX_CALLS:
        raise DayMistake(f"{path}: {len(found)} calls, at most {MAX_CALLS} are allowed")
    return sorted(found)


def _spread(path: Path, rows: list[dict[str, str | None]], generator: random.Random) -> list[float]:
    begins: list[float] = []
    for line, row in enumerate(rows, 2):
        clock = row["at"] or ""  # None in a line that is too short
        try:
            begins.append(minutes(clock) * 60.0)
        except ValueError:
            raise DayMistake(
                f"{path}:{line}: at is {clock!r}: write a time of day from 00:00 to 23:59, like 08:30"
            ) from None
        if begins[-1] >= _DAY_S:
            raise DayMistake(f"{path}:{line}: at is {clock!r}: no call can come then: leave this line out")
        if len(begins) > 1 and begins[-1] <= begins[-2]:
            raise DayMistake(f"{path}:{line}: {clock} does not come after the line before")
    found: list[float] = []
    for line, (row, low, high) in enumerate(zip(rows, begins, [*begins[1:], _DAY_S], strict=True), 2):
        count = _number(path, line, "calls", row["calls"])
        if count > MAX_CALLS:
            raise DayMistake(f"{path}:{line}: {count:.0f} calls, at most {MAX_CALLS} are allowed")
        found += [generator.uniform(low, high) for _ in range(round(count))]
    return found


def _number(path: Path, line: int, column: str, text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise DayMistake(f"{path}:{line}: {column} is {text or ''!r}: write a number from 0 up")
    return value

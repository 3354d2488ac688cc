"""What a condition is made of."""

from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

Value: TypeAlias = str | Decimal | time | date | tuple[str, ...]
"""What a fact can be; weekdays are texts (``mon``)."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Type(StrEnum):
    """What kind of value stands somewhere, as it is called in mistakes."""

    NUMBER = "a number"
    TEXT = "a text"
    ENTERED = "what a caller entered"  # a text, which may be a number
    TIME = "a time"
    DATE = "a date"
    WEEKDAY = "a weekday"
    TEXTS = "several texts"


class FactKind(StrEnum):
    """What can be asked about; the words of the language."""

    VARIABLE = "variable"  # of the call; ``argument`` is its name
    CALLER = "caller"
    DIALLED = "dialled"
    LANGUAGE = "language"
    TAGS = "tags"
    TIME = "time"
    DATE = "date"
    WEEKDAY = "weekday"
    CALLS_IN = "calls_in"  # how often this number called in the last ``argument`` days, this call not counted
    LAST_TICKET = "last_ticket"  # the state of the last ticket of this number, "" when there is none
    LENGTH = "length"  # callers in the queue ``argument``
    STAFFED = "staffed"  # agents on duty who could serve it
    FREE = "free"  # of these, free
    WAIT_S = "wait_s"  # seconds that who asks now would wait; unknown while nobody works


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is asked about. ``column`` (from 1) is where it stands."""

    kind: FactKind
    argument: str = ""
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Constant:
    """A value as it is written."""

    value: Value
    type: Type
    column: int = field(default=0, compare=False)


Operand: TypeAlias = Fact | Constant


@dataclass(frozen=True, slots=True)
class Compare:
    """Two operands, compared."""

    left: Operand
    sign: str
    right: Operand


@dataclass(frozen=True, slots=True)
class Among:
    """The operand is one of some."""

    item: Operand
    of: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """The operand is in a list of numbers that the flow names."""

    item: Operand
    name: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Matches:
    """The operand fits a pattern: ``?`` any one character, ``*`` at the end whatever follows."""

    item: Operand
    pattern: str


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Condition"


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part holds."""

    parts: tuple["Condition", ...]


Condition: TypeAlias = Compare | Among | Listed | Matches | Not | All | Any

"""Whether a condition holds. A fact that is not known makes a comparison neither true nor false."""

import operator
from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any as Anything

from ivr.callers import bare
from ivr.conditions.tree import (
    All,
    Among,
    Any,
    Compare,
    Condition,
    Constant,
    Fact,
    Listed,
    Matches,
    Not,
    Operand,
    Value,
)
from ivr.patterns import fits

_SIGNS: Mapping[str, Callable[[Anything, Anything], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip

Lists = Mapping[str, Collection[str]]


def facts_in(condition: Condition) -> Iterator[Fact]:
    """Walk over the facts that a condition asks about."""
    match condition:
        case All(parts) | Any(parts):
            for part in parts:
                yield from facts_in(part)
        case Not(part):
            yield from facts_in(part)
        case Compare(left, _, right):
            yield from (one for one in (left, right) if isinstance(one, Fact))
        case Among(item, of):
            yield from (one for one in (item, *of) if isinstance(one, Fact))
        case Listed(item) | Matches(item):
            yield from (one for one in (item,) if isinstance(one, Fact))


def lists_in(condition: Condition) -> Iterator[str]:
    """Walk over the lists that a condition names."""
    match condition:
        case All(parts) | Any(parts):
            for part in parts:
                yield from lists_in(part)
        case Not(part):
            yield from lists_in(part)
        case Listed(_, name):
            yield name


def holds(condition: Condition, facts: Mapping[Fact, Value], lists: Lists) -> bool | None:  # noqa: PLR0911 - by kind
    """Return whether a condition holds, or None when that depends on facts that are not there."""
    match condition:
        case All(parts):
            each = [holds(part, facts, lists) for part in parts]
            return False if False in each else None if None in each else True
        case Any(parts):
            each = [holds(part, facts, lists) for part in parts]
            return True if True in each else None if None in each else False
        case Not(part):
            inner = holds(part, facts, lists)
            return None if inner is None else not inner
        case Compare(left, sign, right):
            return _compared(left, sign, right, facts)
        case Among(item, of):
            each = [_equal_or_in(item, one, facts) for one in of]
            return True if True in each else None if None in each else False
        case Listed(item, name):
            value = _value(item, facts)
            return None if value is None else bare(str(value)) in lists.get(name, ())
        case Matches(item, pattern):
            value = _value(item, facts)
            return None if value is None else fits(str(value), pattern)


def _value(operand: Operand, facts: Mapping[Fact, Value]) -> Value | None:
    return operand.value if isinstance(operand, Constant) else facts.get(operand)


def _equal_or_in(item: Operand, one: Operand, facts: Mapping[Fact, Value]) -> bool | None:
    several = _value(one, facts)
    if isinstance(several, tuple):
        value = _value(item, facts)
        return None if value is None else value in several
    return _compared(item, "==", one, facts)


def _compared(left: Operand, sign: str, right: Operand, facts: Mapping[Fact, Value]) -> bool | None:
    one, other = _value(left, facts), _value(right, facts)
    if one is None or other is None:
        return None
    if isinstance(one, Decimal) or isinstance(other, Decimal):  # what was entered counts as a number, if it is one
        one, other = _number(one), _number(other)
        if one is None or other is None:
            return None
    if type(one) is not type(other):
        return None
    return _SIGNS[sign](one, other)


def _number(value: Value) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None

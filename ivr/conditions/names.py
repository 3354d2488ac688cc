"""The facts there are and their types; what is wrong with a condition that reads well."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from calls import Language
from ivr.conditions.tree import (
    All,
    Among,
    Any,
    Compare,
    Condition,
    Constant,
    Fact,
    FactKind,
    Listed,
    Not,
    Operand,
    Type,
)
from ivr.source import did_you_mean

_TYPES = {
    FactKind.VARIABLE: Type.ENTERED, FactKind.CALLER: Type.TEXT, FactKind.DIALLED: Type.TEXT,
    FactKind.LANGUAGE: Type.TEXT, FactKind.TAGS: Type.TEXTS, FactKind.TIME: Type.TIME, FactKind.DATE: Type.DATE,
    FactKind.WEEKDAY: Type.WEEKDAY, FactKind.CALLS_IN: Type.NUMBER, FactKind.LAST_TICKET: Type.TEXT,
    FactKind.LENGTH: Type.NUMBER, FactKind.STAFFED: Type.NUMBER, FactKind.FREE: Type.NUMBER,
    FactKind.WAIT_S: Type.NUMBER,
}  # fmt: skip
_OF_QUEUES = frozenset({FactKind.LENGTH, FactKind.STAFFED, FactKind.FREE, FactKind.WAIT_S})
_ORDERED = frozenset({Type.NUMBER, Type.TIME, Type.DATE})
_TEXTUAL = frozenset({Type.TEXT, Type.ENTERED})
_WORDS = ("caller", "dialled", "language", "tags", "time", "date", "weekday", "calls_in", "last_ticket", "queue")


@dataclass(frozen=True, slots=True)
class Names:
    """What a condition may speak of: the flow's variables and lists of numbers, the queues of the directory."""

    variables: Collection[str] = ()
    lists: Collection[str] = ()
    queues: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong: what, what to do about it, and where (``column`` from 1)."""

    message: str
    remedy: str
    column: int


def problems(condition: Condition, names: Names) -> Iterator[Problem]:
    """Return everything that is wrong with a condition."""
    match condition:
        case All(parts) | Any(parts):
            for part in parts:
                yield from problems(part, names)
        case Not(part):
            yield from problems(part, names)
        case Compare(left, sign, right):
            found = [*_unknown(left, names), *_unknown(right, names)]
            yield from found or _misfits(left, right, ordered=sign not in ("==", "!="))
        case Among(item, of):
            found = [problem for operand in (item, *of) for problem in _unknown(operand, names)]
            yield from found or [problem for one in of for problem in _misfits(item, one, among=True)]
        case Listed(item, name, column):
            yield from _unknown(item, names)
            yield from _no_text(item)
            if name not in names.lists:
                remedy = did_you_mean(name, names.lists, "name it under 'lists:', or write (a, b) in brackets")
                yield Problem(f"there is no list {name!r}", remedy, column)
        case _:
            yield from _unknown(condition.item, names)
            yield from _no_text(condition.item)


def _type(operand: Operand) -> Type:
    return operand.type if isinstance(operand, Constant) else _TYPES[operand.kind]


def _unknown(operand: Operand, names: Names) -> Iterator[Problem]:
    if not isinstance(operand, Fact):
        return
    if operand.kind is FactKind.VARIABLE and operand.argument not in names.variables:
        near = did_you_mean(operand.argument, {*names.variables, *_WORDS})
        remedy = near if near.startswith("did you") else f"put texts in quotes; {near}"
        yield Problem(f"there is no {operand.argument!r}", remedy, operand.column)
    if operand.kind in _OF_QUEUES and operand.argument not in names.queues:
        remedy = did_you_mean(operand.argument, names.queues, "list it in directory.yaml first")
        yield Problem(f"there is no queue {operand.argument!r}", remedy, operand.column)


def _misfits(left: Operand, right: Operand, *, ordered: bool = False, among: bool = False) -> Iterator[Problem]:
    """Return why two operands cannot be compared."""
    one, other = _type(left), _type(right)
    if among and other is Type.TEXTS:
        yield from _no_text(left)
        return
    number = {one, other} == {Type.NUMBER, Type.ENTERED}
    alike = one is other or number or (one in _TEXTUAL and other in _TEXTUAL)
    if not alike or Type.TEXTS in (one, other):
        remedy = "write 'x' in tags" if Type.TEXTS in (one, other) else _written(one)
        yield Problem(f"{one} cannot be compared with {other}", remedy, right.column)
    elif ordered and not number and one not in _ORDERED:
        yield Problem(f"{one} is neither smaller nor greater", "write == or !=, or 'in (…)'", right.column)
    else:
        yield from _languages(left, right)


def _written(kind: Type) -> str:
    examples = {
        Type.NUMBER: "write a number, without quotes", Type.TEXT: "write a text in quotes: '12345'",
        Type.ENTERED: "write a text in quotes, or a number", Type.TIME: "write a time, without quotes: 08:30",
        Type.DATE: "write a date, without quotes: 2026-10-01",
        Type.WEEKDAY: "write mon, tue, wed, thu, fri, sat or sun, without quotes",
    }  # fmt: skip
    return examples.get(kind, "compare what is alike")


def _languages(left: Operand, right: Operand) -> Iterator[Problem]:
    asked = any(isinstance(one, Fact) and one.kind is FactKind.LANGUAGE for one in (left, right))
    for one in (left, right):
        if asked and isinstance(one, Constant) and one.value not in set(Language):
            there = ", ".join(f"'{language.value}'" for language in Language)
            yield Problem(f"there is no language {one.value!r}", f"there are: {there}", one.column)


def _no_text(item: Operand) -> Iterator[Problem]:
    if _type(item) not in _TEXTUAL:
        yield Problem(f"{_type(item)} is no text", "ask for the caller, the number dialled or a variable", item.column)

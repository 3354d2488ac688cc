"""Mistakes in a scenario, in words for people who do not program: line, place, what is wrong, what to write. Pure."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import ValidationError

from simulator.scenario.arriving import ARRIVALS, BEGINS, ENDS
from simulator.scenario.model import NAME, PREFIX, Scenario
from simulator.scenario.steps import KINDS
from simulator.scenario.written import Strict, did_you_mean

Loc = tuple[int | str, ...]
_CLOCK = 'is no time of day: write HH:MM in quotes, like "08:30"'
_FORMS = {
    NAME: "is no name: write letters, digits, - and _, at most 40 of them",
    PREFIX: "cannot begin a number: write one to eight digits, in quotes",
    BEGINS: _CLOCK + ", before 24:00",
    ENDS: _CLOCK + ", at most 24:00",
}
_KEYS = "write its keys under it, each with a value, like {key: value}"
_REMEDIES = {
    "bool": "write true or false",
    "string": 'write a text; digits in quotes, like "12"',
    "int": "write a whole number",
    "float": "write a number, like 2 or 0.5",
    "tuple": "write a list, like [..., ...], or a line with - for each",
    "dict": _KEYS,
    "model": _KEYS,
    "date": "write a date like 2026-11-02",
}
"""By how pydantic's names of mistakes begin."""
_TYPES = {
    "string_type": "this is no text", "tuple_type": "this is no list", "dict_type": "this has no keys",
    "model_type": "this has no keys", "model_attributes_type": "this has no keys",
}  # fmt: skip


def worded(tree: Any, path: Path, error: ValidationError) -> list[str]:
    """Return a line for each mistake, without what only follows from another that is told."""
    found = error.errors(include_url=False)
    locs = [one["loc"] for one in found]
    told = []
    for one in found:
        loc = one["loc"]
        if one["type"] == "too_short" and any(other != loc and other[: len(loc)] == loc for other in locs):
            continue  # what is wrong in a list is not counted by pydantic
        line, names = _place(tree, loc, missing=one["type"] == "missing")
        told.append(f"{path}:{line}: {f'{names}: ' if names else ''}{message(one, loc)}")
    return told


def message(one: Mapping[str, Any], loc: Loc) -> str:
    """Return what is wrong, and what to write instead. ``loc``: where, as pydantic has it."""
    kind, said, given = str(one["type"]), str(one["msg"]), one["input"]
    told = "nothing stands here" if given is None else _TYPES.get(kind, said[:1].lower() + said[1:])
    remedy = _REMEDIES.get(kind.partition("_")[0])
    match kind:
        case "extra_forbidden":
            told, remedy = "there is no such key", _instead(str(loc[-1]), loc[:-1])
        case "missing":
            told = "is missing"
        case "value_error":
            told, remedy = said.removeprefix("Value error, "), None
        case "string_pattern_mismatch":
            told, remedy = f"{given!r} {_FORMS[one['ctx']['pattern']]}", None
        case "too_short":
            told, remedy = "there is nothing in it", "write at least one"
        case "literal_error" | "enum":
            told, remedy = f"{_plain(given)} cannot be written here", f"write {_plain(one['ctx']['expected'])}"
    return f"{told}: {remedy}" if remedy else told


def _plain(value: Any) -> str:
    return str(value).lower() if str(value) in ("True", "False") else str(value)


def _instead(word: str, loc: Loc) -> str:
    """Return which key may be meant, or which there are."""
    if word in KINDS and len(loc) > 1 and loc[-1] in KINDS and isinstance(loc[-2], int):
        return f"{word} is a step of its own, write it as the next one"
    known = list(dict.fromkeys(name for model in _models_at(loc) for name in model.model_fields))
    return did_you_mean(word, known) or f"there are {', '.join(known)}"


def _models_at(loc: Loc) -> list[type[Strict]]:
    """Return which part of a scenario stands at a place."""
    models: list[type[Strict]] = [Scenario]
    named = False  # what comes next is a name that somebody has chosen
    for part in loc:
        if named or isinstance(part, int):
            named = False
            continue
        fields = [model.model_fields[part].annotation for model in models if part in model.model_fields]
        if len(models) > 1:  # one of several: pydantic names which
            models = [model for model in models if model in (KINDS.get(part), ARRIVALS.get(part))]
        elif fields:
            models = list(dict.fromkeys(_models_in(fields)))
            named = get_origin(fields[0]) is dict
    return models


def _models_in(annotations: Iterable[Any]) -> Iterator[type[Strict]]:
    for one in annotations:
        if inspect.isclass(one) and issubclass(one, Strict):
            yield one
        else:
            yield from _models_in(get_args(one))


def _place(tree: Any, loc: Loc, *, missing: bool) -> tuple[int, str]:
    """Return the line of what pydantic means, and its name; its own words (tags of unions) are left out."""
    node, line, names, of_list = tree, 1, "", False
    for before, part in enumerate(loc):
        if (of_list and isinstance(part, str)) or loc[:before] == ("arrivals",):
            of_list = False
            continue  # the kind of a step, or of arrivals
        of_list = isinstance(node, list)
        if _has(node, part):
            line, node = _line(node, part, line), node[part]
        elif not missing or before < len(loc) - 1:
            continue
        names += f"[{int(part) + 1}]" if of_list else f".{part}"
    return line, names.lstrip(".")


def _has(node: Any, part: int | str) -> bool:
    if isinstance(node, list):
        return isinstance(part, int) and part < len(node)
    return isinstance(node, dict) and part in node


def _line(node: Any, part: int | str, otherwise: int) -> int:
    try:
        return int(node.lc.data[part][0]) + 1
    except (AttributeError, KeyError, TypeError, IndexError):
        return otherwise

"""Mistakes in the directory, in words for people who are no programmers: file, line, what is wrong, what to write."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from ruamel.yaml.comments import CommentedBase

from agents.directory import Directory
from agents.words import Place, Strict


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong in a file: where, what, and what to do about it."""

    file: str
    line: int  # 1 is the first
    key: str  # dotted path, "" for the whole file
    message: str
    remedy: str = ""
    column: int = 1  # 1 is the first

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: {self.key}: " if self.key else f"{self.file}:{self.line}: "
        told = where + self.message + (f" ({self.remedy})" if self.remedy else "")
        return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in told)  # one line, always


class DirectoryError(Exception):
    """The directory cannot be used; ``mistakes`` lists everything found."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = list(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in mistakes))


def mistake_at(tree: Any, file: str, place: Place, message: str, remedy: str) -> Mistake:
    """Return a mistake at a place of the file as YAML read it."""
    line, column = spot_of(tree, place)
    return Mistake(file, line, ".".join(str(part) for part in place), message, remedy, column)


def spot_of(tree: Any, place: Place) -> tuple[int, int]:
    """Return line and column of a key, or of its nearest parent that exists."""
    spot, node = (0, 0), tree
    for part in place:
        if not isinstance(node, CommentedBase):
            break
        key = _actual_key(node, part)
        if key is None:
            break
        lc: Any = node.lc
        if isinstance(node, dict) and key not in (lc.data or {}):
            break  # merged in by '<<': stands nowhere itself
        spot = lc.key(key) if isinstance(node, dict) else lc.item(key)
        node = node[key]  # type: ignore[index]
    return int(spot[0]) + 1, int(spot[1]) + 1


def worded(tree: Any, file: str, error: ValidationError) -> list[Mistake]:
    """Return what the model found, without what only follows from something else that is told."""
    found = [dict(each) for each in error.errors()]
    places = [_place(each) for each in found]
    return [
        _worded(tree, file, each, place)
        for each, place in zip(found, places, strict=True)
        if each["type"] != "too_short" or not any(other[: len(place)] == place != other for other in places)
    ]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the question after the likeliest of the known words; "" when none is near."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else ""


def _actual_key(node: Any, part: str | int) -> Any:
    """Return the key as YAML read it: ``2001`` is a number there and text in the model."""
    if isinstance(node, dict):
        if part in node:
            return part
        return next((key for key in node if str(key) == str(part)), None)
    return part if isinstance(part, int) and part < len(node) else None


def _place(error: Mapping[str, Any]) -> Place:
    return tuple(part for part in error["loc"] if part != "[key]" and not str(part).startswith("<"))


def _worded(tree: Any, file: str, error: Mapping[str, Any], place: Place) -> Mistake:
    given, context = error.get("input"), error.get("ctx", {})
    match error["type"]:
        case "missing":
            message, remedy = "is missing", f"add '{place[-1]}:'"
        case "extra_forbidden":
            message = "is not known here"
            remedy = did_you_mean(str(place[-1]), _known_keys(place)) or "remove it or check its spelling"
        case "string_pattern_mismatch":
            message, remedy = f"{given!r} has not the right form", f"expected {_form(place)}"
        case "value_error":
            message, remedy = _parted(str(context["error"]))
        case "literal_error" | "enum":
            message = f"{_short(given)}: {error['msg'][:1].lower()}{error['msg'][1:]}"
            remedy = did_you_mean(str(given), re.findall(r"'(.*?)'", context["expected"])) or "write one of these"
        case kind:
            message, remedy = _type_fault(kind, given, error["msg"]), _remedy(kind, context)
            if place[-1:] == ("needs",):
                remedy = "write {skill: level}, or an expression such as 'general >= 2 and lang.en >= 3'"
    return mistake_at(tree, file, place, message, remedy)


def _parted(told: str) -> tuple[str, str]:
    """Return message and remedy of ``message: remedy``; what was given may hold a colon, too."""
    message, sign, remedy = told.rpartition(": ")
    return (message, remedy) if sign else (remedy, "")


_TYPES = {  # how pydantic's kinds of error begin -> what is wanted, what to write
    "int": ("a whole number", "write a whole number"),
    "float": ("a number", "write a number"),
    "string": ("a text", "write a text, in quotes"),
    "dict": ("a list of 'key: value'", "write 'key: value' lines, indented"),
    "model": ("a list of 'key: value'", "write 'key: value' lines, indented"),
    "tuple": ("a list", "write it in square brackets: [first, second]"),
}


def _type_fault(kind: str, given: object, told: str) -> str:
    if given is None:
        return "is empty"
    if kind == "too_short":
        return f"{_short(given)} names nothing"
    wanted = next((wanted for start, (wanted, _) in _TYPES.items() if kind.startswith(start)), None)
    return f"{_short(given)}: {told[:1].lower()}{told[1:]}" if wanted is None else f"{_short(given)} is not {wanted}"


def _remedy(kind: str, context: Mapping[str, Any]) -> str:
    """Return what to write instead, for the kinds of error that pydantic itself words."""
    bounds = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    for bound, words in bounds.items():
        if bound in context:
            return f"write a number that is {words} {context[bound]:.10g}"
    if kind == "too_short":
        return "name at least one"
    return next((remedy for start, (_, remedy) in _TYPES.items() if kind.startswith(start)), "see docs/queues.md")


_RULE = "'back', 'department:<key>', 'voicemail', 'voicemail:<box>' or 'ticket'"


def _form(place: Place) -> str:
    forms = {"code": 'two digits, such as "01"', "pin": "four to eight digits", "number": "digits only",
             "to": "'queue:<key>', 'department:<key>' or 'voicemail'",
             **dict.fromkeys(("closed", "busy", "no_answer"), _RULE)}  # fmt: skip
    return forms.get(str(place[-1]), "three to eight digits" if place[0] == "people" else "digits only")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _known_keys(place: Place) -> list[str]:
    model: type[Strict] = Directory
    for part in place[:-1]:
        field = model.model_fields.get(str(part))
        if field is None:
            continue  # a key chosen by the author: its model was found one step before
        inner = _model_in(field.annotation)
        if inner is None:
            return []
        model = inner
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[Strict] | None:
    if isinstance(annotation, type) and issubclass(annotation, Strict):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_in(argument)
        if found is not None:
            return found
    return None

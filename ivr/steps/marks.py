"""Finds what a model's fields refer to by marks in their types, so that no list of keys need be kept beside them.

``then: Annotated[Name, Refers.STEP]`` names a step; the mark is found through optional fields, lists, mappings (keys
and values) and models within models.
"""

import functools
import types
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

Found: TypeAlias = Iterator[tuple[tuple[str, ...], Any]]


class Refers(StrEnum):
    """What a text in a flow is the name of."""

    STEP = "step"
    CHOICE = "choice"  # a step, or a word like "back"
    PROMPT = "prompt"
    TEXT = "text"  # what is to be said, written just there
    CONDITION = "condition"  # an expression
    PIN = "pin"  # a PIN that is asked for
    LOOKUP = "lookup"  # a question to a database, of the settings
    FILLED = "filled"  # a text with marks that are filled from the call
    QUEUE = "queue"
    SKILL = "skill"
    DEPARTMENT = "department"
    BOX = "box"  # of voicemail
    HOTLINE = "hotline"
    CALENDAR = "calendar"
    FLOW = "flow"
    FILLS = "fills"  # a variable that is given a value here
    READS = "reads"  # a variable that must have been given one


def marked(model: BaseModel, *marks: Refers) -> Found:
    """Walk over what bears one of these marks: (place in the YAML, value)."""
    for name, hint in _hints(type(model)).items():
        field = type(model).model_fields.get(name)
        if field is not None:
            yield from _within(hint, getattr(model, name), (field.alias or name,), marks)


@functools.cache
def _hints(model: type[BaseModel]) -> Mapping[str, Any]:
    return get_type_hints(model, include_extras=True)


def _within(hint: Any, value: Any, place: tuple[str, ...], marks: tuple[Refers, ...]) -> Found:
    """Walk over what bears a mark in a value of this type."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        if any(note is mark for note in arguments[1:] for mark in marks):
            yield place, value
        else:
            yield from _within(arguments[0], value, place, marks)
    elif origin in (Union, types.UnionType):
        for argument in arguments:
            if _may_be(argument, value):
                yield from _within(argument, value, place, marks)
    elif isinstance(value, BaseModel):
        for inner, found in marked(value, *marks):
            yield (*place, *inner), found
    else:
        for key, part, inner_hint in _parts(value, arguments):
            yield from _within(inner_hint, part, (*place, key), marks)


def _parts(value: Any, arguments: tuple[Any, ...]) -> Iterator[tuple[str, Any, Any]]:
    """Return the parts of a mapping (its keys, too) or a list: (key in the YAML, part, its type)."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key), key, arguments[0]
            yield str(key), inner, arguments[1]
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield str(index), inner, arguments[0]


def _may_be(hint: Any, value: Any) -> bool:
    """Whether a value can be that part of a union."""
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) in (Union, types.UnionType):
        return any(_may_be(part, value) for part in get_args(hint))
    plain = get_origin(hint) or hint
    return isinstance(plain, type) and isinstance(value, plain)

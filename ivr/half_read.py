"""What else is wrong in a flow that cannot be read as a whole: names that are not there, texts that are missing.

A misspelt key in one step must not hide a dangling name in another, so that all mistakes are told at once. Steps that
cannot be read are looked at as they are written, by the marks of their kind; the rest is checked like any flow.
"""

import functools
import itertools
import types
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError

from ivr import ways
from ivr.checker import within
from ivr.known import Known
from ivr.mistakes import FlowMistake
from ivr.model import Flow
from ivr.source import Place, Source, closest, did_you_mean
from ivr.steps import STEPS, WORDS, Refers

Named = tuple[Refers, tuple[str, ...], str]
"""What a text is the name of, its place, the text."""

_REMEDIES = {
    Refers.STEP: "write it under 'steps:'",
    Refers.PROMPT: "write its text under 'prompts:'",
    Refers.READS: "add a step that keeps it (do: collect, set or lookup) before it",
}
_NOWHERE = ""  # no step has this name
_LISTED = "list it in directory.yaml first"


def more_mistakes(source: Source, known: Known) -> tuple[Iterator[FlowMistake], Iterator[FlowMistake]]:
    """Return mistakes beside those of spelling, and what is doubtful."""
    named = list(_all_names(source.tree))
    flow = _readable(source.tree)
    wrong = _wrong_names(source, known, named)
    if flow is None:
        return wrong, iter(())
    there = _there(source.tree, named, known)
    whole = replace(known, prompts=frozenset(there[Refers.PROMPT]))
    texts = within(flow, source, whole, there[Refers.READS])
    also = [closest(name, list(flow.steps)) for kind, _, name in named if kind in (Refers.STEP, Refers.CHOICE)]
    doubts = ways.unreached(flow, source, also=[name for name in also if name is not None])
    return itertools.chain(wrong, texts, ways.loops(flow, source)), doubts


def _wrong_names(source: Source, known: Known, named: list[Named]) -> Iterator[FlowMistake]:
    there = _there(source.tree, named, known)
    for kind, place, name in named:
        names = there.get(kind)
        if names is not None and name not in names:
            what = Refers.STEP if kind is Refers.CHOICE else kind
            words = f"no step collects {name!r}" if kind is Refers.READS else f"there is no {what} {name!r}"
            yield source.mistake(place, words, did_you_mean(name, names, _REMEDIES.get(kind, _LISTED)))


def _there(tree: Mapping[str, Any], named: list[Named], known: Known) -> dict[Refers, Collection[str]]:
    """Return the names that may be used, by what they are names of."""
    return {
        Refers.STEP: set(_part(tree, "steps")),
        Refers.CHOICE: set(_part(tree, "steps")) | WORDS,
        Refers.PROMPT: set(_part(tree, "prompts")) | known.prompts,
        Refers.QUEUE: known.queues,
        Refers.SKILL: known.skills,
        Refers.DEPARTMENT: known.departments,
        Refers.HOTLINE: known.hotlines,
        Refers.CALENDAR: {*_part(tree, "calendars"), *known.calendars},
        Refers.READS: {name for kind, _, name in named if kind is Refers.FILLS},
    }


def _all_names(tree: Mapping[str, Any]) -> Iterator[Named]:
    for key in ("start", "person"):
        if isinstance(name := tree.get(key), str):
            yield Refers.STEP, (key,), name
    for language, name in _part(tree, "person_in").items():
        if isinstance(name, str):
            yield Refers.STEP, ("person_in", language), name
    for step_name, step in _part(tree, "steps").items():
        model = STEPS.get(str(step.get("do"))) if isinstance(step, dict) else None
        if model is not None:
            yield from _of_model(model, step, ("steps", step_name))


def _part(tree: Mapping[str, Any], key: str) -> dict[str, Any]:
    part = tree.get(key)
    return part if isinstance(part, dict) else {}


def _of_model(model: type[BaseModel], written: Mapping[str, Any], place: tuple[str, ...]) -> Iterator[Named]:
    hints = _hints(model)
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key in written:
            yield from _within(hints[name], written[key], (*place, key))
        elif key == "prompts" and "prompt" in written:  # its short form
            yield from _within(hints[name], [written["prompt"]], (*place, key))


@functools.cache
def _hints(model: type[BaseModel]) -> Mapping[str, Any]:
    return get_type_hints(model, include_extras=True)


def _within(hint: Any, value: Any, place: tuple[str, ...]) -> Iterator[Named]:
    """Walk over what is written, along the type that it should have had; what does not fit is passed over."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        kind = next((note for note in arguments[1:] if isinstance(note, Refers)), None)
        if kind is None:
            yield from _within(arguments[0], value, place)
        elif isinstance(value, str):
            yield kind, place, value
    elif origin in (Union, types.UnionType):
        for argument in arguments:
            yield from _within(argument, value, place)
    elif origin is not None and isinstance(value, dict) and len(arguments) == 2:
        for key, inner in value.items():
            yield from _within(arguments[0], key, (*place, key))
            yield from _within(arguments[1], inner, (*place, key))
    elif origin in (tuple, list) and isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _within(arguments[0], inner, (*place, str(index)))
    elif isinstance(hint, type) and issubclass(hint, BaseModel) and isinstance(value, dict):
        yield from _of_model(hint, value, place)


def _readable(tree: Mapping[str, Any]) -> Flow | None:
    """Return the flow without the parts that cannot be read, or None when hardly anything is left."""
    rest: dict[str, Any] = {key: value for key, value in tree.items() if key in Flow.model_fields}
    rest |= {key: dict(_part(tree, key)) for key in ("steps", "prompts")}
    first = next(iter(rest["steps"]), "none")
    rest = {"name": "none", "start": first, "person": first, **rest}
    person = tree.get("person")
    for _ in range(3):  # what is left out may make other things wrong, not for ever
        try:
            flow = Flow.model_validate(rest)
            return flow if flow.person == person else flow.model_copy(update={"person": _NOWHERE})
        except ValidationError as error:
            for one in error.errors():
                _leave_out(rest, one["loc"])
    return None


def _leave_out(rest: dict[str, Any], loc: Place) -> None:
    if len(loc) > 1 and loc[0] in ("steps", "prompts"):
        rest[str(loc[0])].pop(str(loc[1]), None)
    elif loc and loc[0] in ("name", "start", "person"):
        rest[str(loc[0])] = next(iter(rest["steps"]), "none")
    elif loc:
        rest.pop(str(loc[0]), None)

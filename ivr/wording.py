"""What pydantic complains of, in words for people who write YAML and no programs: what is wrong, and what to write."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from ivr.mistakes import FlowMistake
from ivr.source import Place, Source, did_you_mean
from ivr.steps import STEPS, Strict

_WIDE_COLON = "the full-width '：' is no ':': type ':' and a space"
_LINES = "write 'key: value' lines below it, indented"

_OWN_MARKS = frozenset(
    {"[key]", "[name]", "[text]", "[switch]", "[file]", "[list]"}
)  # pydantic's, and those of our unions

# (beginning of pydantic's kind of error, what is wrong, what to do), the first that fits counts
_KINDS = (
    ("bool", "is neither true nor false", "write true or false"),
    ("int", "is no whole number", "write a number, without quotes and without unit"),
    ("float", "is no number", "write a number, without quotes and without unit"),
    ("finite_number", "is no number", "write a number, without quotes and without unit"),
    ("string_too_short", "is empty", "write something"),
    ("string_too_long", "is too long", "make it shorter"),
    ("string", "is no text", "write a text, in quotes if it looks like a number"),
    ("date", "is no date", "write a date like 2026-10-01"),
    ("tuple", "is no list", "write it in brackets: [one, two]"),
    ("frozen_set", "is no list", "write it in brackets: [one, two]"),
    ("list", "is no list", "write it in brackets: [one, two]"),
    ("model", "is not what belongs here", _LINES),
    ("dict", "is not what belongs here", _LINES),
    ("mapping", "is not what belongs here", _LINES),
    ("too_short", "is empty", "write something here"),
    ("too_long", "is too long", "make it shorter"),
)

_PROMPTS = frozenset({"prompt", "prompts", "short", "thanks", "review", "confirm", "greeting"})

_FORMS = {
    "from": 'write a time like "08:30"',
    "to": 'write a time like "17:30", or "24:00" for midnight',
    "patterns": 'write digits, ? for any one, * at the end for whatever follows: "138*"',
    "lists": "write numbers in brackets, or the name of a file beside this one, like elderly.csv",
    "callers": "name lists that stand under 'lists:'",
    "days": "write days like mon-fri, or sat,sun, or workdays, or all",
}


def worded(source: Source, error: ValidationError, root: type[Strict]) -> Iterator[FlowMistake]:
    """Return one mistake for each thing that the model ``root`` refused."""
    seen: set[tuple[Place, str]] = set()
    errors = error.errors()
    wrong_within = {one["loc"][:depth] for one in errors for depth in range(len(one["loc"]))}
    for one in errors:
        if one["type"] == "too_short" and one["loc"] in wrong_within:
            continue  # it only seems empty: what is in it was refused
        place = _place(one["loc"])
        message, remedy, place = _words(source, dict(one), place, root)
        if (place, message) not in seen:
            seen.add((place, message))
            yield source.mistake(place, message, remedy)


def _words(  # noqa: PLR0911 - one case a kind of error
    source: Source, one: Mapping[str, Any], place: Place, root: type[Strict]
) -> tuple[str, str, Place]:
    given, context = one["input"], one.get("ctx", {})
    match one["type"]:
        case "missing":
            return "is missing", f"add '{place[-1]}:'", place
        case "extra_forbidden":
            key = str(place[-1])
            near = did_you_mean(key, _known_keys(source, place, root), "remove it")
            return "is not known here", _WIDE_COLON if "：" in key else near, place
        case "union_tag_invalid" | "union_tag_not_found":
            do = given.get("do") if isinstance(given, dict) else None
            if do is None:
                return "does not say what to do", f"add 'do:', one of: {', '.join(STEPS)}", place
            return f"{_short(do)} is no kind of step", _step(str(do)), (*place, "do")
        case "string_pattern_mismatch":
            return f"{_short(given)} has not the right form", _form(place, given), place
        case "value_error":
            message, _, remedy = str(context["error"]).partition(": ")
            return message, remedy, place
        case "enum" | "literal_error":
            return f"{_short(given)} is not known here", f"write one of: {context['expected']}", place
        case "model_type" if isinstance(given, str) and not given.isascii() and _is_text(place) and "：" not in given:
            return f"{_short(given)} does not say its language", f"write it like {{zh: {given[:20]}}}", place
        case kind:
            return *_by_kind(kind, given, context, str(one["msg"])), place


def _by_kind(kind: str, given: object, context: Mapping[str, Any], said: str) -> tuple[str, str]:
    bounds = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    for bound, words in bounds.items():
        if bound in context:
            return f"{_short(given)} is out of bounds", f"write a number that is {words} {context[bound]:g}"
    for start, message, remedy in _KINDS:
        if kind.startswith(start):
            if given is None:
                return "has nothing behind its ':'", remedy
            wide = isinstance(given, str) and "：" in given
            return (
                f"{_short(given)} {message}",
                "the full-width '：' is no ':': type ':' and a space" if wide else remedy,
            )
    return f"{_short(given)}: {said[:1].lower()}{said[1:]}", "see docs/flows.md"


def _step(word: str) -> str:
    return did_you_mean(word, STEPS)


def _place(loc: tuple[int | str, ...]) -> Place:
    """Return the place in the YAML: marks that are not written there (a step's tag, ``[key]``) left out."""
    place = tuple(part for part in loc if part not in _OWN_MARKS)
    if len(place) > 2 and place[0] == "steps" and place[2] in STEPS:
        place = (*place[:2], *place[3:])
    return place


def _known_keys(source: Source, place: Place, root: type[Strict]) -> list[str]:
    """Return the keys that may stand beside the last one of ``place``."""
    model: type[Strict] | None = root
    for index, part in enumerate(place[:-1]):
        if index == 1 and place[0] == "steps":
            model = STEPS.get(str(source.at((*place[:2], "do"))))
        elif model is not None and (field := _field(model, str(part))) is not None:
            model = next(_models_in(field.annotation), None)
        if model is None:
            return []
    return [] if model is None else [field.alias or name for name, field in model.model_fields.items()]


def _field(model: type[Strict], key: str) -> Any:
    return next((field for name, field in model.model_fields.items() if key in (name, field.alias)), None)


def _models_in(annotation: Any) -> Iterator[type[Strict]]:
    if isinstance(annotation, type) and issubclass(annotation, Strict):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _models_in(argument)


def _is_text(place: Place) -> bool:
    """Whether a text in each language belongs here."""
    return place[-1] == "text" or (len(place) == 2 and place[0] == "prompts")


def _form(place: Place, given: object) -> str:
    keys = [str(part) for part in place if not str(part).isdigit()]
    if place and place[0] == "numbers" and keys[-1] in ("numbers", "number"):
        return "write digits only, without spaces"
    if place and place[0] == "lists":
        return "write digits only, without spaces" if len(place) > 2 else _FORMS["lists"]
    if keys and keys[-1] in _PROMPTS and not str(given).isascii():
        return f"name a prompt, or write the text in its language: {{zh: {str(given)[:20]}}}"
    name = "use letters a-z, digits and _ , beginning with a letter, at most 60"
    return _FORMS.get(keys[-1], name) if keys else name


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."

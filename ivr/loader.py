"""From a YAML file to a ``Flow``, or to a list of everything that is wrong with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ivr.checker import check
from ivr.known import Known
from ivr.mistakes import FlowErrors, FlowMistake
from ivr.model import Flow
from ivr.source import Place, Source, did_you_mean, parse_source, read_source
from ivr.steps import (
    ChooseLanguage,
    Collect,
    Exit,
    Goto,
    HangUp,
    Hours,
    Menu,
    Period,
    Queue,
    Say,
    Strict,
    TicketState,
    Transfer,
    Voicemail,
)

_STEPS: dict[str, type[Strict]] = {
    "say": Say, "menu": Menu, "collect": Collect, "language": ChooseLanguage, "hours": Hours,
    "ticket_state": TicketState, "queue": Queue, "voicemail": Voicemail, "transfer": Transfer, "goto": Goto,
    "hangup": HangUp,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loaded:
    """A flow that may be used, and what is doubtful about it."""

    flow: Flow
    warnings: tuple[FlowMistake, ...] = ()


def load_flow(path: Path, known: Known) -> Loaded:
    """Return the flow in a file; raises ``FlowErrors`` with every mistake found."""
    return _flow(read_source(path), known)


def parse_flow(text: str | bytes, known: Known, file: str = "flow.yaml") -> Loaded:
    """The same for a text."""
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return _flow(parse_source(raw, file), known)


def _flow(source: Source, known: Known) -> Loaded:
    try:
        flow = Flow.model_validate(_plain(source.tree))
    except ValidationError as error:
        raise FlowErrors(list(_worded(source, error))) from error
    mistakes, warnings = check(flow, source, known)
    if mistakes:
        raise FlowErrors(mistakes)
    return Loaded(flow, tuple(warnings))


def _plain(node: Any) -> Any:  # noqa: PLR0911 - one case a type
    """Return the tree in plain types: ruamel's scalars carry style that pydantic need not know; keys become text."""
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_plain(value) for value in node]
    if isinstance(node, str):
        return str(node)
    if isinstance(node, bool) or node is None:
        return node
    if isinstance(node, int):
        return int(node)
    if isinstance(node, float):
        return float(node)
    return node


def _worded(source: Source, error: ValidationError) -> Iterable[FlowMistake]:
    for one in error.errors():
        place = _place(one["loc"])
        match one["type"]:
            case "missing":
                yield source.mistake(place, "is missing", f"add '{place[-1]}:'")
            case "extra_forbidden":
                remedy = did_you_mean(str(place[-1]), _known_keys(source, place)) or "remove it"
                yield source.mistake(place, "is not known here", remedy)
            case "union_tag_invalid" | "union_tag_not_found":
                given = one["input"].get("do") if isinstance(one["input"], dict) else None
                remedy = did_you_mean(str(given), _STEPS) if given else f"add 'do:', one of: {', '.join(_STEPS)}"
                message = f"{given!r} is no step" if given else "does not say what to do"
                yield source.mistake((*place, "do") if given else place, message, remedy)
            case "string_pattern_mismatch":
                yield source.mistake(place, f"{_short(one['input'])} has not the right form", _form(place))
            case "value_error":
                message, _, remedy = str(one["ctx"]["error"]).partition(": ")
                yield source.mistake(place, message, remedy)
            case _:
                message = one["msg"][:1].lower() + one["msg"][1:]
                yield source.mistake(place, f"{_short(one['input'])}: {message}")


def _place(loc: tuple[int | str, ...]) -> Place:
    """Return the place in the YAML: pydantic's own marks (a step's tag, ``[key]``) left out."""
    place = tuple(part for part in loc if part != "[key]")
    if len(place) > 2 and place[0] == "steps" and place[2] in _STEPS:
        place = (*place[:2], *place[3:])
    return place


def _known_keys(source: Source, place: Place) -> list[str]:
    model: type[Strict] = Flow
    if len(place) >= 3 and place[0] == "steps":
        step = source.tree["steps"][next(k for k in source.tree["steps"] if str(k) == place[1])]
        model = _STEPS.get(str(step.get("do")), Strict)
        if place[2] in ("no_input", "no_match") and len(place) > 3:
            model = Exit
        elif place[2] == "open" and len(place) > 3:
            model = Period
    return [field.alias or name for name, field in model.model_fields.items()]


def _form(place: Place) -> str:
    last = str(place[-1]) if place else ""
    if last in ("from", "to"):
        return 'write a time like "08:30"'
    if last == "days":
        return "write days like mon-fri, sat,sun, workdays or all"
    return "use letters, digits and _ (beginning with a letter)"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."

"""What changes for callers when one set of flows takes another's place, in sentences. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from calls import Language
from ivr.model import Flow
from ivr.picture import shortened
from ivr.steps import Spoken, prompts_of, targets

_MOST = 60  # characters of a text
_WORDS = {
    "when_open": "while it is open", "when_closed": "while it is closed", "nobody_staffed": "when nobody is there",
    "no_input.then": "after nothing was pressed", "no_match.then": "after wrong keys",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """Something that changes: in which flow, at what (``step welcome``, ``prompt greeting``, ``numbers``), in words."""

    flow: str
    what: str
    text: str

    def __str__(self) -> str:
        return f"{self.flow}: {self.what}: {self.text}" if self.what else f"{self.flow}: {self.text}"


def compare(old: Sequence[Flow], new: Sequence[Flow]) -> list[Change]:
    """Return every change for callers."""
    before, after = ({flow.name: flow for flow in flows} for flows in (old, new))
    found: list[Change] = []
    for name, flow in after.items():
        if name not in before:
            found.append(Change(name, "", f"is new; it answers {_numbers(flow)}"))
        else:
            found += _flow(before[name], flow)
    found += [Change(name, "", "is gone") for name in before if name not in after]
    return [*found, *_answered(old, new)]


def prompt_changes(old: Mapping[str, Spoken], new: Mapping[str, Spoken], said: Mapping[str, list[str]]) -> list[str]:
    """Return the changes of prompts' texts; ``said`` tells in which steps each is said."""
    found: list[str] = []
    for name in dict.fromkeys([*new, *old]):
        for language in Language:
            before = old[name].in_language(language) if name in old else None
            after = new[name].in_language(language) if name in new else None
            if before == after:
                continue
            steps = said.get(name, [])
            where = f", said in {', '.join(steps)}" if steps else ""
            found.append(f"{name} ({language.value}{where}): {_text(after)} instead of {_text(before)}")
    return found


def _numbers(flow: Flow) -> str:
    parts = [*flow.dialled, *(["all numbers that no flow names"] if flow.default else [])]
    return ", ".join(parts) or "no number"


def _answered(old: Sequence[Flow], new: Sequence[Flow]) -> Iterator[Change]:
    """Which flow answers each number."""
    before, after = _answering(old), _answering(new)
    for number in dict.fromkeys([*after, *before]):
        was, now = before.get(number), after.get(number)
        if was == now:
            continue
        what = f"number {number}" if number else "all numbers that no flow names"
        if now is None:
            yield Change(was or "", what, "is not answered here any more")
        else:
            yield Change(now, what, f"is answered by {now}" + (f" instead of {was}" if was else "; it was by none"))


def _answering(flows: Sequence[Flow]) -> dict[str, str]:
    found = {number: flow.name for flow in flows for number in flow.dialled}
    found.update(("", flow.name) for flow in flows if flow.default)
    return found


def _flow(old: Flow, new: Flow) -> Iterator[Change]:
    for key in ("start", "person"):
        if (was := getattr(old, key)) != (now := getattr(new, key)):
            yield Change(new.name, key, f"{now} instead of {was}")
    known = {"name", "start", "person", "prompts", "steps", "numbers", "default"}
    before, after = (flow.model_dump(mode="json", by_alias=True, exclude=known) for flow in (old, new))
    before["numbers"], after["numbers"] = (_tags(flow) for flow in (old, new))
    for place, was, now in _values(before, after):
        yield Change(new.name, place, f"{_value(now)} instead of {_value(was)}")
    for name, step in new.steps.items():
        if name not in old.steps:
            yield Change(new.name, f"step {name}", f"is new: {step.do}{_leads(step)}")
    for name in old.steps:
        if name not in new.steps:
            yield Change(new.name, f"step {name}", "is gone")
    for name in new.steps:
        if name in old.steps and old.steps[name] != new.steps[name]:
            what = f"{'menu' if new.steps[name].do == 'menu' else 'step'} {name}"
            yield from (Change(new.name, what, text) for text in _step(old.steps[name], new.steps[name]))
    said: dict[str, list[str]] = {}
    for name, step in new.steps.items():
        for prompt in dict.fromkeys(prompts_of(step).values()):
            said.setdefault(prompt, []).append(name)
    yield from (Change(new.name, "prompt", text) for text in prompt_changes(old.prompts, new.prompts, said))


def _tags(flow: Flow) -> dict[str, Any]:
    """Return what a flow says of each number, but for those of which it says nothing."""
    told = {one.number: one.model_dump(mode="json", exclude={"number"}, exclude_defaults=True) for one in flow.numbers}
    return {number: tags for number, tags in told.items() if tags}


def _leads(step: Any) -> str:
    to = list(dict.fromkeys(targets(step).values()))
    return f", leads to {', '.join(to)}" if to else ""


def _step(old: Any, new: Any) -> Iterator[str]:
    if old.do != new.do:
        yield f"is a {new.do} step instead of {old.do}{_leads(new)}"
        return
    before, after = targets(old), targets(new)
    for key in dict.fromkeys([*after, *before]):
        was, now = before.get(key), after.get(key)
        if was != now:
            yield _way(key, was, now)
    named = {*before, *after}
    values = (step.model_dump(mode="json", by_alias=True) for step in (old, new))
    for place, was_value, now_value in _values(*values):
        if place not in named:
            yield f"{place} is {_value(now_value)} instead of {_value(was_value)}"


def _way(key: str, was: str | None, now: str | None) -> str:
    digit = key.removeprefix("choices.")
    taken = f"key {digit}" if digit != key else _WORDS.get(key, key.replace("_", " ").replace(".", " "))
    if now is None:
        return f"{taken} leads nowhere any more (it led to {was})"
    return f"{taken} is new and leads to {now}" if was is None else f"{taken} leads to {now} instead of {was}"


def _values(old: Any, new: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Return the places at which two values differ, with both values; lists are compared as a whole."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*new, *old]):
            yield from _values(old.get(key), new.get(key), f"{place}.{key}" if place else str(key))
    elif old != new:
        yield place, old, new


def _value(value: Any) -> str:  # noqa: PLR0911 - one case a kind of value
    if value in (None, "", [], {}):
        return "none"
    match value:
        case bool():
            return str(value).lower()
        case {"days": days, "from": start, "to": end}:
            return f"{days} {start}-{end}"
        case list():
            return ", ".join(_value(one) for one in value)
        case dict():
            return json.dumps(value, ensure_ascii=False)
        case float():
            return f"{value:g}"
    return shortened(str(value), _MOST)


def _text(text: str | None) -> str:
    return "no text" if text is None else f"“{shortened(text, _MOST)}”"


def grouped(changes: Iterable[Change]) -> dict[str, list[Change]]:
    """Return changes by flow, in order."""
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change.flow, []).append(change)
    return found

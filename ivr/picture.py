"""A flow as a tree that can be drawn: each step once, under the step that leads to it soonest; other ways to it refer
back. Pure."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from calls import Language
from ivr.model import Flow
from ivr.steps import BaseStep, Refers, Spoken, When, marked, targets

_PERSON_KEY = "0"
_MOST = 60  # characters of a condition
_WORDS = {
    "next": "", "no_input.then": "nothing pressed", "no_match.then": "wrong keys", "when_open": "open",
    "when_closed": "closed", "nobody_staffed": "nobody there",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """A way from a step to another: ``label`` says when it is taken ("" always). ``step`` is drawn there, unless the
    way only refers to it."""

    label: str
    target: str
    step: "Drawn | None" = None


@dataclass(slots=True)
class Drawn:
    """A step of the picture. ``kind`` is what stands behind ``do:``, ``text`` the prompt that is said first."""

    name: str
    kind: str
    text: str
    ways: list[Way] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole flow. ``roots``: its start, then steps that nothing from there leads to (a person's step, say)."""

    flow: Flow
    roots: Sequence[Drawn]

    @property
    def steps(self) -> Iterator[tuple[Drawn, int]]:
        """Every step with its depth, parents first, in the order in which they are read."""
        todo = [(root, 0) for root in reversed(self.roots)]
        while todo:
            drawn, depth = todo.pop()
            yield drawn, depth
            todo += [(way.step, depth + 1) for way in reversed(drawn.ways) if way.step is not None]


def picture_of(flow: Flow, language: Language = Language.ZH) -> Picture:
    """Return a flow's picture, with texts in a language where there are some."""
    drawn: dict[str, Drawn] = {}
    roots: list[Drawn] = []
    for root in (flow.start, flow.person, *flow.person_in.values(), *flow.steps):
        if root in drawn or root not in flow.steps:
            continue
        roots.append(_step(flow, root, language))
        drawn[root] = roots[-1]
        todo = deque([roots[-1]])
        while todo:
            step = todo.popleft()
            for label, target in _ways(flow, step.name):
                found = None
                if target not in drawn and target in flow.steps:
                    found = drawn[target] = _step(flow, target, language)
                    todo.append(found)
                step.ways.append(Way(label, target, found))
    return Picture(flow, roots)


def _ways(flow: Flow, name: str) -> list[tuple[str, str]]:
    """Return the ways out of a step, those to one target under one label."""
    labels: dict[str, list[str]] = {}
    conditions = _conditions(flow.steps[name])
    for key, target in targets(flow.steps[name]).items():
        labels.setdefault(target, []).append(conditions.get(key) or _label(key))
    return [(", ".join(dict.fromkeys(label for label in said if label)), target) for target, said in labels.items()]


def _conditions(step: BaseStep) -> dict[str, str]:
    """Return by which key each condition leads where, in its own words."""
    if not isinstance(step, When):
        return {}
    keys = ["then"] if step.condition is not None else []
    keys += [f"branches.{index}.then" for index in range(len(step.branches))]
    return {key: shortened(text, _MOST) for key, (text, _) in zip(keys, step.ways(), strict=True)}


def _label(key: str) -> str:
    if key in _WORDS:
        return _WORDS[key]
    return key.removeprefix("choices.").removesuffix(".then").replace("_", " ").replace(".", " ")


def _step(flow: Flow, name: str, language: Language) -> Drawn:
    step = flow.steps[name]
    said = next((one for _, one in marked(step, Refers.PROMPT, Refers.TEXT)), None)
    spoken = said if isinstance(said, Spoken) else flow.prompts.get(said or "")
    texts = [spoken.in_language(one) for one in (language, *Language)] if spoken is not None else []
    text = next((text for text in texts if text), "")
    return Drawn(name, step.do, text or _about(step))


def _about(step: object) -> str:
    """Return what a step without a text of its own is about: the queue, the department, a prompt of the system, …"""
    for key in ("queue", "department", "hotline", "calendar", "flow", "box", "language", "number", "prompt"):
        value = getattr(step, key, None)
        if isinstance(value, str):
            return f"{key} {value}"
    return ""


def heading(flow: Flow) -> str:
    """Return what a flow is, in a line: its name, the numbers it answers, and where key 0 leads."""
    numbers = ", ".join(flow.dialled)
    answered = " and ".join(part for part in (numbers, "all other numbers" if flow.default else "") if part)
    return f"{flow.name} (answers {answered or 'no number'}; key {_PERSON_KEY}: {flow.person})"


def shortened(text: str, most: int) -> str:
    """Return a text on one line, cut where it is longer than ``most``."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"

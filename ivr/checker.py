"""Whether a flow that reads well also works: names that exist, texts in all languages, ways that end (``ivr.ways``)."""

import itertools
from collections.abc import Collection, Iterator

from calls import Language
from ivr import ways
from ivr.known import Known
from ivr.mistakes import FlowMistake
from ivr.model import Flow
from ivr.source import Place, Source, did_you_mean
from ivr.speech.template import slots
from ivr.steps import ChooseLanguage, Refers, Say, marked, prompts_of, targets

_MOST = 200  # dangling names that are told at once
_LISTED = "list it in directory.yaml first"
_TEXT = "write its text under 'prompts:'"
_COLLECT = "add a step with 'do: collect' before it"


def check(flow: Flow, source: Source, known: Known) -> tuple[list[FlowMistake], list[FlowMistake]]:
    """Return mistakes (the flow cannot be used) and warnings (it can, but look at them)."""
    dangling = list(itertools.islice(_targets(flow, source), _MOST))
    mistakes = [*dangling, *_outside(flow, source, known), *_languages(flow, source), *_prompts(flow, source, known)]
    if dangling:
        return mistakes, []  # ways that lead nowhere cannot be followed
    mistakes += [*ways.loops(flow, source), *ways.persons(flow, source)]
    warnings = [*ways.unreached(flow, source), *ways.without_person(flow, source), *_unsaid(flow, source)]
    return mistakes, [*warnings, *_unspoken(flow, source, known)]


def languages_and_texts(flow: Flow, source: Source, prompts: Collection[str]) -> Iterator[FlowMistake]:
    """Return what is wrong with languages and texts of a part of a flow; ``prompts`` are those of the whole."""
    yield from _languages(flow, source)
    yield from _prompts(flow, source, Known(prompts=frozenset(prompts)))


def _targets(flow: Flow, source: Source) -> Iterator[FlowMistake]:
    """Every step named is there."""
    for key in ("start", "person"):
        if getattr(flow, key) not in flow.steps:
            name = getattr(flow, key)
            yield source.mistake((key,), f"there is no step {name!r}", did_you_mean(name, flow.steps))
    for language, name in flow.person_in.items():
        if name not in flow.steps:
            place = ("person_in", language.value)
            yield source.mistake(place, f"there is no step {name!r}", did_you_mean(name, flow.steps))
    for step_name, step in flow.steps.items():
        for key, target in targets(step).items():
            if target not in flow.steps:
                at: Place = ("steps", step_name, *key.split("."))
                yield source.mistake(at, f"there is no step {target!r}", did_you_mean(target, flow.steps))


def _outside(flow: Flow, source: Source, known: Known) -> Iterator[FlowMistake]:
    """Queues, skills and departments are those of the directory; what is read of a call was filled by some step."""
    outside = {Refers.QUEUE: known.queues, Refers.SKILL: known.skills, Refers.DEPARTMENT: known.departments}
    filled = {name for step in flow.steps.values() for _, name in marked(step, Refers.FILLS)}
    for step_name, step in flow.steps.items():
        for kind, names in outside.items():
            for place, name in marked(step, kind):
                if name not in names:
                    at: Place = ("steps", step_name, *place)
                    yield source.mistake(at, f"there is no {kind} {name!r}", did_you_mean(name, names, _LISTED))
        for place, name in marked(step, Refers.READS):
            if name not in filled:
                at = ("steps", step_name, *place)
                yield source.mistake(at, f"no step collects {name!r}", did_you_mean(name, filled, _COLLECT))


def _prompts(flow: Flow, source: Source, known: Known) -> Iterator[FlowMistake]:
    """Every prompt named is there, in every language of the flow, with marks that can be read."""
    have = set(flow.prompts) | known.prompts
    said_in: dict[str, set[Language]] = {}
    for name, step in flow.steps.items():
        for key, prompt in prompts_of(step).items():
            if prompt not in have:
                place = ("steps", name, *key.split("."))
                yield source.mistake(
                    place,
                    f"there is no prompt {prompt!r}",
                    did_you_mean(prompt, have, _TEXT),
                )
            only = Language(key.partition(".")[2]) if key.startswith("then_in.") else None
            said_in.setdefault(prompt, set()).update([only] if only else flow.languages)
        if isinstance(step, Say) and step.also_in is not None:
            said_in[step.prompt].add(step.also_in)
    for prompt, spoken in flow.prompts.items():
        for language in sorted(said_in.get(prompt, ())):
            text = spoken.in_language(language)
            if text is None:
                yield source.mistake(
                    ("prompts", prompt), f"has no text in {language.value!r}", f"add '{language.value}:' here"
                )
        yield from _marks(prompt, spoken.zh, "zh", source)
        yield from _marks(prompt, spoken.en, "en", source)


def _languages(flow: Flow, source: Source) -> Iterator[FlowMistake]:
    """A language that callers can choose is one in which everything is said."""
    for name, step in flow.steps.items():
        if isinstance(step, ChooseLanguage) and step.language not in flow.languages:
            remedy = f"add {step.language.value} to 'languages:' at the top"
            yield source.mistake(("steps", name, "language"), "is none of the flow's languages", remedy)


def _unsaid(flow: Flow, source: Source) -> Iterator[FlowMistake]:
    said = {prompt for step in flow.steps.values() for prompt in prompts_of(step).values()}
    for prompt in flow.prompts:
        if prompt not in said:
            yield source.mistake(("prompts", prompt), "is never said", "remove it, or name it in a step")


def _unspoken(flow: Flow, source: Source, known: Known) -> Iterator[FlowMistake]:
    """A caller who chose another language waits for an agent who speaks it: somebody must be able to."""
    for name, step in flow.steps.items():
        skill = f"lang.{step.language.value}" if isinstance(step, ChooseLanguage) else ""
        if isinstance(step, ChooseLanguage) and step.language is not Language.ZH and skill not in known.skills:
            remedy = f"give agents the skill {skill!r} in directory.yaml"
            yield source.mistake(("steps", name, "language"), "no agent speaks this language", remedy)


def _marks(prompt: str, text: str | None, language: str, source: Source) -> Iterator[FlowMistake]:
    if text is None:
        return
    try:
        wanted = slots(text)
    except ValueError as error:
        yield source.mistake(("prompts", prompt, language), str(error).partition(": ")[2] or str(error))
        return
    if not text.strip():
        yield source.mistake(("prompts", prompt, language), "is empty", "write what is to be said")
    for slot in wanted:
        yield source.mistake(
            ("prompts", prompt, language), f"nothing fills {{{slot}}} here", "marks are for dialplans/prompts.yaml"
        )

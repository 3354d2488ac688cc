"""Whether a flow that reads well also works: names that exist, texts in all languages, ways that end (``ivr.ways``)."""

import itertools
from collections.abc import Collection, Iterator

from calls import Language
from ivr import check_values, doors, ways
from ivr.check_values import variables
from ivr.known import Known
from ivr.mistakes import FlowMistake
from ivr.model import Flow
from ivr.source import Place, Source, closest, did_you_mean
from ivr.speech.template import slots
from ivr.steps import (
    CALL_DATA,
    WORDS,
    BaseStep,
    ChooseLanguage,
    Refers,
    Say,
    Spoken,
    marked,
    prompts_of,
    targets,
)

_MOST = 200  # dangling names that are told at once
_LISTED = "list it in directory.yaml first"
_TEXT = "write its text under 'prompts:'"
_COLLECT = "add a step that keeps it (do: collect, set or lookup) before it"


def check(flow: Flow, source: Source, known: Known) -> tuple[list[FlowMistake], list[FlowMistake]]:
    """Return mistakes (the flow cannot be used) and warnings (it can, but look at them)."""
    filled = variables(flow)
    dangling = list(itertools.islice(_dangling(flow, source), _MOST))
    mistakes = [
        *dangling,
        *_outside(flow, source, known, filled),
        *_languages(flow, source),
        *_prompts(flow, source, known, filled),
    ]
    mistakes += check_values.mistakes(flow, source, known, filled)
    wrong_doors = list(doors.mistakes(flow, source, known))
    mistakes += wrong_doors
    if dangling or wrong_doors:  # only what is wrong wherever the ways lead that lead nowhere now
        return [*mistakes, *ways.loops(flow, source)], list(ways.unreached(flow, source, also=_meant(flow)))
    called = list(ways.calls(flow, source))
    mistakes += called or ways.loops(flow, source)
    mistakes += ways.persons(flow, source)
    warnings = [*ways.unreached(flow, source), *ways.without_person(flow, source), *_unsaid(flow, source)]
    warnings += [*_unspoken(flow, source, known), *check_values.doubts(flow, source, known)]
    return mistakes, [*warnings, *doors.doubts(flow, source, known)]


def within(flow: Flow, source: Source, known: Known, filled: Collection[str]) -> Iterator[FlowMistake]:
    """Return what is wrong within the steps of a part of a flow; prompts and variables ``filled`` are the whole's."""
    yield from _languages(flow, source)
    yield from _prompts(flow, source, known, filled)
    yield from check_values.mistakes(flow, source, known, filled)


def _dangling(flow: Flow, source: Source) -> Iterator[FlowMistake]:
    """Every step named is there."""
    for place, name, names in _targets(flow):
        if name not in names:
            yield source.mistake(place, f"there is no step {name!r}", did_you_mean(name, names))


def _meant(flow: Flow) -> Iterator[str]:
    """Return the steps that misspelt names may mean."""
    for _, name, names in _targets(flow):
        if name not in names and (meant := closest(name, list(names))) is not None:
            yield meant
    for _, name in doors.named(flow, Refers.STEP):
        if name not in flow.steps and (meant := closest(name, list(flow.steps))) is not None:
            yield meant


def _targets(flow: Flow) -> Iterator[tuple[Place, str, Collection[str]]]:
    """Walk over the steps that are named: place, name, the names that may stand there."""
    for key in ("start", "person"):
        yield (key,), getattr(flow, key), flow.steps
    for language, name in flow.person_in.items():
        yield ("person_in", language.value), name, flow.steps
    for step_name, step in flow.steps.items():
        for key, target in targets(step).items():
            names = {*flow.steps, *WORDS} if key.startswith("choices.") else flow.steps
            yield ("steps", step_name, *key.split(".")), target, names


def _outside(flow: Flow, source: Source, known: Known, filled: Collection[str]) -> Iterator[FlowMistake]:
    """Queues, skills and departments are those of the directory; what is read of a call was filled by some step."""
    outside = {Refers.QUEUE: known.queues, Refers.SKILL: known.skills, Refers.DEPARTMENT: known.departments}
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


def _prompts(flow: Flow, source: Source, known: Known, filled: Collection[str]) -> Iterator[FlowMistake]:
    """Every prompt named is there, in every language in which it is said, with marks that are filled."""
    have = set(flow.prompts) | known.prompts
    said_in: dict[str, set[Language]] = {}
    for name, step in flow.steps.items():
        for place, prompt in marked(step, Refers.PROMPT):
            if prompt not in have:
                at: Place = ("steps", name, *place)
                yield source.mistake(at, f"there is no prompt {prompt!r}", did_you_mean(prompt, have, _TEXT))
            said_in.setdefault(prompt, set()).update(_said_in(flow, step, place))
        for place, spoken in marked(step, Refers.TEXT):
            yield from _texts(("steps", name, *place), spoken, _said_in(flow, step, place), source, filled)
    for prompt, spoken in flow.prompts.items():
        yield from _texts(("prompts", prompt), spoken, said_in.get(prompt, set()), source, filled)


def _said_in(flow: Flow, step: BaseStep, place: tuple[str, ...]) -> set[Language]:
    """Return the languages in which a step says something."""
    if place[0] == "then_in":
        return {Language(place[1])}
    also = step.also_in if isinstance(step, Say) else None
    return {*flow.languages, *([also] if also is not None else [])}


def _texts(
    place: Place, spoken: Spoken, languages: set[Language], source: Source, filled: Collection[str]
) -> Iterator[FlowMistake]:
    for language in sorted(languages):
        if spoken.in_language(language) is None:
            yield source.mistake(place, f"has no text in {language.value!r}", f"add '{language.value}:' here")
    for language in Language:
        text = spoken.in_language(language)
        if text is not None:
            yield from _marks((*place, language.value), text, source, filled)


def _languages(flow: Flow, source: Source) -> Iterator[FlowMistake]:
    """A language that callers can choose is one in which everything is said."""
    for name, step in flow.steps.items():
        if isinstance(step, ChooseLanguage) and step.language not in flow.languages:
            remedy = f"add {step.language.value} to 'languages:' at the top"
            yield source.mistake(("steps", name, "language"), "is none of the flow's languages", remedy)


def _unsaid(flow: Flow, source: Source) -> Iterator[FlowMistake]:
    said = {prompt for step in flow.steps.values() for prompt in prompts_of(step).values()}
    said |= {prompt for _, prompt in doors.named(flow, Refers.PROMPT)}
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


def _marks(place: Place, text: str, source: Source, filled: Collection[str]) -> Iterator[FlowMistake]:
    """A text's marks can be read, and some step fills them."""
    try:
        wanted = slots(text)
    except ValueError as error:
        message, _, remedy = (str(error).partition(": ")[2] or str(error)).partition(": write ")
        yield source.mistake(place, message, f"write {remedy}" if remedy else "")
        return
    if not text.strip():
        yield source.mistake(place, "is empty", "write what is to be said")
    there = {*filled, *CALL_DATA}
    for slot in wanted:
        if slot not in there:
            yield source.mistake(place, f"nothing fills {{{slot}}} here", did_you_mean(slot, there))

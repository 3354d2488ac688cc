"""Whether a flow that reads well also works: names that exist, loops that end, ways to a person."""

from collections.abc import Iterable, Iterator

from calls import Language
from ivr.known import Known
from ivr.mistakes import FlowMistake
from ivr.model import Flow
from ivr.source import Place, Source, did_you_mean
from ivr.speech.template import slots
from ivr.steps import Collect, Menu, Queue, TicketState, Transfer, Voicemail, prompts_of, targets

_WAITS = (Menu, Collect, Queue, Voicemail, Transfer)  # steps in which the caller acts or waits: a loop may go through


def check(flow: Flow, source: Source, known: Known) -> tuple[list[FlowMistake], list[FlowMistake]]:
    """Return mistakes (the flow cannot be used) and warnings (it can, but look at them)."""
    mistakes = [*_targets(flow, source), *_outside(flow, source, known), *_prompts(flow, source, known)]
    if mistakes:
        return mistakes, []
    mistakes += [*_loops(flow, source), *_persons(flow, source)]
    return mistakes, list(_unreached(flow, source))


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
    """Queues, skills and departments are those of the directory."""
    for name, step in flow.steps.items():
        if isinstance(step, Queue):
            if step.queue not in known.queues:
                yield source.mistake(
                    ("steps", name, "queue"),
                    f"there is no queue {step.queue!r}",
                    did_you_mean(step.queue, known.queues),
                )
            for skill in step.skills:
                if skill not in known.skills:
                    at: Place = ("steps", name, "skills", skill)
                    yield source.mistake(at, f"there is no skill {skill!r}", did_you_mean(skill, known.skills))
        elif isinstance(step, Transfer) and step.department not in known.departments:
            place = ("steps", name, "department")
            remedy = did_you_mean(step.department, known.departments)
            yield source.mistake(place, f"there is no department {step.department!r}", remedy)
        elif isinstance(step, TicketState):
            filled = {other.into for other in flow.steps.values() if isinstance(other, Collect)}
            if step.number not in filled:
                yield source.mistake(
                    ("steps", name, "number"), f"no step collects {step.number!r}", did_you_mean(step.number, filled)
                )


def _prompts(flow: Flow, source: Source, known: Known) -> Iterator[FlowMistake]:
    """Every prompt named is there, in every language of the flow, with marks that can be read."""
    have = set(flow.prompts) | known.prompts
    said_in: dict[str, set[Language]] = {}
    for name, step in flow.steps.items():
        for key, prompt in prompts_of(step).items():
            if prompt not in have:
                place = ("steps", name, *key.split("."))
                yield source.mistake(place, f"there is no prompt {prompt!r}", did_you_mean(prompt, have))
            only = Language(key.partition(".")[2]) if key.startswith("then_in.") else None
            said_in.setdefault(prompt, set()).update([only] if only else flow.languages)
    for prompt, spoken in flow.prompts.items():
        if prompt not in said_in:
            yield source.mistake(("prompts", prompt), "is never said", "remove it, or name it in a step")
        for language in sorted(said_in.get(prompt, ())):
            text = spoken.in_language(language)
            if text is None:
                yield source.mistake(
                    ("prompts", prompt), f"has no text in {language.value!r}", f"add '{language.value}:' here"
                )
        yield from _marks(prompt, spoken.zh, "zh", source)
        yield from _marks(prompt, spoken.en, "en", source)


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


def _loops(flow: Flow, source: Source) -> Iterator[FlowMistake]:
    """A loop in which the caller neither presses nor waits would never end."""
    done: set[str] = set()
    for name in flow.steps:
        if name not in done:
            yield from _walk(flow, name, done, source)


def _walk(flow: Flow, name: str, done: set[str], source: Source) -> Iterator[FlowMistake]:
    """Depth first through steps that do not wait, without recursion deeper than the flow has steps."""
    stack: list[tuple[str, Iterator[str]]] = [(name, _onward(flow, name))]
    on_path = {name}
    while stack:
        current, onward = stack[-1]
        following = next(onward, None)
        if following is None:
            stack.pop()
            on_path.discard(current)
            done.add(current)
        elif following in on_path:
            remedy = "let one of these steps be a menu, or lead elsewhere"
            yield source.mistake(
                ("steps", current), f"goes round to {following!r} without waiting for the caller", remedy
            )
        elif following not in done:
            on_path.add(following)
            stack.append((following, _onward(flow, following)))


def _onward(flow: Flow, name: str) -> Iterator[str]:
    step = flow.steps[name]
    return iter(()) if isinstance(step, _WAITS) else iter(list(targets(step).values()))


def _persons(flow: Flow, source: Source) -> Iterator[FlowMistake]:
    """``person`` leads to a queue without asking the caller anything on the way."""
    places: list[tuple[Place, str]] = [(("person",), flow.person)]
    places += [(("person_in", language.value), name) for language, name in flow.person_in.items()]
    for place, name in places:
        if not any(isinstance(flow.steps[step], Queue) for step in _straight(flow, name)):
            yield source.mistake(place, f"step {name!r} does not lead to a queue", "name a step with 'do: queue'")
    for name, step in flow.steps.items():
        if isinstance(step, Queue):
            waits = [step.nobody_staffed, step.timeout, step.full]
            for key, target in zip(("nobody_staffed", "timeout", "full"), waits, strict=True):
                if target is not None and name in _straight(flow, target):
                    remedy = "lead to a voicemail or to a goodbye"
                    yield source.mistake(("steps", name, key), "leads back to the same queue at once", remedy)


def _straight(flow: Flow, name: str) -> set[str]:
    """Return the steps that are reached from one without the caller pressing anything."""
    seen: set[str] = set()
    todo = [name]
    while todo:
        current = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        todo += list(_onward(flow, current))
    return seen


def _unreached(flow: Flow, source: Source) -> Iterable[FlowMistake]:
    seen: set[str] = set()
    todo = [flow.start, flow.person, *flow.person_in.values()]
    while todo:
        current = todo.pop()
        if current not in seen:
            seen.add(current)
            todo += targets(flow.steps[current]).values()
    for name in flow.steps:
        if name not in seen:
            yield source.mistake(("steps", name), "is never reached", "remove it, or lead to it")

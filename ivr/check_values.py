"""Whether what a flow knows of its calls fits together: conditions, texts filled in, look-ups, PINs."""

from collections.abc import Collection, Iterator

from calls import Language
from ivr.conditions import Names, parse, problems
from ivr.filling import marks_in
from ivr.known import Known
from ivr.mistakes import FlowMistake
from ivr.model import Flow
from ivr.source import Place, Source, did_you_mean
from ivr.speech.say import Kind
from ivr.speech.template import slots
from ivr.steps import CALL_DATA, LookUp, Refers, Spoken, marked


def variables(flow: Flow) -> set[str]:
    """Return the names of the call's variables that some step of a flow gives a value."""
    return {name for step in flow.steps.values() for _, name in marked(step, Refers.FILLS)}


def mistakes(flow: Flow, source: Source, known: Known, filled: Collection[str]) -> Iterator[FlowMistake]:
    """Return what cannot work; ``filled`` are the variables that some step gives a value."""
    names = Names(set(filled), flow.lists, known.queues)
    for step_name, step in flow.steps.items():
        for place, text in marked(step, Refers.CONDITION):
            for problem in problems(parse(text), names):
                message = f"{problem.message} (at character {problem.column})"
                yield source.mistake(("steps", step_name, *place), message, problem.remedy)
        for place, text in marked(step, Refers.FILLED):
            yield from _filled(("steps", step_name, *place), text, {*filled, *CALL_DATA}, source)
        if isinstance(step, LookUp) and step.query is not None:
            yield from _question(step_name, step, source, known)


def doubts(flow: Flow, source: Source, known: Known) -> Iterator[FlowMistake]:
    """Return what works only when this installation is told so."""
    for step_name, step in flow.steps.items():
        if isinstance(step, LookUp) and step.url is not None and step.host not in known.lookup_hosts:
            remedy = (
                f"add {step.host!r} to hosts under [lookups] in hotline.toml; until then callers are led to 'failed'"
            )
            yield source.mistake(("steps", step_name, "url"), f"{step.host} may not be asked", remedy)
        for place, name in marked(step, Refers.PIN):
            if name not in known.pins:
                remedy = f"set it: .venv/bin/hotline pin set {name}; until then nobody is let through"
                yield source.mistake(("steps", step_name, *place), f"the PIN {name!r} is not set", remedy)
        for place, name in marked(step, Refers.BOX):
            if known.boxes and name not in known.boxes:
                remedy = did_you_mean(name, known.boxes, "list it under 'voicemail:' in directory.yaml")
                message = f"the directory has no voicemail box {name!r}; its messages go to supervisors"
                yield source.mistake(("steps", step_name, *place), message, remedy)
    yield from _secrets_as_text(flow, source)


def _secrets_as_text(flow: Flow, source: Source) -> Iterator[FlowMistake]:
    """A text that is not known beforehand is rendered when it is said, and its sound stays on the disk."""
    secrets = {name for step in flow.steps.values() if getattr(step, "secret", False)
               for _, name in marked(step, Refers.FILLS)}  # fmt: skip
    said: list[tuple[Place, Spoken]] = [(("prompts", name), spoken) for name, spoken in flow.prompts.items()]
    said += [(("steps", name, *place), one) for name, step in flow.steps.items()
             for place, one in marked(step, Refers.TEXT)]  # fmt: skip
    for place, spoken in said:
        for language in Language:
            for name in sorted(secrets & _as_text(spoken.in_language(language) or "")):
                remedy = f"say it as digits or number, like {{{name}|digits}}; or do without 'secret'"
                message = f"{{{name}|text}} says a secret of which a sound file stays on the disk"
                yield source.mistake((*place, language.value), message, remedy)


def _as_text(text: str) -> set[str]:
    try:
        return {name for name, kind in slots(text).items() if kind is Kind.TEXT}
    except ValueError:
        return set()  # told elsewhere


def _filled(place: Place, text: str, there: set[str] | frozenset[str], source: Source) -> Iterator[FlowMistake]:
    try:
        wanted = marks_in(text)
    except ValueError as error:
        message, _, remedy = str(error).partition(": ")
        yield source.mistake(place, message, remedy)
        return
    for name in wanted:
        if name not in there:
            yield source.mistake(place, f"nothing fills {{{name}}} here", did_you_mean(name, there))


def _question(step_name: str, step: LookUp, source: Source, known: Known) -> Iterator[FlowMistake]:
    query = step.query or ""
    if query not in known.questions:
        remedy = did_you_mean(query, known.questions, f"add [lookups.queries.{query}] to hotline.toml")
        yield source.mistake(("steps", step_name, "query"), f"there is no question {query!r}", remedy)
        return
    wanted = known.questions[query]
    for name in step.send:
        if name not in wanted:
            place = ("steps", step_name, "send", name)
            remedy = did_you_mean(name, wanted, "remove it")
            yield source.mistake(place, f"the question {query!r} does not ask for {name!r}", remedy)
    for name in sorted(wanted):
        if name not in step.send:
            remedy = f"add '{name}:' under 'send:'"
            yield source.mistake(("steps", step_name, "query"), f"the question {query!r} needs {name!r}", remedy)

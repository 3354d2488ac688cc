"""Whether callers can come in as a flow says: its numbers, entry rules, lists of callers and calendars."""

from collections.abc import Iterator, Mapping

from ivr.conditions import lists_in, parse
from ivr.hours import unknown_year
from ivr.known import Known
from ivr.mistakes import FlowMistake
from ivr.model import Flow
from ivr.source import Place, Source, did_you_mean
from ivr.steps import CalendarKeys, Hours, Refers, Transfer, marked

_LISTED = "list it in directory.yaml first"


def named(flow: Flow, mark: Refers) -> Iterator[tuple[Place, str]]:
    """Walk over what numbers and entry rules name: (place in the YAML, name)."""
    for key, models in (("numbers", flow.numbers), ("entry", flow.entry)):
        for index, model in enumerate(models):
            for place, name in marked(model, mark):
                yield (key, index, *place), name


def mistakes(flow: Flow, source: Source, known: Known) -> Iterator[FlowMistake]:
    """Every step, prompt, skill, list and calendar named is there."""
    have = set(flow.prompts) | known.prompts
    for mark, names, otherwise in (
        (Refers.STEP, set(flow.steps), ""),
        (Refers.PROMPT, have, "write its text under 'prompts:'"),
        (Refers.SKILL, set(known.skills), _LISTED),
    ):
        for place, name in named(flow, mark):
            if name not in names:
                yield source.mistake(place, f"there is no {mark} {name!r}", did_you_mean(name, names, otherwise))
    yield from _languages(flow, source)
    yield from _lists(flow, source, known)
    yield from _named_in_steps(flow, source, known)


def doubts(flow: Flow, source: Source, known: Known) -> Iterator[FlowMistake]:
    """Holidays that are not known yet, and lists that nobody names."""
    used = {name for rule in flow.entry for name in rule.callers}
    for step in flow.steps.values():
        used.update(name for _, text in marked(step, Refers.CONDITION) for name in lists_in(parse(text)))
    for name in flow.lists:
        if name not in used:
            yield source.mistake(
                ("lists", name), "is named by no entry rule", "name it under 'entry:' or in a 'when', or remove it"
            )
    if known.today is None:
        return
    places: dict[Place, CalendarKeys] = {("calendars", name): one for name, one in flow.calendars.items()}
    for step_name, step in flow.steps.items():
        if isinstance(step, Hours):
            places["steps", step_name] = _calendars(flow, known).get(step.calendar or "", step)
    for place, calendar in places.items():
        year = unknown_year(calendar, known.today)
        if year is not None:
            message = f"the holidays of {year} are not known: they count as plain weekdays"
            remedy = "list them in closed_on and open_on, or have the library chinesecalendar upgraded"
            yield source.mistake((*place, "china_holidays"), message, remedy)


def settled(flow: Flow, known: Known) -> Flow:
    """Return a flow that was checked, with what lies beside it taken in."""
    lists = {name: known.callers[one] if isinstance(one, str) else one for name, one in flow.lists.items()}
    used = {step.calendar for step in flow.steps.values() if isinstance(step, Hours)}
    calendars = {name: one for name, one in _calendars(flow, known).items() if name in used}
    return flow.model_copy(update={"lists": lists, "calendars": calendars})


def _calendars(flow: Flow, known: Known) -> Mapping[str, CalendarKeys]:
    return {**known.calendars, **flow.calendars}


def _languages(flow: Flow, source: Source) -> Iterator[FlowMistake]:
    chosen = [(("numbers", i), one.language) for i, one in enumerate(flow.numbers)]
    chosen += [(("entry", i), one.language) for i, one in enumerate(flow.entry)]
    for place, language in chosen:
        if language is not None and language not in flow.languages:
            remedy = f"add {language.value} to 'languages:' at the top"
            yield source.mistake((*place, "language"), "is none of the flow's languages", remedy)
    for index, number in enumerate(flow.numbers):
        spoken = flow.prompts.get(number.greeting or "")
        language = number.language or flow.languages[0]
        if spoken is not None and spoken.in_language(language) is None:
            remedy = f"add '{language.value}:' there"
            message = f"the prompt {number.greeting!r} has no text in {language.value!r}"
            yield source.mistake(("numbers", index, "greeting"), message, remedy)


def _lists(flow: Flow, source: Source, known: Known) -> Iterator[FlowMistake]:
    for index, rule in enumerate(flow.entry):
        for at, name in enumerate(rule.callers):
            if name not in flow.lists:
                remedy = did_you_mean(name, flow.lists, "write it under 'lists:'")
                yield source.mistake(("entry", index, "callers", at), f"there is no list {name!r}", remedy)
    for name, one in flow.lists.items():
        if isinstance(one, str) and one not in known.callers:
            remedy = did_you_mean(one, known.callers, "put it there")
            yield source.mistake(("lists", name), f"there is no file {one!r} beside this one", remedy)


def _named_in_steps(flow: Flow, source: Source, known: Known) -> Iterator[FlowMistake]:
    calendars = _calendars(flow, known)
    for name, step in flow.steps.items():
        if isinstance(step, Hours) and step.calendar is not None and step.calendar not in calendars:
            remedy = did_you_mean(step.calendar, calendars, "write it under 'calendars:', or in calendars.yaml")
            place: Place = ("steps", name, "calendar")
            yield source.mistake(place, f"there is no calendar {step.calendar!r}", remedy)
        if isinstance(step, Transfer) and step.hotline is not None and step.hotline not in known.hotlines:
            remedy = did_you_mean(step.hotline, known.hotlines, "list it in directory.yaml, with 'hotline: true'")
            yield source.mistake(("steps", name, "hotline"), f"there is no hotline {step.hotline!r}", remedy)

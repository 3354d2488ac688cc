"""Doing ``say`` and ``language``."""

from calls.timeline import LanguageChosen
from ivr.doing.walk import FLOW_KEYS, MOST_AGAIN, Walk
from ivr.steps import ChooseLanguage, Say


async def say(walk: Walk, step: Say) -> str:
    """Say it, as often as the caller wants it again."""
    again = False
    for _ in range(MOST_AGAIN):
        digit = await walk.speaker.say(step.prompt, interrupt=FLOW_KEYS)
        if not digit and step.also_in is not None and step.also_in is not walk.call.language:
            digit = await walk.speaker.say(step.prompt, interrupt=FLOW_KEYS, language=step.also_in)
        if digit != "#":
            break
        again = True
    if step.service and (again or digit not in ("0", "*")):  # who asks for it again has heard it
        walk.delivered(step.service)
    if digit == "0":
        return walk.person
    if digit == "*":
        return walk.back() or step.next
    return step.next


async def choose_language(walk: Walk, step: ChooseLanguage) -> str:
    """Speak that language from here on."""
    walk.call.language = step.language
    walk.timeline.append(LanguageChosen(call=walk.call.id, at=walk.clock.now(), language=step.language.value))
    return step.next

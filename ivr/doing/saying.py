"""Doing ``say`` and ``language``."""

from ivr.doing.walk import FLOW_KEYS, MOST_AGAIN, Walk
from ivr.steps import ChooseLanguage, Say


async def say(walk: Walk, step: Say) -> str:
    """Say it, as often as the caller wants it again."""
    again = False
    for _ in range(MOST_AGAIN):
        digit = await _once(walk, step)
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


async def _once(walk: Walk, step: Say) -> str:
    """Say all of it; return the key that stopped it, or ""."""
    other = step.also_in if step.also_in is not walk.call.language else None
    for language in (None, other) if other is not None else (None,):
        sounds = [sound for one in step.said for sound in await walk.speaker.sounds(one, language)]
        digit = await walk.line.play(sounds, interrupt=FLOW_KEYS)
        if digit:
            return digit
    return ""


async def choose_language(walk: Walk, step: ChooseLanguage) -> str:
    """Speak that language from here on."""
    walk.speak(step.language)
    return step.next

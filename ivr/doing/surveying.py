"""Doing the survey after the talk."""

from collections.abc import Collection

from calls.line import DigitsWanted
from calls.timeline import SurveyAnswered
from ivr.doing.walk import Walk
from ivr.steps import Spoken, Survey, Verdict

_ASKED = 2  # times, when nothing or something else is pressed


async def survey(walk: Walk, step: Survey) -> str | None:
    """Ask, ask those who are not satisfied why, and thank. Who does not answer is left in peace."""
    key = await _answer(walk, step.prompt, step.keys, step.first_digit_s)
    if key is not None:
        verdict = step.keys[key]
        _keep(walk, step.name, key, satisfied=verdict is Verdict.SATISFIED)
        if verdict is Verdict.UNSATISFIED and step.why is not None:
            reason = await _answer(walk, step.why.prompt, step.why.keys, step.first_digit_s)
            if reason is not None:
                _keep(walk, step.why.name, reason, satisfied=None)
        if step.thanks is not None:
            await walk.speaker.say(step.thanks)
    if step.next is not None:
        return step.next
    await walk.speaker.say("goodbye")
    return None


async def _answer(walk: Walk, prompt: str | Spoken, keys: Collection[str], first_digit_s: float) -> str | None:
    """Return the key pressed, None when there was none of these. ``#`` has it said again, unless it is one of them."""
    wanted = DigitsWanted(max_digits=1, terminators="", first_timeout_s=first_digit_s)
    lead: list[str] = []
    asked = heard = 0
    while asked < _ASKED and heard < 2 * _ASKED:
        heard += 1
        sounds = [sound for name in (*lead, prompt) for sound in await walk.speaker.sounds(name)]
        key = (await walk.line.collect(sounds, wanted)).pressed
        if key in keys:
            walk.note(key, "match")
            return key
        if key != "#":
            asked += 1
            walk.note(key, "no_match" if key else "no_input")
            lead = ["no_match" if key else "no_input"]
    return None


def _keep(walk: Walk, question: str, answer: str, *, satisfied: bool | None) -> None:
    walk.timeline.append(
        SurveyAnswered(call=walk.call.id, at=walk.clock.now(), question=question, answer=answer, satisfied=satisfied)
    )

"""Doing ``pin``."""

from collections.abc import Callable

from ivr.asking import ask
from ivr.doing.walk import MOST_AGAIN, Walk
from ivr.outside import PinAnswer
from ivr.steps import Collect, Pin

_LEAST, _MOST = 4, 12  # digits of a PIN


async def pin(walk: Walk, step: Pin) -> str:
    """Let through who knows the PIN."""
    async with walk.services.unrecorded(walk.line):
        return await _let_through(walk, step)


async def _let_through(walk: Walk, step: Pin) -> str:
    question = Collect(
        do="collect", prompt=step.prompt, short=step.short, into="pin", least=_LEAST, most=_MOST, secret=True,
        terminator=step.terminator, first_digit_s=step.first_digit_s, between_digits_s=step.between_digits_s,
        barge_in=step.barge_in, no_input=step.no_input, no_match=step.no_match, next=step.right,
    )  # fmt: skip
    wrong = 0
    for _ in range(MOST_AGAIN):
        answer = await ask(walk.line, walk.speaker, question, None, again=wrong > 0, note=_note_unless_right(walk))
        if answer.verdict != "match":
            return answer.exit or walk.person
        if answer.pressed in ("0", "*"):
            walk.note(answer.pressed, "match")
            return walk.person if answer.pressed == "0" else walk.back() or walk.person
        if answer.pressed == "#":
            continue
        found = await walk.services.outside.pins.answer(step.pin, answer.pressed, walk.call.caller)
        walk.note(answer.pressed, "match" if found is PinAnswer.RIGHT else "invalid", secret=True)
        if found is PinAnswer.RIGHT:
            return step.right
        wrong += 1
        await walk.speaker.say("pin_locked" if found is PinAnswer.LOCKED else "pin_wrong")
        if found is PinAnswer.LOCKED:
            return step.locked or step.wrong
        if wrong >= step.tries:
            return step.wrong
    return step.wrong


def _note_unless_right(walk: Walk) -> Callable[[str, str], None]:
    """Return what notes entries that are no PIN at all; of others it is noted later whether they are right."""

    def note(pressed: str, verdict: str) -> None:
        if verdict != "match":
            walk.note(pressed, verdict, secret=True)

    return note

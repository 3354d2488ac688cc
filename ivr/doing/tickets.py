"""Doing ``ticket_state``."""

from ivr.asking import ask
from ivr.doing.walk import MOST_AGAIN, Walk
from ivr.services import TicketAnswer, TicketEnd
from ivr.steps import LAST_DIGITS, Collect, Exit, TicketState


async def ticket_state(walk: Walk, step: TicketState) -> str:
    """Tell how far the ticket is to who may know it."""
    number = walk.call.variables.get(step.number, "")
    answer = await walk.services.ticket_state(number, walk.call.caller)
    if answer.end is TicketEnd.ASK:
        async with walk.services.unrecorded(walk.line):
            asked = await _by_last_digits(walk, step, number)
        if isinstance(asked, str):
            return asked
        answer = asked
    if answer.end is not TicketEnd.TOLD:
        await walk.speaker.say("ticket_locked" if answer.end is TicketEnd.LOCKED else "ticket_not_found")
        return step.not_found
    words = walk.system.state(answer.state, walk.call.language)
    await walk.speaker.say("ticket_found", ticket=number, state=words)
    walk.delivered("ticket_state")
    return step.found


async def _by_last_digits(walk: Walk, step: TicketState, number: str) -> TicketAnswer | str:
    """Ask for the last digits of the telephone number, until they are right or there were too many tries; return what
    may be told, or the step that the caller chose instead."""
    question = Collect(
        do="collect", prompt=step.prompt, into="digits", least=LAST_DIGITS, most=LAST_DIGITS, secret=True,
        first_digit_s=step.first_digit_s, no_input=Exit(limit=1, then=step.not_found),
        no_match=Exit(limit=2, then=step.not_found), next=step.found,
    )  # fmt: skip
    wrong = 0
    for _ in range(MOST_AGAIN):
        answer = await ask(walk.line, walk.speaker, question, None, again=False, note=_secretly(walk))
        if answer.verdict != "match":
            return TicketAnswer(TicketEnd.UNKNOWN)
        if answer.pressed == "0":
            return walk.person
        if answer.pressed == "*":
            return walk.back() or walk.person
        if answer.pressed == "#":
            continue
        found = await walk.services.ticket_state(number, walk.call.caller, answer.pressed)
        walk.note(answer.pressed, "match" if found.end is TicketEnd.TOLD else "invalid", secret=True)
        wrong += 1
        if found.end is not TicketEnd.UNKNOWN or wrong >= step.tries:
            return found
        await walk.speaker.say("no_match")
    return TicketAnswer(TicketEnd.UNKNOWN)


class _secretly:
    """Notes what is no entry at all; what is one is noted when it is known whether it is right."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk

    def __call__(self, pressed: str, verdict: str) -> None:
        if verdict != "match" or pressed in ("0", "*", "#"):
            self._walk.note(pressed, verdict, secret=len(pressed) > 1)

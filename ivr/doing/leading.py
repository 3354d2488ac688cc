"""Doing the steps that lead on, or out."""

from ivr.doing.walk import Walk
from ivr.hours import is_open
from ivr.steps import Goto, HangUp, Hours


async def hours(walk: Walk, step: Hours) -> str:
    """Go by the clock."""
    return step.when_open if is_open(step, walk.clock.now()) else step.when_closed


async def goto(walk: Walk, step: Goto) -> str:
    """Go on elsewhere."""
    del walk
    return step.next


async def hang_up(walk: Walk, step: HangUp) -> None:
    """Say goodbye; the reception hangs up."""
    await walk.speaker.say(step.prompt or "goodbye")

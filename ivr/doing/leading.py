"""Doing the steps that lead on, or out."""

from ivr.doing.walk import MOST_CALLS, Walk
from ivr.hours import is_open
from ivr.steps import CallSteps, Goto, HangUp, Hours, Return


async def hours(walk: Walk, step: Hours) -> str:
    """Go by the clock, unless it is closed by order."""
    if await walk.closed():
        return step.when_emergency or step.when_closed
    return step.when_open if is_open(walk.flow.calendar_of(step), walk.clock.now()) else step.when_closed


async def goto(walk: Walk, step: Goto) -> str:
    """Go on elsewhere."""
    del walk
    return step.next


async def call_steps(walk: Walk, step: CallSteps) -> str:
    """Go into the steps called, and remember where to go on."""
    walk.returns.append(step.next)
    del walk.returns[:-MOST_CALLS]
    return step.step


async def return_back(walk: Walk, step: Return) -> str:
    """Go on behind the call; a person for a caller who came here without one."""
    del step
    return walk.returns.pop() if walk.returns else walk.person


async def hang_up(walk: Walk, step: HangUp) -> None:
    """Say goodbye; the reception hangs up."""
    await walk.speaker.say(step.prompt or "goodbye")

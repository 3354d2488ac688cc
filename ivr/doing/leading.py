"""Doing the steps that lead on, or out."""

import structlog

from ivr.doing.walk import MOST_CALLS, Frame, Walk
from ivr.hours import is_open
from ivr.steps import CallSteps, Goto, HangUp, Hours, Return

log = structlog.get_logger(__name__)


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
    """Go into the steps called, and remember where to go on; a person when the flow called is gone."""
    called = walk.flow if step.flow is None else walk.others.get(step.flow)
    if called is None:
        log.error("flow.called_is_gone", flow=walk.flow.name, step=walk.step, called=step.flow)
        return walk.person
    walk.returns.append(Frame(walk.flow, step.next))
    del walk.returns[:-MOST_CALLS]
    walk.go_into(called)
    return step.step or called.start


async def return_back(walk: Walk, step: Return) -> str | None:
    """Go on behind the call; a person for a caller who came here without one."""
    del step
    if not walk.returns:
        return walk.person
    frame = walk.returns.pop()
    walk.go_into(frame.flow)
    if frame.step is None:
        await walk.speaker.say("goodbye")
    return frame.step


async def hang_up(walk: Walk, step: HangUp) -> None:
    """Say goodbye; the reception hangs up."""
    await walk.speaker.say(step.prompt or "goodbye")

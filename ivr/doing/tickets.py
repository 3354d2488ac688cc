"""Doing ``ticket_state``."""

from ivr.doing.walk import Walk
from ivr.steps import TicketState


async def ticket_state(walk: Walk, step: TicketState) -> str:
    """Tell how far the ticket is."""
    number = walk.call.variables.get(step.number, "")
    state = await walk.services.ticket_state(number, walk.call.caller)
    if state is None:
        await walk.speaker.say("ticket_not_found")
        return step.not_found
    words = walk.system.state(state, walk.call.language)
    await walk.speaker.say("ticket_found", ticket=number, state=words)
    walk.delivered("ticket_state")
    return step.found

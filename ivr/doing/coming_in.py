"""Coming in: what the number dialled and the caller's own number say, before the first step."""

from calls.timeline import PassedIn
from ivr.doing.walk import PASSED_TICKET, Walk


async def come_in(walk: Walk) -> str:
    """Note what is known of the caller, greet, and return the first step."""
    flow, call = walk.flow, walk.call
    number, rule = flow.number(call.dialled), flow.entry_for(call.caller, call.dialled)
    language = (rule.language if rule is not None else None) or (number.language if number is not None else None)
    if language is not None and language is not call.language:
        walk.speak(language)
    if number is not None:
        walk.about(number.subject or "", "number")
        if number.interconnect:
            await _passed_in(walk)
        if number.greeting is not None and await walk.speaker.say(number.greeting, interrupt="0") == "0":
            return walk.person
    if rule is not None:
        return rule.to
    return number.start if number is not None and number.start is not None else flow.start


async def _passed_in(walk: Walk) -> None:
    """Take what another hotline tells of a caller whom it passes on."""
    data, call = await walk.line.call_data(), walk.call
    if not data:
        return
    walk.timeline.append(
        PassedIn(
            call=call.id,
            at=walk.clock.now(),
            hotline=data.hotline,
            caller=data.caller,
            ticket=data.ticket,
            subject=data.subject,
        )
    )
    call.caller_name = call.caller_name or data.caller
    if data.ticket:
        call.variables[PASSED_TICKET] = data.ticket
    walk.about(f"{data.subject} {data.ticket}".strip(), "hotline")

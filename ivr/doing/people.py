"""Doing the steps that lead to people."""

from calls import Language
from calls.passing import CallData
from ivr.doing.walk import PASSED_TICKET, Walk
from ivr.services import KeyPressed, QueueEnd, QueueRequest, TransferEnd
from ivr.steps import Announce, Queue, Transfer


async def queue(walk: Walk, step: Queue) -> str | None:
    """Ask for a person, and go on where asking ended."""
    if not walk.resumed and await walk.closed():  # who is in line, or talks, stays when the service is another one
        return step.nobody_staffed
    if step.subject is not None:
        walk.about(step.subject, "step")
    walk.keep({}, step.tags)
    if step.prompt is not None and not walk.resumed:
        await walk.speaker.say(step.prompt)
    if not walk.resumed:
        await _tell_of_recording(walk, step.queue)
    walk.resumed = False
    ended = await walk.services.queue(walk.line, await _request(walk, step))
    if isinstance(ended, KeyPressed):
        return step.waiting.keys[ended.key] if step.waiting is not None else step.nobody_staffed
    if ended is QueueEnd.MENU:
        return walk.flow.start
    if ended is not QueueEnd.SERVED:
        ways = {QueueEnd.TIMEOUT: step.timeout, QueueEnd.FULL: step.full}
        return ways.get(ended) or step.nobody_staffed
    walk.reason = "served"
    if step.after is None:
        await walk.speaker.say("goodbye")
    return step.after


async def _tell_of_recording(walk: Walk, queue: str) -> None:
    if walk.services.to_be_told(walk.line, queue):
        await walk.speaker.say("recording_notice")


async def _request(walk: Walk, step: Queue) -> QueueRequest:
    """What the step asks for, with what the number dialled and the entry rule say of the caller."""
    flow, call = walk.home, walk.call
    number, rule = flow.number(call.dialled), flow.entry_for(call.caller, call.dialled)
    skills = {**(number.skills if number is not None else {}), **step.skills}
    if call.language is not Language.ZH:
        skills.setdefault(f"lang.{call.language.value}", 1)
    announce = step.announce or Announce()
    return QueueRequest(
        step.queue,
        skills,
        max(step.priority, number.priority if number is not None else 0, rule.priority if rule is not None else 0),
        music=step.music,
        tell_place=announce.place,
        tell_wait=announce.wait,
        announce_after_s=announce.after_s,
        announce_every_s=announce.every_s,
        keys="" if step.waiting is None else "".join(step.waiting.keys),
        offers=() if step.waiting is None else await walk.speaker.sounds(step.waiting.prompt),
        callback=step.callback,
    )


async def transfer(walk: Walk, step: Transfer) -> str | None:
    """Connect to a department, or to another hotline, which is told what we know."""
    await walk.speaker.say(step.prompt or "connecting")
    await _tell_of_recording(walk, "")
    call, data = walk.call, None
    if step.hotline is not None:
        ticket = call.variables.get(step.ticket or PASSED_TICKET, "")
        data = CallData.cleaned(hotline=call.dialled, caller=call.caller, ticket=ticket, subject=call.subject)
    end = await walk.services.transfer(walk.line, step.party, data)
    if end is TransferEnd.DONE:
        walk.reason = "transferred"
        return step.next
    await walk.speaker.say(end.prompt)
    return step.failed

"""Doing the steps that lead to people."""

from calls import Language
from calls.line import RecordLimits
from ivr.doing.walk import Walk
from ivr.services import QueueEnd, QueueRequest, TransferEnd
from ivr.steps import Queue, Transfer, Voicemail


async def queue(walk: Walk, step: Queue) -> str | None:
    """Ask for a person, and go on where asking ended."""
    if step.prompt is not None:
        await walk.speaker.say(step.prompt)
    skills = dict(step.skills)
    language = walk.call.language
    if language is not Language.ZH:
        skills.setdefault(f"lang.{language.value}", 1)
    ended = await walk.services.queue(walk.line, QueueRequest(step.queue, skills, step.priority))
    match ended:
        case QueueEnd.SERVED:
            walk.reason = "served"
            if step.after is not None:
                return step.after
            await walk.speaker.say("goodbye")
            return None
        case QueueEnd.TIMEOUT:
            return step.timeout or step.nobody_staffed
        case QueueEnd.FULL:
            return step.full or step.nobody_staffed
        case QueueEnd.NOBODY_STAFFED:
            return step.nobody_staffed


async def voicemail(walk: Walk, step: Voicemail) -> str:
    """Take a message."""
    if step.prompt is not None:
        await walk.speaker.say(step.prompt)
    await walk.speaker.say("voicemail_intro")
    limits = RecordLimits(max_s=step.longest_s, silence_s=step.silence_s)
    await walk.services.leave_message(walk.line, step.box, limits)
    await walk.speaker.say("message_saved")
    return step.next


async def transfer(walk: Walk, step: Transfer) -> str | None:
    """Connect to a department."""
    await walk.speaker.say(step.prompt or "connecting")
    if await walk.services.transfer(walk.line, step.department) is TransferEnd.DONE:
        walk.reason = "transferred"
        return step.next
    await walk.speaker.say("department_failed")
    return step.failed

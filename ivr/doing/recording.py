"""Doing ``record``."""

from calls.line import Recorded, RecordEnd, RecordLimits, Sound
from ivr.asking import ask
from ivr.doing.walk import MOST_AGAIN, Walk
from ivr.steps import Exit, Menu, Record

_HEAR, _AGAIN, _SEND, _PERSON = "hear", "record_again", "send", "person"
_LEAST_S = 1.0  # shorter than this nobody has said anything


async def record(walk: Walk, step: Record) -> str:
    """Record a message until the caller is content with it. Whatever happens, what was said last is sent."""
    if step.prompt is not None:
        await walk.speaker.say(step.prompt)
    limits = RecordLimits(max_s=step.longest_s, silence_s=step.silence_s)
    for left in reversed(range(step.most)):
        await walk.speaker.say("voicemail_intro")
        recorded = await walk.services.draft_message(walk.line, step.box, limits)
        if recorded.duration_s < _LEAST_S and recorded.end is not RecordEnd.HANG_UP and left:
            walk.services.drop_message(recorded)
            await walk.speaker.say("no_message_heard")
            continue
        chosen = await _reviewed(walk, step, recorded, left)
        if chosen != _AGAIN:
            break
        walk.services.drop_message(recorded)
    walk.services.send_message(walk.line, step.box, recorded)
    await walk.speaker.say("message_saved")
    return walk.person if chosen == _PERSON else step.next


async def _reviewed(walk: Walk, step: Record, recorded: Recorded, left: int) -> str:
    """Let the caller hear the message; return what is to become of it. Who hangs up, or a fault, sends it."""
    choices = {"1": _HEAR, "3": _SEND, **({"2": _AGAIN} if left else {})}
    prompt = step.review or ("message_review" if left else "message_review_last")
    question = Menu(
        do="menu", prompt=prompt, choices=choices, first_digit_s=step.first_digit_s,
        no_input=Exit(limit=1, then=_SEND), no_match=Exit(limit=3, then=_SEND),
    )  # fmt: skip
    try:
        for _ in range(MOST_AGAIN):
            answer = await ask(walk.line, walk.speaker, question, choices, again=False, note=walk.note)
            if answer.pressed == "0":
                return _PERSON
            chosen = choices.get(answer.pressed, answer.exit)
            if chosen == _HEAR:
                await walk.line.play([Sound(recorded.path.with_suffix(""))], interrupt="0123*#")
            elif chosen is not None:
                return chosen
    except Exception:
        walk.services.send_message(walk.line, step.box, recorded)
        raise
    return _SEND

"""Doing ``record`` and ``voicemail``: a caller leaves a message, with and without hearing it before it is sent."""

from calls.line import Recorded, RecordLimits, Sound
from ivr.asking import ask
from ivr.doing.walk import MOST_AGAIN, Walk
from ivr.services import Box
from ivr.steps import Exit, Menu, Record, Voicemail

_HEAR, _AGAIN, _SEND, _PERSON = "hear", "record_again", "send", "person"
_LONGEST_S, _SILENCE_S = 120.0, 5.0  # where neither step nor box says
_TRIES = 2  # so often somebody may say nothing into ``voicemail``


async def voicemail(walk: Walk, step: Voicemail) -> str:
    """Take a message. Who says nothing is asked once more."""
    box = await _opened(walk, step)
    if box is None:
        return step.full or step.next
    for left in reversed(range(_TRIES)):
        recorded = await _spoken(walk, step, box)
        if recorded is not None:
            walk.services.send_message(walk.line, step.box, recorded)
            await walk.speaker.say("message_saved")
        if recorded is not None or not left:
            break
    return step.next


async def record(walk: Walk, step: Record) -> str:
    """Record a message until the caller is content with it. Whatever happens, what was said last is sent."""
    box = await _opened(walk, step)
    if box is None:
        return step.full or step.next
    kept: Recorded | None = None
    chosen, silent = "", 0
    try:
        for left in reversed(range(step.most)):
            recorded = await _spoken(walk, step, box)
            if recorded is None:
                silent += 1
                if silent == _TRIES:
                    break
                continue
            if kept is not None:
                walk.services.drop_message(kept)
            kept = recorded
            chosen = await _reviewed(walk, step, recorded, left)
            if chosen != _AGAIN:
                break
    except Exception:
        if kept is not None:
            walk.services.send_message(walk.line, step.box, kept)
        raise
    if kept is not None:
        walk.services.send_message(walk.line, step.box, kept)
        await walk.speaker.say("message_saved")
    return walk.person if chosen == _PERSON else step.next


async def _opened(walk: Walk, step: Record | Voicemail) -> Box | None:
    """Greet the caller; None: the box takes no message now, and the caller was told so."""
    box = await walk.services.box(walk.line, step.box)
    if not box.open:
        await walk.speaker.say("mailbox_full")
        return None
    if step.prompt is not None:
        await walk.speaker.say(step.prompt)
    else:
        await walk.line.play(box.greeting)
    return box


async def _spoken(walk: Walk, step: Record | Voicemail, box: Box) -> Recorded | None:
    """Record once; None: nothing was said, which the caller is told. Who hangs up while speaking comes back, too."""
    limits = RecordLimits(
        max_s=step.longest_s or box.longest_s or _LONGEST_S, silence_s=step.silence_s or box.silence_s or _SILENCE_S
    )
    await walk.speaker.say("voicemail_intro")
    recorded = await walk.services.draft_message(walk.line, step.box, limits)
    if recorded.spoken_s(limits.silence_s) >= box.shortest_s:
        return recorded
    walk.services.drop_message(recorded)
    await walk.speaker.say("no_message_heard")
    return None


async def _reviewed(walk: Walk, step: Record, recorded: Recorded, left: int) -> str:
    """Let the caller hear the message; return what is to become of it."""
    choices = {"1": _HEAR, "3": _SEND, **({"2": _AGAIN} if left else {})}
    prompt = step.review or ("message_review" if left else "message_review_last")
    question = Menu(
        do="menu", prompt=prompt, choices=choices, first_digit_s=step.first_digit_s,
        no_input=Exit(limit=1, then=_SEND), no_match=Exit(limit=3, then=_SEND),
    )  # fmt: skip
    meant = {**choices, "0": _PERSON}
    pressed = ""  # while the message was played
    for _ in range(MOST_AGAIN):
        if pressed in meant:
            walk.note(pressed, "match")
            chosen: str | None = meant[pressed]
        else:
            answer = await ask(walk.line, walk.speaker, question, choices, again=False, note=walk.note)
            chosen = meant.get(answer.pressed, answer.exit)
        pressed = ""
        if chosen == _HEAR:
            pressed = await walk.line.play([Sound(recorded.path.with_suffix(""))], interrupt="0123*#")
        elif chosen is not None:
            return chosen
    return _SEND

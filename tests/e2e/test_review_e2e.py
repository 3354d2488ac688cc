"""In the flows as they are shipped, callers hear their message and record it again before it is sent."""

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from language_flow import Voice

from simulator import CallLeg
from simulator.media.sounds import load
from simulator.media.spectrum import heard_tones

if TYPE_CHECKING:
    from conftest import Phones, Site

_BEEP = 1000
_STANDARD, _MINIMAL = "12342", "12340"
_KEYS = "听取留言请按1，重新录音请按2，发送请按3或直接挂机。"
_SAVED = "您的留言已保存，我们会尽快给您回电。"
_FIRST, _SECOND = 480, 880


@pytest.fixture
def voice(site: "Site", tmp_path: Path) -> Voice:
    return Voice(site, tmp_path)


async def says(caller: CallLeg, voice: Voice, tone: int) -> None:
    """Speak after the tone, and hear what can be done with it."""
    await caller.hear_tone(_BEEP, 40)
    caller.say_tone(tone)
    await asyncio.sleep(2)
    since = time.monotonic()
    await caller.send_digits("#")
    caller.say_tone(0)
    await voice.hears(caller, _KEYS, since=since)


async def messages_of(site: "Site", number: str) -> list[set[int]]:
    """The tones in each message that a caller has left."""
    call = await site.recorded_call_of(number)
    left = [entry.data["path"] for entry in call.timeline if entry.kind == "MessageLeft"]
    assert left == [call.message]
    assert [t["kind"] for t in await site.hotline("tickets", "--caller", number)] == ["voicemail"]
    return [heard_tones(load(site.state / "recordings" / path), [_FIRST, _SECOND, _BEEP]) for path in left]


async def test_a_caller_whom_nobody_answers_hears_the_message_and_records_it_again_before_it_is_sent(
    site: "Site", phones: "Phones", voice: Voice
) -> None:
    caller = await phones.call("13805100001", to=_STANDARD, tone=0)
    await says(caller, voice, _FIRST)
    await caller.send_digits("1")
    await caller.hear_tone(_FIRST, 10)
    await caller.send_digits("2")
    await says(caller, voice, _SECOND)
    since = time.monotonic()
    await caller.send_digits("3")
    await voice.hears(caller, _SAVED, since=since)
    await caller.wait_ended(30)
    assert await messages_of(site, "13805100001") == [{_SECOND}]
    assert (await site.recorded_call_of("13805100001")).message_box == "standard"


async def test_who_hangs_up_in_the_review_or_presses_nothing_has_sent_what_was_said_last(
    site: "Site", phones: "Phones", voice: Voice
) -> None:
    async def hangs_up() -> None:
        caller = await phones.call("13805100002", to=_MINIMAL, tone=0)
        await says(caller, voice, _FIRST)
        await caller.send_digits("2")
        await says(caller, voice, _SECOND)
        await caller.hang_up()

    async def presses_nothing() -> None:
        caller = await phones.call("13805100003", to=_MINIMAL, tone=0)
        await says(caller, voice, _FIRST)
        await voice.hears(caller, _SAVED, 45)  # after the keys have been said twice
        await caller.wait_ended(30)

    await asyncio.gather(hangs_up(), presses_nothing())
    assert await messages_of(site, "13805100002") == [{_SECOND}]
    assert await messages_of(site, "13805100003") == [{_FIRST}]


async def test_who_hangs_up_while_recording_again_has_sent_the_message_before_or_the_new_one(
    site: "Site", phones: "Phones", voice: Voice
) -> None:
    caller = await phones.call("13805100004", to=_MINIMAL, tone=0)
    await says(caller, voice, _FIRST)
    await caller.send_digits("2")
    await caller.hear_tone(_BEEP, 20)
    await caller.hang_up()  # nothing was said anew
    assert await messages_of(site, "13805100004") == [{_FIRST}]

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


async def message_of(site: "Site", number: str) -> tuple[str, set[int]]:
    """The box and the tones of the one message that a caller has left."""
    call = await site.recorded_call_of(number)
    assert [entry.data["path"] for entry in call.timeline if entry.kind == "MessageLeft"] == [call.message]
    assert [ticket["kind"] for ticket in await site.hotline("tickets", "--caller", number)] == ["voicemail"]
    return call.message_box, heard_tones(load(site.state / "recordings" / call.message), [_FIRST, _SECOND, _BEEP])


async def test_callers_whom_nobody_answers_hear_the_message_and_record_it_again_and_who_hangs_up_has_sent_it(
    site: "Site", phones: "Phones", voice: Voice
) -> None:
    async def hears_it_and_records_again() -> None:
        caller = await phones.call("13805190001", to=_STANDARD, tone=0)
        await says(caller, voice, _FIRST)
        await caller.send_digits("1")
        await caller.hear_tone(_FIRST, 10)
        await caller.send_digits("2")  # which stops it
        await says(caller, voice, _SECOND)
        since = time.monotonic()
        await caller.send_digits("3")
        await voice.hears(caller, _SAVED, since=since)
        await caller.wait_ended(30)
        assert await message_of(site, "13805190001") == ("standard", {_SECOND})

    async def hangs_up_in_the_review() -> None:
        caller = await phones.call("13805190002", to=_MINIMAL, tone=0)
        await says(caller, voice, _FIRST)
        await caller.hang_up()
        assert await message_of(site, "13805190002") == ("after_hours", {_FIRST})

    async def hangs_up_before_saying_anything_anew() -> None:
        caller = await phones.call("13805190003", to=_MINIMAL, tone=0)
        await says(caller, voice, _FIRST)
        await caller.send_digits("2")
        await caller.hear_tone(_BEEP, 20)
        await caller.hang_up()
        assert await message_of(site, "13805190003") == ("after_hours", {_FIRST})

    await asyncio.gather(hears_it_and_records_again(), hangs_up_in_the_review(), hangs_up_before_saying_anything_anew())

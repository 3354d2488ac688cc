"""What flows can ask for and record, and how they go round: each construct as a caller lives it."""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from language_flow import READ_BACK, Voice, in_use
from site_under_test import ROOT

from simulator.media.sounds import load
from simulator.media.spectrum import heard_tones

if TYPE_CHECKING:
    from conftest import Phones, Site

_BEEP = 1000
_WRONG, _LOCKED = "密码不正确。", "密码错误次数过多，请稍后再试。"
_REVIEW = "听取留言请按1，重新录音请按2，发送请按3或直接挂机。"
_REVIEW_LAST = "听取留言请按1，发送请按3或直接挂机。"
_SAVED = "您的留言已保存，我们会尽快给您回电。"
_PIN_CALLERS = ("13800003030", "13800003031")


@pytest.fixture
async def voice(site: "Site", tmp_path: Path) -> Voice:
    return await in_use(site, tmp_path)


async def test_who_knows_the_pin_is_let_in_and_nobody_can_try_it_out(
    site: "Site", phones: "Phones", voice: Voice
) -> None:
    right, wrong = "80817263", ("80817262", "80817261", "80817260", "80817265", "80817266")
    program = str(Path(sys.executable).with_name("hotline"))
    done = await asyncio.to_thread(
        subprocess.run,
        [program, "pin", "set", "staff", "--stdin"], input=f"{right}\n", text=True, cwd=ROOT, env=site.environment,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert right not in done.stdout + done.stderr

    async def call(number: str, pins: list[str], told: list[str]) -> None:
        caller = await phones.call(number, to="12465")
        for pin, text in zip(pins, told, strict=True):
            since = time.monotonic()
            await caller.send_digits(f"{pin}#")
            await voice.hears(caller, text, since=since)
        if told[-1] == _WRONG:
            await voice.hears(caller, "outside", since=since)
        await caller.hang_up()

    await asyncio.gather(
        call("13800003030", [right], ["inside"]), call("13800003031", [wrong[0], wrong[1]], [_WRONG, _WRONG])
    )
    await call("13800003031", [wrong[2], wrong[3]], [_WRONG, _WRONG])
    await call("13800003031", [wrong[4], right], [_WRONG, _LOCKED])  # five wrong ones: the right one is not looked at
    shown = "".join([json.dumps(await site.hotline("calls", (await site.call_of(n)).id)) for n in _PIN_CALLERS])
    assert "DigitsEntered" in shown
    assert not [pin for pin in (right, *wrong) if pin in shown + site.log()]


async def test_a_message_is_heard_again_and_recorded_anew_before_it_is_sent(
    site: "Site", phones: "Phones", voice: Voice
) -> None:
    first, second = 480, 880
    caller = await phones.call("13800003040", to="12466", tone=0)
    await caller.hear_tone(_BEEP, 30)
    caller.say_tone(first)
    await asyncio.sleep(2.5)  # speaks
    await caller.send_digits("#")
    caller.say_tone(0)
    await voice.hears(caller, _REVIEW)
    await caller.send_digits("1")
    await caller.hear_tone(first, 10)
    since = time.monotonic()
    await voice.hears(caller, _REVIEW, since=since)
    await caller.send_digits("2")
    await caller.hear_tone(_BEEP, 20)
    caller.say_tone(second)
    await asyncio.sleep(2.5)
    await caller.send_digits("#")
    caller.say_tone(0)
    await voice.hears(caller, _REVIEW_LAST)  # twice at most, so nothing is said of recording again
    await caller.send_digits("3")
    await voice.hears(caller, _SAVED)
    await caller.hang_up()
    call = await site.recorded_call_of("13800003040")
    assert (call.outcome, call.message_box) == ("voicemail", "ideas")
    kept = site.state / "recordings" / call.message
    assert heard_tones(load(kept), [first, second, _BEEP]) == {second}
    others = [path for path in kept.parent.glob(f"*{call.id}*") if not path.name.startswith(kept.name)]
    assert not others, "the first try is thrown away"
    tickets = await site.hotline("tickets", "--caller", "13800003040")
    assert [ticket["kind"] for ticket in tickets] == ["voicemail"]


async def test_who_hangs_up_while_hearing_the_message_has_sent_it(site: "Site", phones: "Phones", voice: Voice) -> None:
    caller = await phones.call("13800003041", to="12466", tone=0)
    await caller.hear_tone(_BEEP, 30)
    caller.say_tone(520)
    await asyncio.sleep(2.5)
    await caller.send_digits("#")
    caller.say_tone(0)
    await voice.hears(caller, _REVIEW)
    await caller.send_digits("1")
    await caller.hear_tone(520, 10)
    await caller.hang_up()
    call = await site.recorded_call_of("13800003041")
    assert call.message_box == "ideas"
    assert 520 in heard_tones(load(site.state / "recordings" / call.message), [520, _BEEP])


async def test_steps_that_two_ways_share_lead_back_to_the_way_that_called_them(
    site: "Site", phones: "Phones", voice: Voice
) -> None:
    async def call(number: str, to: str, text: str) -> None:
        caller = await phones.call(number, to=to)
        await caller.send_digits("1")
        await voice.hears(caller, text)
        await caller.hang_up()

    await asyncio.gather(call("13800003050", "12467", "first_way"), call("13800003051", "12468", "second_way"))


async def test_an_entry_is_checked_read_back_and_entered_again(site: "Site", phones: "Phones", voice: Voice) -> None:
    caller = await phones.call("13800003060", to="12469")
    await caller.send_digits("23800001234")
    await voice.hears(caller, "no_mobile")
    await caller.send_digits("13800009999")
    await voice.hears(caller, READ_BACK, mobile="13800009999")
    since = time.monotonic()
    await caller.send_digits("2")
    await voice.hears(caller, "mobile", since=since)
    await caller.send_digits("13800001234")
    await voice.hears(caller, READ_BACK, since=since, mobile="13800001234")
    await caller.send_digits("1")
    await voice.hears(caller, "known")
    await caller.hang_up()


@pytest.mark.soak
async def test_choices_of_two_digits_words_for_places_and_prompts_that_grow(
    site: "Site", phones: "Phones", voice: Voice
) -> None:
    async def presses(number: str, *steps: tuple[str, str]) -> None:
        caller = await phones.call(number, to="12470")
        await voice.hears(caller, "district")
        for keys, text in steps:
            since = time.monotonic()
            await caller.send_digits(keys)
            await voice.hears(caller, text, since=since)
        await caller.hang_up()

    async def says_nothing(number: str) -> None:
        agent = await phones.seat("1001", "2001")
        caller = await phones.call(number, to="12470")
        await voice.hears(caller, "hurry", 25)
        await caller.hear_tone(agent.tone, 25)
        await caller.hang_up()

    await asyncio.gather(
        presses("13800003070", ("1", "street_one"), ("12", "street_twelve"), ("9", "district")),
        presses("13800003071", ("12", "street_twelve"), ("*", "district")),
        says_nothing("13800003072"),
    )

"""Prompts are recorded by phone, heard at a seat, replaced, changed and restored, and callers hear it at once."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from simulator import CallLeg, Softphone

_BEEP, _VOICE, _OTHER_VOICE = 1000, 1350, 1950
_FLOW = """
numbers: ["12370"]
start: hello
person: person
prompts:
  studio_hello: {zh: 您好，这里是录音测试热线。}
steps:
  hello: {do: say, prompt: studio_hello, next: end}
  person: {do: queue, queue: general, nobody_staffed: end}
  end: {do: hangup}
"""
_KEEPING = """
numbers: ["12371"]
start: ask
person: person
prompts:
  ask_keeping: {zh: 请按1。}
steps:
  ask: {do: menu, prompt: ask_keeping, choices: {1: end}, first_digit_s: 60}
  person: {do: queue, queue: general, nobody_staffed: end}
  end: {do: hangup}
"""


async def reads(phone: Softphone, tone: int, seconds: float = 3.0) -> CallLeg:
    """Answer, wait for the beep, say a tone as the voice, end it by #, and hear it played back."""
    leg = await phone.next_call(15)
    leg.say_tone(0)
    await speaks(leg, tone, seconds)
    return leg


async def speaks(leg: CallLeg, tone: int, seconds: float = 3.0) -> None:
    """Wait for the beep, say a tone as the voice, end it by #, and hear it played back."""
    await leg.hear_tone(_BEEP, 60)
    await leg.hear_silence(0.2, 5)
    leg.say_tone(tone)
    await asyncio.sleep(seconds)
    await leg.send_digits("#")
    leg.say_tone(0)
    await leg.hear_tone(tone, 20)


def service_pin(site) -> str:
    return (site.state / "service_pin").read_text().split("\n")[1]


async def moment_of_end(leg: CallLeg) -> float:
    await leg.wait_ended(60)
    return time.time()


async def listed(site, name: str) -> dict:
    prompts = (await site.hotline("prompts", "list"))["prompts"]
    return next(row for row in prompts if row["name"] == name and row["language"] == "zh")


@pytest.fixture
async def voice_back(site):
    """Whatever was recorded is taken away again."""
    yield
    for path in (site.state / "dialplans" / "recordings").rglob("*.*"):
        path.unlink()
    await site.told("prompts-refresh")


async def test_a_prompt_recorded_by_phone_is_heard_by_the_next_caller(site, phones, voice_back) -> None:
    await site.add_flow("studio", _FLOW)
    phone = await phones.seat("1001")
    order = asyncio.create_task(site.hotline("prompts", "record", "studio_hello", "--seat", "1001"))
    leg = await reads(phone, _VOICE)
    await leg.send_digits("1")
    told = await order
    assert (told["state"], told["seat"]) == ("kept", "1001")
    caller = await phones.call("13800000701", to="12370", tone=0)
    await caller.hear_tone(_VOICE, 5)
    row = await listed(site, "studio_hello")
    assert (row["state"], row["source"], row["made_by"]) == ("ready", "recording", "seat 1001")
    assert row["level_dbfs"] == pytest.approx(-22, abs=1)
    assert row["seconds"] == pytest.approx(3, abs=0.6)


async def test_with_the_pin_a_prompt_is_recorded_from_any_seat_by_its_number(site, phones, voice_back) -> None:
    await site.add_flow("studio", _FLOW)
    phone = await phones.seat("1003")
    number = (await listed(site, "studio_hello"))["number"]
    leg = await phone.dial("*20")
    await leg.wait_answered(10)
    leg.say_tone(0)
    await leg.hear_sound(10)
    await leg.send_digits(f"{service_pin(site)}#")
    await leg.hear_silence(0.5, 15)
    await leg.send_digits("4")
    await leg.hear_silence(0.5, 30)
    await leg.send_digits(f"{number}#")
    await speaks(leg, _VOICE)
    await leg.send_digits("1")
    await site.eventually((site.state / "dialplans/recordings/zh/studio_hello.wav").is_file)
    await leg.hang_up()
    caller = await phones.call("13800000708", to="12370", tone=0)
    await caller.hear_tone(_VOICE, 5)
    assert (await listed(site, "studio_hello"))["made_by"] == "seat 1003"


@pytest.mark.soak
async def test_2_records_again_and_star_gives_up_without_a_change(site, phones, voice_back) -> None:
    await site.add_flow("studio", _FLOW)
    phone = await phones.seat("1001")
    order = asyncio.create_task(site.hotline_fails("prompts", "record", "studio_hello", "--seat", "1001"))
    leg = await reads(phone, _VOICE)
    await leg.send_digits("2")
    await speaks(leg, _OTHER_VOICE)
    await leg.send_digits("*")
    code, told = await order
    assert (code, json.loads(told)["state"]) == (1, "given_up")
    assert (await listed(site, "studio_hello"))["source"] == "voice"


async def test_a_seat_hears_a_prompt_as_callers_do(site, phones) -> None:
    phone = await phones.seat("1002")
    order = asyncio.create_task(site.hotline("prompts", "play", "greeting", "--seat", "1002"))
    leg = await phone.next_call(15)
    heard = Path((await listed(site, "greeting"))["file"]).with_suffix(".wav")
    await leg.hear_prompt(heard, 12)
    assert (await order)["state"] == "played"


async def test_an_agent_whose_phone_plays_a_prompt_is_offered_nobody_before_it_is_over(site, phones) -> None:
    phone = await phones.seat("1001", "2001")
    order = asyncio.create_task(site.hotline("prompts", "play", "self_service", "--seat", "1001"))
    leg = await phone.next_call(15)
    await leg.hear_sound(5)
    over = asyncio.create_task(moment_of_end(leg))
    caller = await phones.ask_for_a_person("13800000707")
    await site.eventually(site.waiting)
    assert (await order)["state"] == "played"
    await caller.hear_tone(phone.tone, 15)
    await caller.hang_up()
    call = await site.call_of("13800000707")
    [offered] = [entry for entry in call.timeline if entry.kind == "Offered"]
    assert offered.at > await over - 0.3


@pytest.mark.soak
async def test_a_recording_put_in_place_is_heard_at_once_told_when_stale_and_taken_back(
    site, phones, voice_back, tmp_path
) -> None:
    await site.add_flow("studio", _FLOW)
    tone = tmp_path / "hello.flac"
    write_tone(tone, _VOICE)
    done = await site.hotline("prompts", "replace", "studio_hello", str(tone))
    assert done["in_use"]
    caller = await phones.call("13800000702", to="12370", tone=0)
    await caller.hear_tone(_VOICE, 5)
    await site.add_flow("studio", _FLOW.replace("录音测试热线", "新的测试热线"))
    assert (await listed(site, "studio_hello"))["state"] == "stale"
    assert (await site.hotline("status"))["prompts"]["stale"] == 1
    assert any("studio_hello" in doubt for doubt in (await site.hotline("check"))["doubts"])
    caller = await phones.call("13800000703", to="12370", tone=0)
    await caller.hear_tone(_VOICE, 5)  # an old recording is better than another voice in the middle of a menu
    await site.hotline("prompts", "restore", "studio_hello")
    row = await listed(site, "studio_hello")
    assert (row["state"], row["source"]) == ("ready", "voice")
    since = time.monotonic()
    caller = await phones.call("13800000704", to="12370", tone=0)
    await caller.hear_prompt(Path(row["file"]).with_suffix(".wav"), 8, since=since)


async def test_prompts_yaml_is_taken_at_a_reload_and_calls_that_go_on_keep_theirs(site, phones) -> None:
    await site.add_flow("keeping", _KEEPING)
    before = Path((await listed(site, "goodbye"))["file"]).with_suffix(".wav")
    caller = await phones.call("13800000705", to="12371", tone=0)
    path = site.state / "dialplans" / "prompts.yaml"
    old = path.read_text(encoding="utf-8")
    path.write_text(old.replace("感谢您的来电，再见。", "谢谢，祝您生活愉快。"), encoding="utf-8")
    try:
        assert not (await site.told("reload"))["mistakes"]
        after = Path((await listed(site, "goodbye"))["file"]).with_suffix(".wav")
        later = await phones.call("13800000706", to="12371", tone=0)
        for leg in (caller, later):
            await leg.send_digits("1")
        await asyncio.gather(caller.hear_prompt(before, 8), later.hear_prompt(after, 8))
    finally:
        path.write_text(old, encoding="utf-8")
        await site.told("reload")


def write_tone(path: Path, frequency: int) -> None:
    import numpy as np
    import soundfile

    soundfile.write(path, 0.1 * np.sin(2 * np.pi * frequency * np.arange(44100 * 3) / 44100), 44100)

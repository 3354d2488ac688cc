"""Closed at once, by a command or a call, over a kill of the service; the announcement of the day by telephone."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from calls import Language
from ivr import SystemPrompts
from ivr.speech import PromptStore, Pyttsx3Engine

if TYPE_CHECKING:
    from conftest import Phones, Site

ROOT = Path(__file__).resolve().parents[2]
_FLOW = """
numbers: ["12454"]
start: today
person: person
prompts:
  hello: {zh: 这里是关闭测试。}
  shut: {zh: 关闭后听到这句话。}
steps:
  today: {do: say, prompt: announcement, next: open}
  open:
    do: hours
    open: [{days: all, from: "00:00", to: "24:00"}]
    when_open: welcome
    when_closed: shut
  welcome: {do: say, prompt: hello, next: person}
  person: {do: queue, queue: general, nobody_staffed: shut}
  shut: {do: say, prompt: shut, next: end}
  end: {do: hangup}
"""


@pytest.fixture
async def house(site: "Site") -> AsyncIterator["Site"]:
    """The flow above is in use; whatever a test closes is open again afterwards, and nothing is announced."""
    await site.add_flow("closing", _FLOW)
    yield site
    await site.told("reopen", {})
    await site.told("announcement", {"remove": True})


def wav(site: "Site", text: str) -> Path:
    """Return the sound file of a text that was rendered."""
    dialplans = site.state / "dialplans"
    store = PromptStore(ROOT / "var" / "prompts", dialplans / "recordings", Pyttsx3Engine(site.state / "espeak"))
    sound = store.find("?", Language.ZH, text)
    assert sound is not None, text
    return sound.path.with_suffix(".wav")


def system_wav(site: "Site", name: str) -> Path:
    return wav(site, SystemPrompts.load(site.state / "dialplans" / "prompts.yaml").text(name, Language.ZH))


async def test_a_command_closes_at_once_and_another_opens(house: "Site", phones: "Phones") -> None:
    told = await house.hotline("close", "--flow", "closing", "--until", "2h")
    assert told["closed"]["what"] == "flow closing"
    caller = await phones.call("13800001001", to="12454")
    await caller.hear_prompt(system_wav(house, "closed_now"), 12)
    await caller.hear_prompt(wav(house, "关闭后听到这句话。"), 12)
    await caller.hang_up()
    assert [one["flow"] for one in house.api("status")["closed"]] == ["closing"]
    assert (await house.hotline("reopen"))["opened"][0]["flow"] == "closing"
    caller = await phones.call("13800001002", to="12454")
    await caller.hear_prompt(wav(house, "这里是关闭测试。"), 12)


async def test_who_is_in_a_menu_reaches_no_agent_any_more_though_one_is_free(house: "Site", phones: "Phones") -> None:
    agent = await phones.seat("1001", "2001")
    caller = await phones.call("13800001003")
    await caller.hear_sound(5)
    await house.hotline("close")
    await caller.send_digits("1")
    await caller.hear_prompt(system_wav(house, "closed_now"), 12)
    await caller.hang_up()
    assert not agent.legs
    assert (await house.call_of("13800001003")).queue == ""


async def test_closed_by_a_call_with_the_pin_it_stays_closed_when_the_service_is_killed(
    house: "Site", phones: "Phones"
) -> None:
    pin = (house.state / "service_pin").read_text().split("\n")[1]
    seat = await phones.seat("1001")
    wrong = await seat.dial("*20")
    await wrong.wait_answered(10)
    await wrong.hear_sound(10)
    await wrong.send_digits("00000000#1#1")
    await wrong.hear_prompt(wav(house, "密码不正确。"), 15)
    await wrong.hang_up()
    assert house.api("status")["closed"] == []

    right = await seat.dial("*20")
    await right.wait_answered(10)
    await right.hear_sound(10)
    await right.send_digits(f"{pin}#1#1")
    await right.hear_prompt(wav(house, "已停止服务。"), 20)
    await right.hang_up()
    [closed] = house.api("status")["closed"]
    assert (closed["what"], closed["by"], closed["until"]) == ("everything", "seat 1001", None)

    before = house.service_pid()
    await house.written()
    os.kill(before, signal.SIGKILL)
    await house.eventually(lambda: house.service_pid() != before and house.api("status")["asterisk"]["connected"], 30)
    assert [one["what"] for one in house.api("status")["closed"]] == ["everything"]
    caller = await phones.call("13800001004", to="12454")
    await caller.hear_prompt(system_wav(house, "closed_now"), 12)
    await caller.hang_up()

    opening = await seat.dial("*20")
    await opening.wait_answered(10)
    await opening.hear_sound(10)
    await opening.send_digits(f"{pin}#2")
    await house.eventually(lambda: house.api("status")["closed"] == [], 15)
    await opening.hang_up()
    assert pin not in house.log()


async def test_what_is_spoken_by_telephone_is_what_callers_hear_once_it_is_activated(
    house: "Site", phones: "Phones"
) -> None:
    pin = (house.state / "service_pin").read_text().split("\n")[1]
    seat = await phones.seat("1002", tone=1250)
    desk = await seat.dial("*20")
    await desk.wait_answered(10)
    await desk.hear_sound(10)
    await desk.send_digits(f"{pin}#32")  # the announcement; record
    await desk.hear_prompt(wav(house, "请在提示音后录音，结束请按井号键。"), 20)
    await asyncio.sleep(3)  # speaks, that is
    await desk.send_digits("#")
    await desk.hear_prompt(wav(house, "已录制，尚未启用。"), 15)
    early = await phones.call("13800001005", to="12454")
    await early.hear_prompt(wav(house, "这里是关闭测试。"), 12)
    assert not early.heard_tones({1250})
    await early.hang_up()

    await desk.send_digits("3")
    await desk.hear_prompt(wav(house, "请输入有效的小时数，按井号键结束。长期有效请直接按井号键。"), 15)
    await desk.send_digits("8#")
    await desk.hear_prompt(wav(house, "公告已启用。"), 15)
    await desk.hang_up()
    today = house.api("status")["announcement"]
    assert today["by"] == "seat 1002"
    assert 1.5 < today["seconds"] < 8
    assert 7.9 * 3600 < today["until"] - today["since"] < 8.1 * 3600
    caller = await phones.call("13800001006", to="12454")
    await caller.hear_tone(1250, 10)
    await caller.hear_prompt(wav(house, "这里是关闭测试。"), 15)
    await caller.hang_up()
    await house.hotline("announcement", "--remove")
    assert house.api("status")["announcement"] is None

"""What flows can decide, note, look up, ask for and record: each construct as a caller lives it."""

import asyncio
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from aiohttp import web

from calls import Language
from ivr.speech import PromptPlayer, PromptStore, Pyttsx3Engine
from simulator.media.sounds import load, save
from simulator.media.spectrum import heard_tones

if TYPE_CHECKING:
    from conftest import Phones, Site

    from simulator import CallLeg

ROOT = Path(__file__).resolve().parents[2]
_BEEP = 1000
_KNOWN, _WATER = "13800003001", "13800003002"
_WRONG, _LOCKED = "密码不正确。", "密码错误次数过多，请稍后再试。"
_REVIEW = "听取留言请按1，重新录音请按2，发送请按3或直接挂机。"
_REVIEW_LAST = "听取留言请按1，发送请按3或直接挂机。"
_SAVED = "您的留言已保存，我们会尽快给您回电。"
_BILL = "{amount|money}，是您本期的账单金额，截止日期{due|date}。"
_READ_BACK = "{mobile|digits}，正确请按1，重新输入请按2。"
_PIN_CALLERS = ("13800003030", "13800003031")
_TEXTS = {
    "known": "张先生您好，您是我们的老朋友了。",
    "nobody": "现在没有工作人员值班，请您稍后再拨。",
    "again": "您今天已经来电咨询过一次了。",
    "about_water": "供水管网的维修由水务集团负责。",
    "about_other": "这件事情我们会转给其他部门办理。",
    "which": "供水问题请按1，其他问题请按2。",
    "account": "请输入您的缴费户号，按井号键结束。",
    "no_account": "没有查询到这个户号的账单信息。",
    "no_answer": "查询系统暂时没有应答，抱歉。",
    "pin": "内部人员专线，请输入通行密码。",
    "inside": "通行密码正确，欢迎进入内部系统。",
    "outside": "您没有权限进入，再会。",
    "idea": "市民建议征集，请留下您的宝贵意见。",
    "consent": "通话将会被录音，同意请按1键。",
    "first_way": "这里是第一个入口，谢谢同意。",
    "second_way": "这里是另外一个入口，感谢配合。",
    "mobile": "请输入您本人的手机号码。",
    "no_mobile": "这不是一个手机号码，请重新来。",
    "district": "请输入街道的编号，返回请按九。",
    "street_one": "一号街道的办事大厅在人民路。",
    "street_twelve": "十二号街道的窗口设在文化宫。",
    "hurry": "不知道编号也没有关系，请您随意选择。",
}
_FLOW = f"""
numbers:
  - {{number: "12461", start: who}}
  - {{number: "12462", start: which}}
  - {{number: "12463", start: ask_account}}
  - {{number: "12464", start: ask_account_here}}
  - {{number: "12465", start: staff_only}}
  - {{number: "12466", start: idea}}
  - {{number: "12467", start: first_way}}
  - {{number: "12468", start: second_way}}
  - {{number: "12469", start: your_mobile}}
  - {{number: "12470", start: district}}
start: who
person: person
prompts:
{chr(10).join(f'  {name}: {{zh: "{text}"}}' for name, text in _TEXTS.items())}
  bill: {{zh: "{_BILL}"}}
  read_back: {{zh: "{_READ_BACK}"}}
steps:
  person: {{do: queue, queue: general, nobody_staffed: nobody}}
  end: {{do: hangup}}
  nobody: {{do: say, prompt: nobody, next: end}}
  who:
    do: when
    branches:
      - {{if: "caller == '{_KNOWN}'", then: known}}
      - {{if: "calls_in(1) >= 1 and not (time < 00:00)", then: again}}
      - {{if: "queue.general.staffed == 0", then: nobody}}
    else: person
  known: {{do: say, prompt: known, next: end}}
  again: {{do: say, prompt: again, next: end}}

  which: {{do: menu, prompt: which, choices: {{1: water, 2: other}}}}
  water: {{do: set, values: {{topic: 供水, came_by: "{{dialled}}"}}, tags: [water, merged], next: by_topic}}
  other: {{do: set, values: {{topic: 其他}}, next: by_topic}}
  by_topic:
    do: when
    if: "topic == '供水' and 'water' in tags and came_by matches '1246*'"
    then: to_water
    else: to_other
  to_water: {{do: say, prompt: about_water, next: end}}
  to_other: {{do: say, prompt: about_other, next: end}}

  ask_account: {{do: collect, prompt: account, into: account, most: 12, next: look_up}}
  look_up:
    do: lookup
    url: http://127.0.0.1:PORT/accounts/{{account}}/bill
    into: {{amount: bill.total, due: bill.due}}
    timeout_s: 1
    found: tell_bill
    not_found: no_account
    failed: no_answer
  tell_bill: {{do: say, prompt: bill, service: bill, next: end}}
  no_account: {{do: say, prompt: no_account, next: end}}
  no_answer: {{do: say, prompt: no_answer, next: end}}
  ask_account_here: {{do: collect, prompt: account, into: account, most: 12, next: look_up_here}}
  look_up_here:
    do: lookup
    query: bill_of
    send: {{account: "{{account}}"}}
    into: {{amount: total, due: due}}
    found: tell_bill
    not_found: no_account
    failed: no_answer

  staff_only: {{do: pin, pin: staff, prompt: pin, tries: 2, right: inside, wrong: outside, between_digits_s: 1.5}}
  inside: {{do: say, prompt: inside, next: end}}
  outside: {{do: say, prompt: outside, next: end}}

  idea: {{do: record, box: ideas, prompt: idea, longest_s: 20, silence_s: 2, most: 2, next: end}}

  first_way: {{do: call, step: consent, next: in_first}}
  second_way: {{do: call, step: consent, next: in_second}}
  consent: {{do: menu, prompt: consent, choices: {{1: agreed}}}}
  agreed: {{do: return}}
  in_first: {{do: say, prompt: first_way, next: end}}
  in_second: {{do: say, prompt: second_way, next: end}}

  your_mobile:
    do: collect
    prompt: mobile
    into: mobile
    check: mobile
    between_digits_s: 1
    invalid: {{limit: 2, prompt: no_mobile, then: person}}
    confirm: read_back
    next: by_mobile
  by_mobile: {{do: when, if: "mobile matches '1380000????'", then: known, else: to_other}}

  district:
    do: menu
    prompt: district
    first_digit_s: 1.5
    between_digits_s: 1
    choices: {{1: street_one, 12: street_twelve, 9: top}}
    no_input: {{limit: 2, prompts: [no_input, hurry], then: person}}
  street_one: {{do: say, prompt: street_one, next: district}}
  street_twelve: {{do: say, prompt: street_twelve, next: district}}
"""


class Voice:
    """What callers should hear, as sound files: the flow's texts, and its marks filled."""

    def __init__(self, site: "Site", folder: Path) -> None:
        self._folder = folder
        store = PromptStore(
            ROOT / "var" / "prompts", site.state / "dialplans" / "recordings", Pyttsx3Engine(site.state / "espeak")
        )
        self._player = PromptPlayer(store)

    async def wav(self, text: str, **slots: object) -> Path:
        sounds = await self._player.sounds("heard", text, Language.ZH, **slots)
        path = self._folder / f"{abs(hash((text, tuple(slots.items()))))}.wav"
        save(path, np.concatenate([load(sound.path.with_suffix(".wav")) for sound in sounds]))
        return path

    async def hears(
        self, caller: "CallLeg", text: str, timeout: float = 15, *, since: float | None = None, **slots: object
    ) -> None:
        """Wait until a caller hears it; a busy machine may make it stutter, so parts of it count."""
        wav = await self.wav(_TEXTS.get(text, text), **slots)
        deadline = time.monotonic() + timeout
        while not caller.matches(wav, since=since, in_parts=True):
            assert time.monotonic() < deadline, f"{text} {slots} was not heard"
            assert not caller.ended.is_set(), f"the call ended before {text} {slots} was heard"
            await asyncio.sleep(0.3)


@pytest.fixture
async def voice(site: "Site", tmp_path: Path) -> Voice:
    if not any(path.stem == "language" for path in site.added):
        await site.add_flow("language", _FLOW.replace("PORT", str(site.ports["other_system"])))
    return Voice(site, tmp_path)


@pytest.fixture
async def bills(site: "Site") -> AsyncIterator[list[str]]:
    """The water works' billing system: what it was asked, in order. It knows one account, and has moods."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.raw_path)
        match request.match_info["account"]:
            case "1001":
                return web.json_response({"bill": {"total": "128.5", "due": "2026-12-31"}})
            case "5000":
                await asyncio.sleep(30)
            case "5001":
                return web.Response(status=500)
            case "5002":
                raise web.HTTPFound("http://127.0.0.1:1/accounts/1001/bill")
            case "5003":
                return web.Response(text="<html>broken", content_type="application/json")
            case "5004":
                return web.Response(text="[" * 70_000, content_type="application/json")
        raise web.HTTPNotFound

    app = web.Application()
    app.router.add_get("/accounts/{account}/bill", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", site.ports["other_system"]).start()
    yield asked
    await runner.cleanup()


async def test_conditions_lead_by_number_by_earlier_calls_and_by_who_is_on_duty(
    site: "Site", phones: "Phones", voice: Voice
) -> None:
    async def call(number: str, text: str) -> None:
        caller = await phones.call(number, to="12461")
        await voice.hears(caller, text)
        await caller.hang_up()
        await site.call_of(number)

    await asyncio.gather(call(_KNOWN, "known"), call(_WATER, "nobody"))
    await call(_WATER, "again")  # the same number once more
    agent = await phones.seat("1001", "2001")
    caller = await phones.call("13800003003", to="12461")
    await caller.hear_tone(agent.tone, 15)
    await caller.hang_up()


async def test_what_a_flow_notes_decides_later_and_stands_in_the_record(
    site: "Site", phones: "Phones", voice: Voice
) -> None:
    async def call(number: str, key: str, text: str) -> None:
        caller = await phones.call(number, to="12462")
        await caller.send_digits(key)
        await voice.hears(caller, text)
        await caller.hang_up()

    await asyncio.gather(call("13800003004", "1", "about_water"), call("13800003005", "2", "about_other"))
    water, other = await site.call_of("13800003004"), await site.call_of("13800003005")
    noted = [entry.data for entry in water.timeline if entry.kind == "ValuesSet"]
    assert [(n["values"], n["tags"]) for n in noted] == [({"topic": "供水", "came_by": "12462"}, ["water", "merged"])]
    assert [entry.data["tags"] for entry in other.timeline if entry.kind == "ValuesSet"] == [[]]


async def test_another_system_is_asked_and_its_answer_spoken(
    site: "Site", phones: "Phones", voice: Voice, bills: list[str]
) -> None:
    async def call(number: str, entered: str, text: str, **slots: object) -> None:
        caller = await phones.call(number, to="12463")
        await caller.send_digits(f"{entered}#")
        await voice.hears(caller, text, 12, **slots)
        async with asyncio.timeout(20):
            await caller.ended.wait()  # listens to the end

    await asyncio.gather(
        call("13800003010", "1001", _BILL, amount="128.5", due="2026-12-31"),
        call("13800003011", "4004", "no_account"),
        call("13800003012", "5000", "no_answer"),  # says nothing for half a minute
        call("13800003013", "5001", "no_answer"),
        call("13800003014", "5002", "no_answer"),  # leads elsewhere
        call("13800003015", "5003", "no_answer"),
        call("13800003016", "5004", "no_answer"),
    )
    assert sorted(bills) == [f"/accounts/{n}/bill" for n in (1001, 4004, 5000, 5001, 5002, 5003, 5004)]
    told = await site.call_of("13800003010")
    assert (told.services, told.outcome) == (["bill"], "self_served")
    [noted] = [entry.data["values"] for entry in told.timeline if entry.kind == "ValuesSet"]
    assert noted == {"amount": "128.5", "due": "2026-12-31"}


async def test_a_system_that_is_down_keeps_nobody_waiting(site: "Site", phones: "Phones", voice: Voice) -> None:
    caller = await phones.call("13800003017", to="12463")
    await caller.send_digits("1001#")
    await voice.hears(caller, "no_answer", 10)
    await caller.hang_up()
    call = await site.call_of("13800003017")
    entered = next(e.at for e in call.timeline if e.kind == "StepEntered" and e.data["step"] == "look_up")
    failed = next(e.at for e in call.timeline if e.kind == "StepEntered" and e.data["step"] == "no_answer")
    assert failed - entered < 2


async def test_a_database_is_asked_with_what_the_caller_entered(site: "Site", phones: "Phones", voice: Voice) -> None:
    with sqlite3.connect(site.state / "bills.db") as database:
        database.execute("create table bills (account text primary key, total text, due text)")
        database.execute("insert into bills values ('1001', '36.2', '2026-12-31')")
    database.close()

    async def call(number: str, entered: str, text: str, **slots: object) -> None:
        caller = await phones.call(number, to="12464")
        await caller.send_digits(f"{entered}#")
        await voice.hears(caller, text, 12, **slots)
        await caller.hang_up()

    await asyncio.gather(
        call("13800003020", "1001", _BILL, amount="36.2", due="2026-12-31"),
        call("13800003021", "1002", "no_account"),
    )


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
    await voice.hears(caller, _READ_BACK, mobile="13800009999")
    await caller.send_digits("2")
    await asyncio.sleep(0.3)  # presses the rest only when asked again
    since = time.monotonic()
    await voice.hears(caller, "mobile", since=since)
    await caller.send_digits("13800001234")
    await voice.hears(caller, _READ_BACK, since=since, mobile="13800001234")
    await caller.send_digits("1")
    await voice.hears(caller, "known")
    await caller.hang_up()


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

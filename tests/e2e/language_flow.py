"""The flow that has each construct of the language once, by a number of its own, and what its callers should hear."""

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from site_under_test import ROOT, Site

from calls import Language
from ivr.speech import PromptPlayer, PromptStore, Pyttsx3Engine
from simulator.media.sounds import load, save

if TYPE_CHECKING:
    from simulator import CallLeg

KNOWN = "13800003001"
BILL = "{amount|money}，是您本期的账单金额，截止日期{due|date}。"
READ_BACK = "{mobile|digits}，正确请按1，重新输入请按2。"
TEXTS = {
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
FLOW = f"""
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
{chr(10).join(f'  {name}: {{zh: "{text}"}}' for name, text in TEXTS.items())}
  bill: {{zh: "{BILL}"}}
  read_back: {{zh: "{READ_BACK}"}}
steps:
  person: {{do: queue, queue: general, nobody_staffed: nobody}}
  end: {{do: hangup}}
  nobody: {{do: say, prompt: nobody, next: end}}
  who:
    do: when
    branches:
      - {{if: "caller == '{KNOWN}'", then: known}}
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
        wav = await self.wav(TEXTS.get(text, text), **slots)
        deadline = time.monotonic() + timeout
        while not caller.matches(wav, since=since, in_parts=True):
            assert time.monotonic() < deadline, f"{text} {slots} was not heard"
            assert not caller.ended.is_set(), f"the call ended before {text} {slots} was heard"
            await asyncio.sleep(0.3)


async def in_use(site: Site, folder: Path) -> Voice:
    """Have the flow in use; return its voice."""
    if not any(path.stem == "language" for path in site.added):
        await site.add_flow("language", FLOW.replace("PORT", str(site.ports["other_system"])))
    return Voice(site, folder)

"""The service dies while a caller is within steps that were called, or in a talk after which they are asked."""

import asyncio
import os
import signal
from typing import TYPE_CHECKING

from test_restart_e2e import kill_service

from simulator import CallLeg, Department
from tickets import CallDetail, Reader, Store

if TYPE_CHECKING:
    from conftest import Phones, Site

_CITY = """
numbers: ["12471"]
languages: [zh]
start: shared
person: person
prompts:
  thanks: {zh: 谢谢您的回答，再见。}
  ask: {zh: 同意录音请按1。}
  rate: {zh: 满意请按1，不满意请按2。}
  hello: {zh: 转人工请按1，转供水请按2。}
steps:
  shared: {do: call, step: ask, next: bills}
  ask: {do: menu, prompt: ask, first_digit_s: 20, choices: {1: agreed}}
  agreed: {do: return}
  bills: {do: call, flow: bills, next: hello}
  hello: {do: menu, prompt: hello, first_digit_s: 20, choices: {1: person, 2: water}}
  water: {do: transfer, hotline: water, failed: person, next: rate}
  person: {do: queue, queue: general, nobody_staffed: end, after: rate}
  rate: {do: survey, prompt: rate, keys: {1: satisfied, 2: unsatisfied}, first_digit_s: 20, thanks: thanks}
  end: {do: hangup}
"""
_BILLS = """
languages: [zh]
start: account
person: person
prompts:
  account: {zh: 请输入户号，按井号键结束。}
steps:
  account: {do: collect, prompt: account, into: account, first_digit_s: 20, next: back}
  back: {do: return}
  person: {do: queue, queue: general, nobody_staffed: end}
  end: {do: hangup}
"""


async def _flows(site: "Site") -> None:
    (site.state / "dialplans" / "bills.yaml").write_text("name: bills\n" + _BILLS, encoding="utf-8")
    await site.add_flow("taken_up", _CITY)
    site.added.add(site.state / "dialplans" / "bills.yaml")


def _steps(call: CallDetail) -> list[str]:
    return [f"{one.data['flow']}.{one.data['step']}" for one in call.timeline if one.kind == "StepEntered"]


async def _reaches(site: "Site", number: str, step: str) -> None:
    store = Store(f"sqlite+aiosqlite:///{site.state / 'hotline.db'}")

    async def there() -> bool:
        reader = Reader(store)
        calls = await reader.calls(caller=number)
        whole = await reader.call(calls[0].id) if calls else None
        return whole is not None and bool(_steps(whole)) and _steps(whole)[-1].endswith(f".{step}")

    try:
        await site.eventually(there, 20)
    finally:
        await store.close()


async def test_who_is_within_a_call_of_steps_or_of_another_flow_comes_back_from_it(
    site: "Site", phones: "Phones"
) -> None:
    await _flows(site)
    agent = await phones.seat("1001", "2001")
    caller = await phones.call("13847100001", to="12471")
    await _reaches(site, "13847100001", "ask")
    await kill_service(site)
    await site.eventually(lambda: site.api("status")["calls"] == 1)
    await caller.hear_sound(5)
    await caller.send_digits("1")
    await _reaches(site, "13847100001", "account")
    await kill_service(site)
    await site.eventually(lambda: site.api("status")["calls"] == 1)
    await caller.hear_sound(5)
    await caller.send_digits("778#")
    await _reaches(site, "13847100001", "hello")
    await caller.send_digits("1")
    await caller.hear_tone(agent.tone, 15)
    await caller.hang_up()
    call = await site.call_of("13847100001")
    assert _steps(call) == [
        "taken_up.shared", "taken_up.ask", "taken_up.ask", "taken_up.agreed", "taken_up.bills", "bills.account",
        "bills.account", "bills.back", "taken_up.hello", "taken_up.person",
    ]  # fmt: skip
    assert call.resumed == 2


async def test_who_talked_when_the_service_died_is_asked_all_the_same_when_the_agent_has_hung_up(
    site: "Site", phones: "Phones"
) -> None:
    await _flows(site)
    agent = await phones.seat("1001", "2001")
    caller = await _talking(site, phones, "13847100002", agent.tone)
    await site.written()
    os.kill(site.service_pid(), signal.SIGKILL)
    await agent.legs[-1].hang_up()  # while nobody looks
    await _reaches(site, "13847100002", "rate")
    await caller.send_digits("1")
    await asyncio.wait_for(caller.ended.wait(), 20)
    call = await site.call_of("13847100002")
    assert (call.outcome, call.answers, call.satisfied) == ("answered", {"satisfaction": "1"}, True)


async def test_who_is_being_asked_when_the_service_dies_is_asked_again(site: "Site", phones: "Phones") -> None:
    await _flows(site)
    agent = await phones.seat("1001", "2001")
    caller = await _talking(site, phones, "13847100003", agent.tone)
    await agent.legs[-1].hang_up()
    await _reaches(site, "13847100003", "rate")
    await kill_service(site)
    await site.eventually(lambda: site.api("status")["calls"] == 1)
    await caller.hear_sound(5)
    await caller.send_digits("2")
    await asyncio.wait_for(caller.ended.wait(), 20)
    call = await site.call_of("13847100003")
    assert (call.outcome, call.satisfied, call.resumed) == ("answered", False, 1)


async def test_who_was_passed_to_a_hotline_is_not_passed_there_again(
    site: "Site", phones: "Phones", department: Department
) -> None:
    await _flows(site)
    caller = await _at_hello(site, phones, "13847100004")
    await caller.send_digits("2")
    there = await department.calls.get()
    await caller.hear_tone(2100, 10)
    await site.happened("13847100004", "PassedOn")
    await kill_service(site)
    await there.hang_up()
    await _reaches(site, "13847100004", "rate")
    await caller.hang_up()
    call = await site.call_of("13847100004")
    assert [one.kind for one in call.timeline].count("PassedOn") == 1
    assert call.departments == ["water"]


async def _at_hello(site: "Site", phones: "Phones", number: str) -> CallLeg:
    caller = await phones.call(number, to="12471")
    await caller.hear_sound(5)
    await caller.send_digits("1")
    await _reaches(site, number, "account")
    await caller.send_digits("5#")
    await _reaches(site, number, "hello")
    return caller


async def _talking(site: "Site", phones: "Phones", number: str, tone: int) -> CallLeg:
    caller = await _at_hello(site, phones, number)
    await caller.send_digits("1")
    await caller.hear_tone(tone, 15)
    return caller

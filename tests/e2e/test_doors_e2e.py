"""What the number dialled, the caller's own number and another hotline say of a caller; surveys; keys while waiting."""

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from simulator import LegEnded

if TYPE_CHECKING:
    from conftest import Phones, Site

    from simulator import Department

_TOLD = ("From", "Caller", "Ticket", "Subject")  # of X-Hotline-*
ROOT = Path(__file__).resolve().parents[2]
_CITY = """
numbers:
  - {number: "12451", subject: 城管, skills: {housing: 2}, greeting: hello_urban}
  - {number: "12452", subject: 供水, interconnect: true}
  - {number: "12453", language: en}
languages: [zh, en]
start: welcome
person: person
lists:
  elderly: elderly.csv
  disabled: ["13800002009"]
entry:
  - {callers: [elderly, disabled], to: person, priority: 30}
prompts:
  hello_urban: {zh: 您好，城管热线已并入本热线。, en: Urban management.}
  hello: {zh: 转人工请按1，供水请按2。, en: "For an agent press 1, for water press 2."}
  keys: {zh: 留言请按2。, en: To leave a message press 2.}
  rate: {zh: 满意请按1，不满意请按2。, en: "Satisfied: 1, not satisfied: 2."}
  why: {zh: 对结果不满意请按1，对态度不满意请按2。, en: "The result: 1, the manners: 2."}
steps:
  welcome: {do: menu, prompt: hello, choices: {1: person, 2: water}, first_digit_s: 1.5}
  water: {do: transfer, hotline: water, failed: person}
  person:
    do: queue
    queue: general
    tags: [merged, 城管]
    announce: {wait: true, after_s: 1, every_s: 10}
    waiting: {prompt: keys, keys: {2: message}}
    nobody_staffed: message
    after: rate
  rate:
    do: survey
    prompt: rate
    keys: {1: satisfied, 2: unsatisfied}
    why: {prompt: why, keys: [1, 2]}
  message: {do: voicemail, box: city, next: end}
  end: {do: hangup}
"""


async def _city(site: "Site") -> None:
    listed = "号码,备注\n+86 138 0000 2008,老年人\n"
    (site.state / "dialplans" / "elderly.csv").write_text(listed, encoding="utf-8")
    await site.add_flow("doors", _CITY)


async def test_a_merged_number_tags_the_call_for_agent_record_and_ticket(site: "Site", phones: "Phones") -> None:
    await _city(site)
    plain = await phones.seat("1001", "2001")
    skilled = await phones.seat("1002", "2004")  # the one with the skill that the number asks for
    caller = await phones.call("13800002001", to="12451")
    await caller.hear_sound(5)
    await asyncio.sleep(2.5)  # listens to the greeting
    await caller.send_digits("1")
    await caller.hear_tone(skilled.tone, 15)
    assert not plain.legs
    assert skilled.legs[-1].caller_name == "[城管] 13800002001"
    assert skilled.legs[-1].caller_number == "13800002001"
    await caller.hang_up()
    call = await site.call_of("13800002001")
    assert (call.dialled, call.subject, call.tags) == ("12451", "城管", ["merged", "城管"])
    ticket = await site.hotline("tickets", call.ticket)
    assert ticket["subject"] == "城管"


async def test_listed_callers_hear_no_menu_and_have_priority_and_others_do(site: "Site", phones: "Phones") -> None:
    await _city(site)
    agent = await phones.seat("1002", "2004")
    for number in ("13800002008", "13800002009"):
        listed = await phones.call(number, to="12451")
        await listed.hear_tone(agent.tone, 20)
        await listed.hang_up()
        call = await site.call_of(number)
        queued = next(entry for entry in call.timeline if entry.kind == "Queued")
        assert queued.data["priority"] == 30
        assert next(entry.data["step"] for entry in call.timeline if entry.kind == "StepEntered") == "person"
        await site.eventually(lambda: site.agent("2004")["state"] == "ready")
    other = await phones.call("13800002007", to="12452")
    await other.hear_sound(5)
    await other.hang_up()
    call = await site.call_of("13800002007")
    assert [entry.data["step"] for entry in call.timeline if entry.kind == "StepEntered"] == ["welcome"]


async def test_a_caller_passed_on_by_another_hotline_comes_with_what_it_knows(site: "Site", phones: "Phones") -> None:
    await _city(site)
    agent = await phones.seat("1001", "2001")
    headers = {
        "X-Hotline-From": "12348", "X-Hotline-Caller": "13900001111", "X-Hotline-Ticket": "W-2026-77",
        "X-Hotline-Subject": "%E6%8A%A5%E4%BF%AE%0D%0AAction: Logoff",
    }  # fmt: skip
    caller = await phones.call("13800002002", to="12452", headers=headers)
    await caller.send_digits("1")
    await caller.hear_tone(agent.tone, 15)
    shown = agent.legs[-1].caller_name
    assert shown.startswith("[报修 Action: Logoff W-2026-77] "), shown
    await caller.hang_up()
    call = await site.call_of("13800002002")
    passed = next(entry.data for entry in call.timeline if entry.kind == "PassedIn")
    assert (passed["hotline"], passed["caller"], passed["ticket"]) == ("12348", "13900001111", "W-2026-77")
    assert call.caller == "13800002002", "a stranger's word is not the caller's number"


async def test_a_key_passes_the_caller_and_what_we_know_to_another_hotline(
    site: "Site", phones: "Phones", department: "Department"
) -> None:
    await _city(site)
    caller = await phones.call("13800002003", to="12452")
    await caller.send_digits("2")
    await caller.hear_tone(2100, 15)
    there = await department.next_call()
    invite = there.session.invite
    assert invite is not None
    assert there.called_number == "66010002"
    assert invite.headers.get("X-Hotline-From") == "12452"
    assert invite.headers.get("X-Hotline-Caller") == "13800002003"
    assert unquote(invite.headers.get("X-Hotline-Subject") or "") == "供水"
    assert invite.headers.get("X-Hotline-Ticket") is None
    await caller.hang_up()
    call = await site.call_of("13800002003")
    assert (call.outcome, call.departments) == ("self_served", ["water"])


async def test_an_agents_transfer_tells_another_hotline_what_the_menus_key_tells(
    site: "Site", phones: "Phones", department: "Department"
) -> None:
    await _city(site)
    agent = await phones.seat("1001", "2001")
    headers = {"X-Hotline-From": "12348", "X-Hotline-Ticket": "W-2026-78", "X-Hotline-Subject": "%E6%8A%A5%E4%BF%AE"}
    told = []
    for number, passed_on_by_agent in (("13800002021", False), ("13800002022", True)):
        caller = await phones.call(number, to="12452", headers=headers)
        await caller.send_digits("1" if passed_on_by_agent else "2")
        if passed_on_by_agent:
            await caller.hear_tone(agent.tone, 15)
            await agent.legs[-1].send_digits("*5")
            await agent.legs[-1].hear_sound()
            with contextlib.suppress(LegEnded):  # the last key's end is not heard any more
                await agent.legs[-1].send_digits("02#")
        there = await department.next_call()
        await caller.hear_tone(2100, 15)
        assert there.session.invite is not None
        assert there.called_number == "66010002"
        data = {name: there.session.invite.headers.get(f"X-Hotline-{name}") for name in _TOLD}
        assert data.pop("Caller") == number
        told.append(data)
        await caller.hang_up()
        await there.wait_ended(10)
    by_key, by_agent = told
    assert (by_key["From"], by_key["Ticket"]) == ("12452", "W-2026-78")
    assert unquote(by_key["Subject"] or "").startswith("报修")
    assert by_agent == by_key
    call = await site.call_of("13800002022")
    assert [entry.data["to"] for entry in call.timeline if entry.kind == "Transferred"] == ["department:water"]


async def test_what_the_caller_says_after_the_talk_is_kept(site: "Site", phones: "Phones") -> None:
    await _city(site)
    agent = await phones.seat("1002", "2004")
    caller = await phones.call("13800002004", to="12452")
    await caller.send_digits("1")
    await caller.hear_tone(agent.tone, 15)
    await agent.legs[-1].hang_up()
    await asyncio.sleep(1.0)  # the question has begun
    await caller.send_digits("2")
    await asyncio.sleep(1.5)  # and the second
    await caller.send_digits("2")
    await caller.wait_ended(15)
    call = await site.call_of("13800002004")
    assert (call.outcome, call.satisfied) == ("answered", False)
    assert call.answers == {"satisfaction": "2", "reason": "2"}


async def test_who_waits_is_told_place_and_wait_and_leaves_the_line_by_a_key(site: "Site", phones: "Phones") -> None:
    await _city(site)
    agent = await phones.seat("1001", "2001")
    talks = await phones.call("13800002005", to="12452")
    await talks.send_digits("1")
    await talks.hear_tone(agent.tone, 15)
    waits = await phones.call("13800002006", to="12452")
    await waits.send_digits("1")
    await site.happened("13800002006", "PlaceAnnounced", 20)
    await waits.send_digits("2")
    await site.happened("13800002006", "MessageStarted", 15)
    await asyncio.sleep(2.0)  # speaks
    await waits.send_digits("#")
    await waits.wait_ended(20)
    await talks.hang_up()
    call = await site.call_of("13800002006")
    told = next(entry.data for entry in call.timeline if entry.kind == "PlaceAnnounced")
    assert told["place"] == 1
    assert told["wait_s"] % 60 == 0
    assert told["wait_s"] >= 60
    assert [entry.data["reason"] for entry in call.timeline if entry.kind == "Dequeued"] == ["digit"]
    assert call.outcome == "voicemail"


async def test_standard_mode_answers_with_a_person_and_the_city_asks_after_the_talk(
    site: "Site", phones: "Phones"
) -> None:
    shipped = (ROOT / "dialplans" / "12345.yaml").read_text(encoding="utf-8").partition('name: "12345"\n')[2]
    city = shipped.replace('  - "12345"\n', '  - "12455"\n').replace("default: true", "default: false")
    await site.add_flow("city_as_it_ships", city)
    agent = await phones.seat("1001", "2001")
    caller = await phones.call("13800002010", to="12342")
    await caller.hear_tone(agent.tone, 15)  # no key was pressed
    await caller.hang_up()
    call = await site.call_of("13800002010")
    assert [entry.kind for entry in call.timeline if entry.kind == "DigitsEntered"] == []
    await site.eventually(lambda: site.agent("2001")["state"] == "ready")
    caller = await phones.ask_for_a_person("13800002011", to="12455")
    await caller.hear_tone(agent.tone, 15)
    await agent.legs[-1].hang_up()
    await site.reaches("13800002011", "rate")
    await caller.send_digits("1")
    await caller.wait_ended(20)
    assert (await site.call_of("13800002011")).satisfied is True


async def test_the_example_of_merged_numbers_works_as_it_ships(
    site: "Site", phones: "Phones", department: "Department"
) -> None:
    example = (site.state / "dialplans" / "examples" / "merged.yaml").read_text(encoding="utf-8")
    for skill in ("urban_management", "health", "transport", "tax", "public_security"):  # not of the tests' small house
        example = example.replace(f", skills: {{{skill}: 2}}", "")
    example = example.replace('number: "12340"', 'number: "12344"')  # minimal.yaml answers it
    await site.add_flow("merged", example.partition("name: merged\n")[2])
    try:
        await _merged(site, phones, department)
    finally:  # other tests' flows have numbers of their own
        (site.state / "dialplans" / "merged.yaml").unlink()
        await site.told("reload")


async def _merged(site: "Site", phones: "Phones", department: "Department") -> None:
    agent = await phones.seat("1002", "2004", tone=900)
    caller = await phones.call("13800002012", to="12348")
    await caller.send_digits("1")
    await caller.hear_tone(900, 15)
    assert agent.legs[-1].caller_name == "[法律服务] 13800002012"
    await caller.hang_up()
    passed = await phones.call("13800002013", to="12319")
    await passed.send_digits("2")
    await passed.hear_tone(2100, 15)
    invite = (await department.next_call()).session.invite
    assert invite is not None
    assert unquote(invite.headers.get("X-Hotline-Subject") or "") == "城管"
    await passed.hang_up()
    fund = await phones.call("13800002014", to="12329")
    await fund.hear_sound(5)
    await fund.send_digits("1")
    await site.happened("13800002014", "ServiceDelivered", 25)
    await fund.hang_up()
    assert (await site.call_of("13800002014")).services == ["fund_take"]

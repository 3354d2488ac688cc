"""A caller in the menu of the shipped flow hears it, presses early, late, wrongly or nothing, and always gets on."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from calls import Language
from ivr.speech import PromptStore, Pyttsx3Engine
from ivr.system_prompts import SystemPrompts
from simulator import CallLeg, Softphone

ROOT = Path(__file__).resolve().parents[2]


class Prompts:
    """Where the prompts' sound files lie, by name."""

    def __init__(self, site) -> None:
        self._store = PromptStore(
            ROOT / "var" / "prompts", site.state / "dialplans" / "recordings", Pyttsx3Engine(site.state / "espeak")
        )
        flow = YAML(typ="safe").load(site.state / "dialplans" / "12345.yaml")
        self._texts = flow["prompts"]
        self._system = SystemPrompts.load(site.state / "dialplans" / "prompts.yaml")

    def wav(self, name: str, language: Language = Language.ZH) -> Path:
        text = self._texts[name][language.value] if name in self._texts else self._system.text(name, language)
        sound = self._store.find(name, language, text)
        assert sound is not None, f"{name} in {language} was not rendered"
        return sound.path.with_suffix(".wav")


@pytest.fixture
def prompts(site) -> Prompts:
    return Prompts(site)


async def _reaches(caller: CallLeg, phone: Softphone, timeout: float = 15) -> None:
    await caller.hear_tone(phone.tone, timeout)
    await caller.hang_up()


async def test_the_greeting_is_heard_in_mandarin_and_then_how_to_get_english(phones, prompts) -> None:
    caller = await phones.call("13800060001")
    await caller.hear_prompt(prompts.wav("greeting"), 12, in_parts=True)
    await caller.hear_prompt(prompts.wav("for_english", Language.EN), 12, in_parts=True)
    await caller.hang_up()


async def test_a_digit_pressed_before_the_greeting_ends_is_taken_at_once(site, phones) -> None:
    agent = await phones.seat("1001", "2001")
    caller = await phones.call("13800060002")
    await caller.send_digits("1")  # the greeting has hardly begun
    await _reaches(caller, agent, 5)
    call = await site.call_of("13800060002")
    assert call.waiting_s < 2


async def test_whoever_presses_nothing_is_asked_again_and_gets_a_person_at_last(site, phones, prompts) -> None:
    agent = await phones.seat("1001", "2001")
    caller = await phones.call("13800060003")
    await caller.hear_prompt(prompts.wav("no_input"), 30, in_parts=True)
    await caller.hear_prompt(prompts.wav("greeting_short"), 15, in_parts=True)
    await _reaches(caller, agent, 45)
    call = await site.call_of("13800060003")
    verdicts = [entry.data["verdict"] for entry in call.timeline if entry.kind == "DigitsEntered"]
    assert verdicts == ["no_input"] * 3
    assert call.outcome == "answered"


async def test_wrong_digits_are_told_and_lead_to_a_person_after_the_third(site, phones, prompts) -> None:
    agent = await phones.seat("1001", "2001")
    caller = await phones.call("13800060004")
    for _ in range(2):
        since = time.monotonic()
        await caller.send_digits("7")
        await caller.hear_prompt(prompts.wav("no_match"), 8, since=since, in_parts=True)
    await caller.send_digits("7")
    await _reaches(caller, agent, 10)
    call = await site.call_of("13800060004")
    assert [e.data["verdict"] for e in call.timeline if e.kind == "DigitsEntered"] == ["no_match"] * 3


async def test_self_service_goes_forth_back_again_and_to_a_person(site, phones, prompts) -> None:
    agent = await phones.seat("1001", "2001")
    caller = await phones.call("13800060005")

    async def press(digit: str, then: str) -> None:
        since = time.monotonic()
        await caller.send_digits(digit)
        await caller.hear_prompt(prompts.wav(then), 12, since=since, in_parts=True)

    await press("2", "self_service")
    await press("1", "guides")
    await press("2", "guide_card")
    await press("#", "guide_card")
    await press("*", "guides")
    await press("*", "self_service")
    await press("#", "self_service")
    await press("*", "greeting_short")
    await press("2", "self_service")
    await caller.send_digits("0")
    await _reaches(caller, agent)
    call = await site.call_of("13800060005")
    assert call.services == ["guide_card"]
    assert call.outcome == "answered"


async def test_english_on_9_changes_prompts_and_the_agent(site, phones, prompts) -> None:
    mandarin, english = await asyncio.gather(phones.seat("1001", "2001"), phones.seat("1002", "2005"))
    caller = await phones.call("13800060006")
    await caller.send_digits("9")
    await caller.hear_prompt(prompts.wav("greeting", Language.EN), 12, in_parts=True)
    await caller.send_digits("1")
    await _reaches(caller, english)
    call = await site.call_of("13800060006")
    assert (call.language, call.queue, call.agent) == ("en", "english", "2005")
    assert mandarin.taken == 0


async def test_the_state_of_an_earlier_ticket_is_told_by_its_number(site, phones, prompts) -> None:
    agent = await phones.seat("1001", "2001")
    first = await phones.call("13800060007")
    await first.send_digits("1")
    await _reaches(first, agent)
    await site.eventually(lambda: site.agent("2001")["state"] == "ready")
    ticket = (await site.recorded_call_of("13800060007")).ticket

    async def asks(number: str, *entered: str, then: str) -> CallLeg:
        caller = await phones.call(number)
        await caller.send_digits("22")
        await caller.hear_prompt(prompts.wav("ask_ticket"), 12, in_parts=True)
        since = time.monotonic()
        await caller.send_digits(entered[0] + "#")
        for digits in entered[1:]:
            await caller.hear_prompt(prompts.wav("ticket_phone"), 20, since=since, in_parts=True)
            since = time.monotonic()
            await caller.send_digits(digits)
        await caller.hear_prompt(prompts.wav(then), 20, in_parts=True)
        await caller.hang_up()
        return caller

    await asyncio.gather(
        asks("13800060007", ticket, then="self_service"),  # the telephone for which it was made
        asks("13800060008", ticket, "0007", then="self_service"),
        asks("13800060009", ticket, "1111", "2222", then="ticket_not_found"),
        asks("13800000010", "9999999999", "0007", "0007", then="ticket_not_found"),
    )
    for number in ("13800060007", "13800060008"):
        told = await site.call_of(number)
        assert (told.services, told.outcome) == (["ticket_state"], "self_served")
    for number in ("13800060009", "13800000010"):
        unknown = await site.call_of(number)
        assert (unknown.services, unknown.outcome) == ([], "abandoned_menu")


async def test_the_place_in_the_queue_is_spoken_and_true(site, phones) -> None:
    agent = await phones.seat("1001", "2001")
    talking = await phones.ask_for_a_person("13800000010")
    await talking.hear_tone(agent.tone, 10)
    waiting = []
    for number in ("13800000011", "13800000012"):
        waiting.append(await phones.ask_for_a_person(number))
        await site.eventually(lambda: len(site.waiting()) == len(waiting), 10)
    for number in ("13800000011", "13800000012"):
        await site.happened(number, "PlaceAnnounced", 15)
    for leg in (*waiting, talking):
        await leg.hang_up()
    first, second = await site.call_of("13800000011"), await site.call_of("13800000012")
    assert [e.data["place"] for e in first.timeline if e.kind == "PlaceAnnounced"][:1] == [1]
    assert [e.data["place"] for e in second.timeline if e.kind == "PlaceAnnounced"][:1] == [2]
    assert second.outcome == "abandoned_queue"


async def test_a_flow_with_a_mistake_never_replaces_the_one_that_runs(site, phones, prompts) -> None:
    path = site.state / "dialplans" / "12345.yaml"
    right = path.read_text(encoding="utf-8")
    try:
        path.write_text(right.replace("2: self_service", "2: self_servise"), encoding="utf-8")
        site.reload()
        await site.eventually(lambda: "self_servise" in site.log(), 10)
        assert "did you mean 'self_service'" in site.log()
        caller = await phones.call("13800000013")
        await caller.send_digits("2")
        await caller.hear_prompt(prompts.wav("self_service"), 12, in_parts=True)
        await caller.hang_up()
        former = site.service_pid()
        os.kill(former, signal.SIGKILL)
        await site.eventually(lambda: site.service_pid() != former, 20)
        caller = await phones.call("13800000015")  # a service that starts anew takes what ran before, too
        await caller.hear_prompt(prompts.wav("greeting"), 12, in_parts=True)
        await caller.hang_up()
    finally:
        path.write_text(right, encoding="utf-8")


async def test_other_numbers_reach_their_own_flow(site, phones) -> None:
    agent = await phones.seat("1001", "2001")
    caller = await phones.call("13800000014", to="12340")  # minimal.yaml: a person at once
    await _reaches(caller, agent, 15)
    call = await site.call_of("13800000014")
    assert (call.dialled, call.timeline[1].data["flow"]) == ("12340", "minimal")

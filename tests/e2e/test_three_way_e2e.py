"""The agent brings a department in: all three hear each other and nobody else does; whoever is left talks on."""

import asyncio
import hashlib
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from simulator import CallLeg, Department, Softphone
from simulator.media import spectrum
from simulator.media.g711 import RATE
from simulator.media.sounds import load
from tickets import CallDetail

if TYPE_CHECKING:
    from conftest import Phones, Site

_DEPARTMENT = 2100
_LISTEN_S = 1.0


async def heard_by_each(legs: Mapping[int, CallLeg], tones: list[int]) -> dict[int, set[int]]:
    """Who hears whom from now on: by each party's own tone, the tones that this party hears."""
    since = time.monotonic()
    await asyncio.sleep(_LISTEN_S)
    return {own: leg.heard_tones(tones, since=since) for own, leg in legs.items()}


def all_but_own(*tones: int) -> dict[int, set[int]]:
    """All of a party hear all others of it."""
    return {own: set(tones) - {own} for own in tones}


async def talking(phones: "Phones", number: str, tone: int, seats: list[Softphone]) -> tuple[CallLeg, Softphone]:
    """A caller in a talk, and the agent's phone."""
    caller = await phones.ask_for_a_person(number, tone=tone)
    heard, _ = await caller.hear_any_tone([seat.tone for seat in seats], 15)
    return caller, next(seat for seat in seats if seat.tone == heard)


def person(phone: Softphone) -> str:
    """Who is logged in at a seat: in these tests 2001 at 1001 and so on."""
    return f"2{phone.account[1:]}"


def parties(call: CallDetail, kind: str) -> list[str]:
    return [entry.data["party"] for entry in call.timeline if entry.kind == kind]


async def test_caller_agent_and_department_hear_each_other_and_two_talk_on_when_the_agent_leaves(
    site: "Site", phones: "Phones", department: Department
) -> None:
    seats = list(await asyncio.gather(phones.seat("1001", "2001", tone=700), phones.seat("1002", "2002", tone=900)))
    caller, phone = await talking(phones, "13803000001", 2400, seats)
    bystander, its_phone = await talking(phones, "13803000002", 2700, seats)
    tones = [700, 900, _DEPARTMENT, 2400, 2700]
    agent, others = phone.legs[0], {2700: bystander, its_phone.tone: its_phone.legs[0]}
    between = time.monotonic()
    await agent.send_digits("*301")
    office = await department.next_call()
    assert (office.called_number, office.caller_number) == ("66010001", "13803000001")
    await asyncio.gather(caller.hear_tone(_DEPARTMENT, 10), agent.hear_tone(_DEPARTMENT, 10))
    assert caller.digits == "", "the caller heard the feature code"
    three = {2400: caller, phone.tone: agent, _DEPARTMENT: office}
    assert await heard_by_each(three, tones) == all_but_own(2400, phone.tone, _DEPARTMENT)
    for own, leg in others.items():
        assert leg.heard_tones(tones, since=between) == {2700, its_phone.tone} - {own}

    for kind in ("RecordingPaused", "RecordingContinued"):  # in a conference, too
        await agent.send_digits("*2")
        await site.happened("13803000001", kind)
    left = time.monotonic()
    await agent.hang_up()
    await site.eventually(lambda: site.agent(person(phone))["state"] in ("wrap_up", "ready"))  # the agent is free again
    two = {2400: caller, _DEPARTMENT: office}
    assert await heard_by_each({**two, **others}, tones) == {
        **all_but_own(2400, _DEPARTMENT), **all_but_own(2700, its_phone.tone)
    }  # fmt: skip
    caller.say_tone(2900)
    await office.hear_tone(2900)
    await asyncio.sleep(1)
    alone_s = time.monotonic() - left
    await caller.hang_up()
    await office.wait_ended(10)
    assert office.ended_by == "peer"
    assert not bystander.ended.is_set()
    await bystander.hang_up()

    call = await site.recorded_call_of("13803000001")
    assert (call.outcome, call.agent, call.departments) == ("answered", person(phone), ["housing_fund"])
    assert call.ticket
    assert parties(call, "PartyInvited") == ["department:housing_fund"]
    assert sorted(parties(call, "PartyJoined")) == ["agent", "caller", "department:housing_fund"]
    path = site.state / "recordings" / call.recording
    assert hashlib.sha256(path.read_bytes()).hexdigest() == call.recording_sha256
    samples = load(path)
    unsent_s = phones.media.ticker.skipped_s
    assert call.recording_s == pytest.approx(call.talking_s + alone_s, abs=0.9 + unsent_s)
    assert spectrum.heard_tones(samples, [*tones, 2900]) == {2400, phone.tone, _DEPARTMENT, 2900}
    assert spectrum.heard_tones(samples[-RATE:], [*tones, 2900]) == {_DEPARTMENT, 2900}, "not recorded to the end"
    assert (await site.recorded_call_of("13803000002")).departments == []


async def test_a_department_that_is_busy_never_answers_or_leaves_again_takes_nobody_from_the_talk(
    site: "Site", phones: "Phones", department: Department
) -> None:
    seats = list(await asyncio.gather(*(phones.seat(f"100{i}", f"200{i}", tone=500 + 200 * i) for i in (1, 2, 3))))
    callers = {2400: "13803000011", 2600: "13803000012", 2800: "13803000013"}
    tones = [*(seat.tone for seat in seats), *callers, _DEPARTMENT]
    talks = {tone: await talking(phones, number, tone, seats) for tone, number in callers.items()}

    async def still_together(tone: int) -> None:
        caller, phone = talks[tone]
        heard = await heard_by_each({tone: caller, phone.tone: phone.legs[0]}, tones)
        assert heard == all_but_own(tone, phone.tone)

    async def invite(tone: int, code: str) -> CallLeg:
        await talks[tone][1].legs[0].send_digits(code)
        return await department.next_call()

    department.answer_after_s = None
    ringing = await invite(2400, "*301")
    department.answer_after_s, department.reject_with = 0.2, 486
    refused = await invite(2600, "*302")
    await refused.wait_ended(10)
    await site.happened(callers[2600], "PartyLeft")
    department.reject_with = 0
    joined = await invite(2800, "*301")
    await talks[2800][0].hear_tone(_DEPARTMENT, 10)
    await joined.hang_up()
    await site.happened(callers[2800], "PartyLeft")
    await asyncio.gather(*(still_together(tone) for tone in callers))
    again = await invite(2600, "*302")  # and now somebody is there
    caller, phone = talks[2600]
    await caller.hear_tone(_DEPARTMENT, 10)
    three = {2600: caller, phone.tone: phone.legs[0], _DEPARTMENT: again}
    assert await heard_by_each(three, tones) == all_but_own(2600, phone.tone, _DEPARTMENT)

    await ringing.wait_ended(45)  # given up in the end
    assert not ringing.answered.is_set()
    await site.happened(callers[2400], "PartyLeft")
    await asyncio.gather(still_together(2400), still_together(2800))
    await asyncio.gather(*(caller.hang_up() for caller, _ in talks.values()))
    reached = {}
    for tone, number in callers.items():
        call = await site.call_of(number)
        assert (call.outcome, call.agent) == ("answered", person(talks[tone][1]))
        failed = [e.data["reason"] for e in call.timeline if e.kind == "PartyLeft" and e.data["reason"] != "hang_up"]
        reached[tone] = call.departments, failed
    assert reached == {2400: ([], ["no_answer"]), 2600: (["water"], ["busy"]), 2800: (["housing_fund"], [])}

"""Hold, consult, swap, merge, complete and drop, from the agent's phone: everybody hears whom they should, by tones."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from talk_ears import heard

from simulator import CallLeg, Department, LegEnded, Softphone
from tickets import CallDetail

if TYPE_CHECKING:
    from conftest import Phones, Site

_OFFICE, _AGENT, _CALLER = 2100, 700, 2400
_NAMES = {_CALLER: "caller", _AGENT: "agent", _OFFICE: "office", 900: "colleague"}


async def who_hears_whom(**legs: CallLeg) -> dict[str, set[str]]:
    """Who hears whom from now on, by names, and who hears music."""
    since = time.monotonic()
    await asyncio.sleep(1.0)
    return {name: heard(leg, _NAMES, since) - {name} for name, leg in legs.items()}


async def they_hear(wanted: Mapping[str, set[str]], legs: Mapping[str, CallLeg], timeout: float = 10) -> None:
    """The same, once what the agent is told is over."""
    deadline = time.monotonic() + timeout
    while (told := await who_hears_whom(**legs)) != wanted:
        assert time.monotonic() < deadline, f"wanted {wanted}, heard {told}"


def hears(**whom: str) -> Mapping[str, set[str]]:
    """The same, written down: ``caller="agent office"``."""
    return {name: set(others.split()) for name, others in whom.items()}


async def talking(phones: "Phones", number: str) -> tuple[CallLeg, Softphone, CallLeg]:
    """A caller in a talk, the agent's phone and its leg."""
    seat = await phones.seat("1001", "2001", tone=_AGENT)
    caller = await phones.ask_for_a_person(number, tone=_CALLER)
    await caller.hear_tone(_AGENT, 15)
    return caller, seat, seat.legs[0]


async def state(site: "Site", agent: str, wanted: str) -> None:
    await site.eventually(lambda: site.agent(agent)["state"] == wanted)


async def test_the_caller_alone_hears_music_while_on_hold_and_no_digit_of_the_codes(
    site: "Site", phones: "Phones"
) -> None:
    caller, _, agent = await talking(phones, "13804100001")
    await agent.send_digits("*0")
    await state(site, "2001", "on_hold")
    await agent.hear_sound()  # what to press
    await agent.hear_silence(1.0, 20)
    assert await who_hears_whom(caller=caller, agent=agent) == hears(caller="music", agent="")
    await agent.send_digits("*0")
    await caller.hear_tone(_AGENT)
    assert await who_hears_whom(caller=caller, agent=agent) == hears(caller="agent", agent="caller")
    assert caller.digits == ""
    await state(site, "2001", "talking")
    await caller.hang_up()
    call = await site.recorded_call_of("13804100001")
    assert call.hold_s > 1
    await state(site, "2001", "ready")


async def test_consult_swap_merge_and_complete(site: "Site", phones: "Phones", department: Department) -> None:
    caller, _, agent = await talking(phones, "13804100002")
    await agent.send_digits("*4")
    await agent.hear_sound()
    await agent.send_digits("01#")
    office = await department.next_call()
    assert office.caller_number == "13804100002"
    await agent.hear_tone(_OFFICE)
    await state(site, "2001", "consulting")
    everybody = {"caller": caller, "agent": agent, "office": office}
    await they_hear(hears(caller="music", agent="office", office="agent"), everybody)
    await agent.send_digits("*6")
    await caller.hear_tone(_AGENT)
    await they_hear(hears(caller="agent", agent="caller", office="music"), everybody)
    await agent.send_digits("*6")
    await office.hear_tone(_AGENT)
    await they_hear(hears(caller="music", agent="office", office="agent"), everybody)
    await agent.send_digits("*7")
    await office.hear_tone(_CALLER)
    await they_hear(hears(caller="agent office", agent="caller office", office="caller agent"), everybody)
    with contextlib.suppress(LegEnded):  # the last key's end is not heard any more
        await agent.send_digits("*8")
    await agent.wait_ended()
    assert await who_hears_whom(caller=caller, office=office) == hears(caller="office", office="caller")
    assert "softmix" not in site.asterisk("bridge show all"), "two parties pay for a conference"
    await state(site, "2001", "ready")
    await office.hang_up()
    await caller.wait_ended(20)
    call = await site.recorded_call_of("13804100002")
    assert (call.outcome, call.agents, call.departments) == ("answered", ["2001"], ["housing_fund"])
    assert kinds(call).count("TalkEnded") == 1


def kinds(call: CallDetail) -> list[str]:
    return [entry.kind for entry in call.timeline]

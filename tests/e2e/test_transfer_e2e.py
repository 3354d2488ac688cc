"""Callers are passed on to a colleague, a department, a queue, the menu: nobody is lost, the right agent is charged."""

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

import pytest

from simulator import Behaviour, CallLeg, Department, LegEnded, Reaction, Softphone, constant
from tickets import CallDetail

if TYPE_CHECKING:
    from conftest import Phones, Site

_OFFICE = 2100


async def press(leg: CallLeg, digits: str) -> None:
    """Press keys of which the last may end the call."""
    with contextlib.suppress(LegEnded):
        await leg.send_digits(digits)


async def two_agents(phones: "Phones", second: str = "2005") -> tuple[Softphone, Softphone]:
    """The first takes calls; the second sits at 1005 and is made ready later on."""
    first, other = await asyncio.gather(
        phones.seat("1001", "2001", tone=700), phones.seat("1005", second, tone=900, ready=False)
    )
    return first, other


async def ready(phones: "Phones", phone: Softphone, agent: str) -> None:
    await phone.press("*12")
    await phones.site.eventually(lambda: phones.site.agent(agent)["state"] == "ready")


async def talking(phones: "Phones", number: str) -> CallLeg:
    caller = await phones.ask_for_a_person(number, tone=2400)
    await caller.hear_tone(700, 15)
    return caller


def connected(call: CallDetail) -> dict[str, float]:
    """How long each party was connected, in seconds."""
    return {leg.party: leg.connected_s for leg in call.legs}


async def test_a_consulted_colleague_takes_the_caller_over_and_each_is_charged_their_own_talk(
    site: "Site", phones: "Phones"
) -> None:
    first, second = await two_agents(phones)
    caller = await talking(phones, "13805100001")
    await ready(phones, second, "2005")
    agent = first.legs[0]
    await agent.send_digits("*4")
    await agent.hear_sound()
    await agent.send_digits("2005#")
    await agent.hear_tone(900)
    assert site.agent("2005")["state"] == "talking"
    await agent.hang_up()
    await caller.hear_tone(900)
    await second.legs[0].hear_tone(2400)
    await site.eventually(lambda: site.agent("2001")["state"] in ("wrap_up", "ready"))
    # the colleague can do all that the first could
    since = time.monotonic()
    await second.legs[0].send_digits("*0")
    await site.eventually(lambda: site.agent("2005")["state"] == "on_hold")
    await second.legs[0].send_digits("*0")
    await caller.hear_tone(900)
    lasted = time.monotonic() - since
    await asyncio.sleep(1)
    await second.legs[0].hang_up()
    await caller.wait_ended(20)
    await site.eventually(lambda: site.agent("2005")["state"] in ("wrap_up", "ready"))
    call = await site.call_of("13805100001")
    assert call.agents == ["2001", "2005"]
    talks = connected(call)
    assert talks["agent:2005"] > lasted - 1
    ended = [entry.data["agent"] for entry in call.timeline if entry.kind == "TalkEnded"]
    assert ended == ["2001", "2005"]
    [consultation] = [s for s in call.segments if set(s.parties) == {"agent:2001", "agent:2005"}]
    assert consultation.ended is not None
    assert call.talking_s == pytest.approx(
        sum(e.at for e in call.timeline if e.kind == "TalkEnded")
        - sum(e.at for e in call.timeline if e.kind == "Connected"), abs=0.01,
    )  # fmt: skip


async def test_a_caller_passed_on_to_a_queue_is_next_there_and_one_passed_to_the_menu_chooses_anew(
    site: "Site", phones: "Phones"
) -> None:
    first, second = await two_agents(phones)
    caller = await talking(phones, "13805100002")
    await first.legs[0].send_digits("*5")
    await first.legs[0].hear_sound()
    await press(first.legs[0], "2#")  # the English queue
    await site.eventually(lambda: [q["queue"] for q in site.api("queue") if q["callers"]] == ["english"])
    await site.eventually(lambda: site.agent("2001")["state"] in ("wrap_up", "ready"))
    await second.press("*12")
    await caller.hear_tone(900, 10)
    told = await site.hotline("call", "transfer", "seat:1005", "menu")
    assert told["ok"]
    await site.eventually(lambda: not second.legs)
    await second.press("*13", "1")
    await caller.hear_sound()
    await caller.send_digits("1")
    await caller.hear_tone(700, 15)
    await caller.hang_up()
    call = await site.call_of("13805100002")
    assert call.agents == ["2001", "2005", "2001"]
    assert [entry.data["to"] for entry in call.timeline if entry.kind == "Transferred"] == ["queue:english", "menu"]
    queued = [entry.data["since"] for entry in call.timeline if entry.kind == "Queued"]
    assert queued[1] == queued[0], "the place was lost"


async def test_a_department_takes_a_caller_or_gives_them_back_to_the_queue(
    site: "Site", phones: "Phones", department: Department
) -> None:
    first, _ = await two_agents(phones)
    caller = await talking(phones, "13805100003")
    department.reject_with = 486
    await first.legs[0].send_digits("*5")
    await first.legs[0].hear_sound()
    await press(first.legs[0], "01#")
    await (await department.next_call()).wait_ended()
    await caller.hear_tone(700, 15)  # the wrap-up is short: the same agent again
    department.reject_with = 0
    code, out = await site.hotline_fails("call", "transfer", "seat:1001", "department:nowhere")
    assert code == 1
    assert "no department" in out
    told = await site.hotline("call", "transfer", "seat:1001", "department:water")
    assert told["ok"]
    office = await department.next_call()
    await caller.hear_tone(_OFFICE)
    await office.hear_tone(2400)
    await office.hang_up()
    await caller.wait_ended(20)
    call = await site.call_of("13805100003")
    assert call.agents == ["2001", "2001"]
    assert set(connected(call)) == {"caller", "agent:2001", "department:water"}


async def test_a_caller_goes_to_an_agent_by_order_and_back_to_the_queue_when_that_one_does_not_answer(
    site: "Site", phones: "Phones"
) -> None:
    _, second = await two_agents(phones)
    caller = await talking(phones, "13805100004")
    await ready(phones, second, "2005")
    second.behaviour = Behaviour(Reaction.DECLINE)
    assert (await site.hotline("call", "transfer", "seat:1001", "agent:2005"))["ok"]
    await caller.hear_tone(700, 15)
    second.behaviour = Behaviour(Reaction.ANSWER, constant(0.1))
    await ready(phones, second, "2005")
    assert (await site.hotline("call", "transfer", "seat:1001", "agent:2005"))["ok"]
    await caller.hear_tone(900, 15)
    await caller.hang_up()
    call = await site.call_of("13805100004")
    assert call.agents == ["2001", "2001", "2005"]
    await site.eventually(lambda: site.agent("2005")["state"] in ("wrap_up", "ready"))


async def test_what_the_state_does_not_allow_is_refused_in_words(site: "Site", phones: "Phones") -> None:
    await two_agents(phones)
    caller = await talking(phones, "13805100005")
    [call] = [row.id for row in [await _running(site, "13805100005")]]
    code, out = await site.hotline_fails("call", "merge", call)
    assert code == 1
    assert "not possible while talking; possible: hold, consult" in out
    code, out = await site.hotline_fails("call", "hold", call, "--agent", "2005")
    assert code == 1
    assert "is agent 2001's" in out
    assert (await site.hotline("call", "hold", call[:-1], "--agent", "2001"))["state"] == "held"
    await site.eventually(lambda: site.agent("2001")["state"] == "on_hold")
    assert (await site.hotline("call", "resume", "seat:1001"))["state"] == "talking"
    await caller.hear_tone(700)
    shown = await site.hotline("call", call)
    assert shown["segments"][-1]["ended"] is None
    assert {leg["party"] for leg in shown["legs"]} == {"caller", "agent:2001"}
    await caller.hang_up()
    code, out = await site.hotline_fails("call", "hold", call)
    assert code == 1
    assert "no agent of ours talks" in out


async def _running(site: "Site", number: str) -> CallDetail:
    rows = await site.hotline("calls", "--running", "--caller", number)
    return CallDetail.model_validate(await site.hotline("call", rows[0]["id"]))

"""A caller's message becomes a work order: by commands beside the running service it goes its way, and its caller is
told how far it is."""

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp

from simulator import Behaviour, Reaction

if TYPE_CHECKING:
    from conftest import Phones, Site

_BEEP = 1000
_FLOW = """
numbers: ["12366"]
start: message
person: person
steps:
  message: {do: voicemail, box: mayor, longest_s: 10, silence_s: 2, next: end}
  person: {do: queue, queue: general, nobody_staffed: end}
  end: {do: hangup}
"""
_STATE = """
numbers: ["12367"]
start: ask
person: person
steps:
  ask: {do: collect, prompt: goodbye, into: ticket, least: 10, most: 11, next: tell}
  tell: {do: ticket_state, number: ticket, found: end, not_found: end}
  person: {do: queue, queue: general, nobody_staffed: end}
  end: {do: hangup}
"""


async def test_a_message_is_dispatched_answered_and_told_and_followed_up_while_the_service_runs(
    site: "Site", phones: "Phones"
) -> None:
    number = "13804660001"
    await site.add_flow("mayor_box", _FLOW)
    await site.add_flow("how_far", _STATE)
    caller = await phones.call(number, to="12366", tone=0)
    await caller.hear_tone(_BEEP, 30)
    caller.say_tone(600)
    await asyncio.sleep(1.5)  # so long the caller speaks
    await caller.send_digits("#")
    await caller.wait_ended(30)
    ticket = (await site.recorded_call_of(number)).ticket

    assert (await site.hotline("tickets", "show", ticket))["answer_by"] is not None
    await site.hotline("tickets", "edit", ticket, "--kind", "complaint", "--subject", "路灯不亮", "--by", "2001")
    code, _ = await site.hotline_fails("tickets", "accept", ticket)
    assert code == 1
    await site.hotline("tickets", "dispatch", ticket, "--department", "water")
    await site.hotline("tickets", "accept", ticket)
    told = await site.hotline("tickets", "answer", ticket, "--text", "已修复")
    assert (told["state"], told["call"]["message_box"]) == ("answered", "mayor")

    again = await phones.call(number, to="12367")
    await again.hear_sound(15)
    await again.send_digits(ticket + "#")
    await again.wait_ended(60)
    assert (await site.hotline("calls", "--caller", number))[0]["services"] == ["ticket_state"]

    await site.hotline("tickets", "follow-up", ticket, "--satisfaction", "1")
    done = await site.hotline("tickets", "close", ticket)
    actions = ["edit", "dispatch", "accept", "answer", "follow-up", "close"]
    assert [change["action"] for change in done["changes"]] == actions
    assert [row["number"] for row in await site.hotline("tickets", "list", "--text", "路灯")] == [ticket]


_AT_ONCE = """
numbers: ["12368"]
start: person
person: person
steps:
  person: {do: queue, queue: general, nobody_staffed: end}
  end: {do: hangup}
"""


async def test_a_ringing_agent_is_shown_who_calls_and_what_they_have_asked_for(site: "Site", phones: "Phones") -> None:
    number = "13804660002"
    await site.add_flow("to_a_person", _AT_ONCE)
    made = await site.hotline("tickets", "create", "--subject", "路灯不亮", "--caller", number)
    phone = await phones.seat("1001", "2006", behaviour=Behaviour(Reaction.RING))
    caller = await phones.call(number, to="12368")
    token = json.loads((site.state / "api-tokens.json").read_text())["agent"]["token"]
    url = f"http://127.0.0.1:{site.ports['http']}/v1/agents/2006/screen"
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:

        async def screen() -> dict[str, Any]:
            async with session.get(url) as answer:
                assert answer.status == 200
                return await answer.json()

        async with asyncio.timeout(20):
            while (seen := await screen())["state"] != "ringing" or seen["call"] is None:  # noqa: ASYNC110 - as a desk does
                await asyncio.sleep(0.1)
    assert phone.legs
    assert (seen["call"]["caller"], seen["call"]["outcome"]) == (number, None)
    assert [one["number"] for one in seen["history"]["tickets"]] == [made["number"]]
    await caller.hang_up()

"""Callers are routed by their queue's rules, and `hotline why` tells which rule it was."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Phones, Site

_AT_ONCE = """
numbers: ["{number}"]
start: person
person: person
steps:
  person: {{do: queue, queue: {queue}, nobody_staffed: end}}
  end: {{do: hangup}}
"""


async def sentences(site: "Site", call: str) -> list[str]:
    told = await site.hotline("why", call)
    assert told["call"] == call
    return [each["text"] for each in told["said"]]


async def test_a_caller_whose_expert_is_busy_asks_for_less_after_a_while_and_why_is_told(
    site: "Site", phones: "Phones"
) -> None:
    await site.add_flow("routed", _AT_ONCE.format(number="12361", queue="routed"))
    expert, plain = await asyncio.gather(phones.seat("1001", "2004"), phones.seat("1002", "2002"))
    first = await phones.call("13802000001", to="12361")
    await first.hear_tone(expert.tone, 10)
    second = await phones.call("13802000002", to="12361")
    await second.hear_tone(plain.tone, 10)
    await second.hang_up()
    await first.hang_up()

    call = await site.call_of("13802000002")
    assert 2.0 <= call.waiting_s + call.ringing_s < 4.0
    assert call.agent == "2002"
    said = await sentences(site, call.id)
    assert said[0] == "asked for the queue 'routed'; needed: housing >= 2 and lang.zh >= 1"
    assert said[1] == "none of the 1 on duty who have that was free; place in line: 1"
    assert said[2] == "they were: 1 talking"
    assert "asked for less: general >= 2 and lang.zh >= 1" in said[3]
    assert any("offered to 2002 (王芳), the first of the 2 suitable" in text for text in said)
    assert said[-1].startswith("connected to 2002 (王芳) after 2.")


async def test_a_repeat_caller_gets_the_agent_of_the_last_talk_though_another_has_been_idle_longer(
    site: "Site", phones: "Phones"
) -> None:
    await site.add_flow("known", _AT_ONCE.format(number="12362", queue="known"))
    known = await phones.seat("1001", "2001")
    first = await phones.call("13802000003", to="12362")
    await first.hear_tone(known.tone, 10)
    other = await phones.seat("1002", "2003")
    await first.hang_up()
    await site.eventually(lambda: site.agent("2001")["state"] == "ready", 10)
    await site.call_of("13802000003")  # its record is in the store

    again = await phones.call("13802000003", to="12362")
    await again.hear_tone(known.tone, 10)
    stranger = await phones.call("13802000004", to="12362")
    await stranger.hear_tone(other.tone, 10)
    assert (known.taken, other.taken) == (2, 1)
    await asyncio.gather(again.hang_up(), stranger.hang_up())
    call = (await site.hotline("calls", "--caller", "13802000003"))[0]
    assert any("who served this caller the last time" in text for text in await sentences(site, call["id"]))

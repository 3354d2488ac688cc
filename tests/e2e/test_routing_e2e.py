"""Callers are routed by their queue's rules, and `hotline why` tells which rule it was."""

import asyncio
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Phones, Site

    from simulator import Department

_AT_ONCE = """
numbers: ["{number}"]
start: person
person: person
steps:
  person: {{do: queue, queue: {queue}, nobody_staffed: end}}
  end: {{do: hangup}}
"""

_NARROW = """
numbers: ["12393"]
start: person
person: person
steps:
  person: {do: queue, queue: narrow, nobody_staffed: message}
  message: {do: voicemail, box: after_hours, next: end}
  end: {do: hangup}
"""


async def sentences(site: "Site", call: str) -> list[str]:
    told = await site.hotline("why", call)
    assert told["call"] == call
    return [each["text"] for each in told["said"]]


async def left(site: "Site", number: str) -> tuple[str, str, str]:
    """How a caller left the queue: reason, limit, where to."""
    call = await site.call_of(number)
    [data] = [entry.data for entry in call.timeline if entry.kind == "Dequeued"]
    return data["reason"], data["beyond"], data["to"]


async def test_a_caller_whose_expert_is_busy_asks_for_less_after_a_while_and_why_is_told(
    site: "Site", phones: "Phones"
) -> None:
    await site.add_flow("routed", _AT_ONCE.format(number="12391", queue="routed"))
    expert, plain = await asyncio.gather(phones.seat("1001", "2004"), phones.seat("1002", "2002"))
    first = await phones.call("13802100001", to="12391")
    await first.hear_tone(expert.tone, 10)
    second = await phones.call("13802100002", to="12391")
    await second.hear_tone(plain.tone, 10)
    await second.hang_up()
    await first.hang_up()

    call = await site.call_of("13802100002")
    assert 2.0 <= call.waiting_s + call.ringing_s < 4.0
    assert call.agent == "2002"
    said = await sentences(site, call.id)
    assert said[0] == "asked for the queue 'routed'; needed: housing >= 2 and lang.zh >= 1"
    assert said[1] == "none of the 1 on duty who have that was free; place in line: 1"
    assert said[2] == "all logged in who have that: 1 talking"
    assert "asked for less: general >= 2 and lang.zh >= 1" in said[3]
    assert any("offered to 2002 (王芳), the only one of the 2 suitable who was free" in text for text in said)
    assert said[-1].startswith("connected to 2002 (王芳) after 2.")


async def test_a_repeat_caller_gets_the_agent_of_the_last_talk_though_another_has_been_idle_longer(
    site: "Site", phones: "Phones"
) -> None:
    await site.add_flow("known", _AT_ONCE.format(number="12392", queue="known"))
    known = await phones.seat("1001", "2001")
    first = await phones.call("13802100003", to="12392")
    await first.hear_tone(known.tone, 10)
    other = await phones.seat("1002", "2003")
    await first.hang_up()
    await site.eventually(lambda: site.agent("2001")["state"] == "ready", 10)
    await site.call_of("13802100003")  # its record is in the store

    again = await phones.call("13802100003", to="12392")
    await again.hear_tone(known.tone, 10)
    stranger = await phones.call("13802100004", to="12392")
    await stranger.hear_tone(other.tone, 10)
    assert (known.taken, other.taken) == (2, 1)
    await asyncio.gather(again.hang_up(), stranger.hang_up())
    call = (await site.hotline("calls", "--caller", "13802100003"))[0]
    assert any("who served this caller the last time" in text for text in await sentences(site, call["id"]))


async def test_a_repeat_caller_whose_last_agent_has_gone_home_gets_another_at_once_and_why_tells_no_less(
    site: "Site", phones: "Phones"
) -> None:
    await site.add_flow("known", _AT_ONCE.format(number="12392", queue="known"))
    gone = await phones.seat("1001", "2001")
    first = await phones.call("13802100020", to="12392")
    await first.hear_tone(gone.tone, 10)
    await first.hang_up()
    await site.call_of("13802100020")  # its record is in the store
    await site.eventually(lambda: site.agent("2001")["state"] == "ready", 10)
    await site.hotline("agent", "2001", "--log-out")
    here = await phones.seat("1002", "2003")

    again = await phones.call("13802100020", to="12392")
    await again.hear_tone(here.tone, 10)
    await again.hang_up()
    calls = await site.hotline("calls", "--caller", "13802100020")
    said = await sentences(site, calls[0]["id"])
    assert said[1].startswith("held for 2001 (")
    assert said[1].endswith("who served this caller the last time: not at work, or has no longer what is needed")
    assert said[2] == "1 of the 1 on duty who have that were free"
    assert said[3].endswith("no longer: asked everybody who has what is needed")
    assert ", the only one of the 1 suitable who was free" in said[4]


async def test_a_queue_overflows_by_length_by_waiting_and_for_want_of_staff_each_to_where_it_says(
    site: "Site", phones: "Phones", department: "Department"
) -> None:
    await site.add_flow("narrow", _NARROW)
    nobody = await phones.call("13802100005", to="12393")  # nobody is logged in: the flow's own way on
    await nobody.hear_sound(10)  # asks for a message
    await nobody.hang_up()
    expert = await phones.seat("1001", "2004")
    first = await phones.call("13802100006", to="12393")
    await first.hear_tone(expert.tone, 10)
    waits = await phones.call("13802100007", to="12393")
    await site.eventually(lambda: len(site.waiting()) == 1)  # before anybody else
    beyond = await phones.call("13802100008", to="12393")  # one is the most that may wait
    await beyond.hear_tone(2100, 10)
    plain = await phones.seat("1002", "2002")  # has no skill of this queue, but of the one behind it
    await waits.hear_tone(plain.tone, 10)
    await asyncio.gather(first.hang_up(), waits.hang_up(), beyond.hang_up())

    assert await left(site, "13802100005") == ("overflow", "unstaffed", "voicemail")
    assert await left(site, "13802100008") == ("overflow", "length", "department:water")
    call = await site.call_of("13802100007")
    assert (call.agent, call.queue) == ("2002", "general")
    queued = [entry for entry in call.timeline if entry.kind == "Queued"]
    assert [entry.data["queue"] for entry in queued] == ["narrow", "general"]
    assert queued[1].data["since"] == pytest.approx(queued[0].data["since"], abs=0.1), "the original arrival was lost"
    assert "left the queue by its overflow rule (waited) to queue:general" in await sentences(site, call.id)


async def test_who_hangs_up_in_line_and_calls_again_at_once_goes_before_those_who_came_meanwhile(
    site: "Site", phones: "Phones"
) -> None:
    await site.add_flow("known", _AT_ONCE.format(number="12392", queue="known"))
    seat = await phones.seat("1001", "2001")
    talks = await phones.call("13802100010", to="12392")
    await talks.hear_tone(seat.tone, 10)
    impatient = await phones.call("13802100011", to="12392")
    await site.eventually(lambda: len(site.waiting()) == 1)
    await impatient.hang_up()
    await site.eventually(lambda: len(site.waiting()) == 0)
    gave_up = await sentences(site, (await site.call_of("13802100011")).id)
    assert gave_up[-1].startswith("hung up while waiting, after "), gave_up
    between = await phones.call("13802100012", to="12392")
    await site.eventually(lambda: len(site.waiting()) == 1)
    again = await phones.call("13802100011", to="12392")
    await site.eventually(lambda: len(site.waiting()) == 2)
    await talks.hang_up()
    await again.hear_tone(seat.tone, 10)
    await again.hang_up()
    await between.hear_tone(seat.tone, 10)
    await between.hang_up()
    redial = await sentences(site, (await site.call_of("13802100011")).id)
    assert any(text.startswith("the first arrival counts") for text in redial), redial
    assert not any("first arrival" in text for text in await sentences(site, (await site.call_of("13802100012")).id))

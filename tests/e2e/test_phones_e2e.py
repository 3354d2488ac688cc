"""Phones that die, reboot, say good-bye, or never answer whether they are there: only those that are there are rung."""

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import pytest

from simulator import Behaviour, Reaction, Softphone

if TYPE_CHECKING:
    from conftest import Phones, Site

_SEEN_WITHIN_S = 12.0  # 5 s between two OPTIONS, 4 s for the answer, and what a busy machine needs
_FLOW = """
numbers: ["12373"]
start: person
person: person
steps:
  person: {do: queue, queue: general, nobody_staffed: end}
  end: {do: hangup}
"""


def state(site: "Site", agent: str) -> str:
    return str(site.agent(agent)["state"])


async def offered(site: "Site", number: str) -> list[str]:
    """Who was offered the latest call from a number, in order."""
    call = await site.call_of(number)
    return [entry.data["agent"] for entry in call.timeline if entry.kind == "Offered"]


async def unreachable(site: "Site", *agents: str, within_s: float = _SEEN_WITHIN_S) -> None:
    await site.eventually(lambda: all(state(site, agent) == "unreachable" for agent in agents), within_s)


async def out_of_line(site: "Site", phone: Softphone) -> None:
    """Wait until Asterisk itself has given a phone up that never answers."""
    await site.eventually(lambda: "Unavail" in seen_by_asterisk(site, phone.account), _SEEN_WITHIN_S)


def seen_by_asterisk(site: "Site", seat: str) -> str:
    lines = site.asterisk("pjsip show contacts").splitlines()
    return next((line for line in lines if f" {seat}/" in line), "")


async def test_phones_that_die_without_a_word_are_seen_and_not_rung_and_are_ready_again_when_they_are_back(
    site: "Site", phones: "Phones"
) -> None:
    await site.add_flow("phones", _FLOW)
    frozen = await phones.seat("1001", "2001")  # these two have been idle longer: they would be rung first
    unplugged = await phones.seat("1002", "2002", own_cable=True)
    alive = await phones.seat("1003", "2003")
    frozen.go_silent()
    await phones.pull_out(unplugged)
    await unreachable(site, "2001", "2002")
    caller = await phones.call("13801730001", to="12373")
    await caller.hear_tone(alive.tone, 5)
    assert frozen.calls.empty()
    assert unplugged.calls.empty()
    await frozen.come_back()
    await site.eventually(lambda: state(site, "2001") == "ready", _SEEN_WITHIN_S)
    other = await phones.call("13801730002", to="12373")
    await other.hear_tone(frozen.tone, 5)
    assert state(site, "2002") == "unreachable"
    for leg in (caller, other):
        await leg.hang_up()
    assert await offered(site, "13801730001") == ["2003"]
    assert await offered(site, "13801730002") == ["2001"]
    back = await phones.seat("1002", own_cable=True)  # so that the agent can log out
    await site.eventually(lambda: state(site, "2002") == "ready", _SEEN_WITHIN_S)
    assert back.calls.empty()


async def test_a_phone_that_reboots_or_says_good_bye_is_known_at_once(site: "Site", phones: "Phones") -> None:
    await site.add_flow("phones", _FLOW)
    old = await phones.seat("1001", "2001", own_cable=True)
    await phones.pull_out(old)  # the power goes, and is back: registered from another port, before anybody missed it
    phone = await phones.seat("1001", own_cable=True)
    caller = await phones.call("13801730011", to="12373")
    await caller.hear_tone(phone.tone, 5)
    await caller.hang_up()
    assert (await offered(site, "13801730011"), old.calls.empty()) == (["2001"], True)
    await site.eventually(lambda: state(site, "2001") != "talking")
    await phone.press("*15")
    await site.eventually(lambda: state(site, "2001") == "ready")
    await phone.unregister()
    await unreachable(site, "2001", within_s=2)
    waits = await phones.call("13801730012", to="12373")
    await site.eventually(lambda: len(site.waiting()) == 1)
    await phone.register()
    await waits.hear_tone(phone.tone, 5)
    await waits.hang_up()
    assert await offered(site, "13801730012") == ["2001"]


async def test_when_no_phone_is_heard_any_more_they_are_rung_all_the_same_for_a_while(
    site: "Site", phones: "Phones"
) -> None:
    await site.add_flow("phones", _FLOW)
    house = await asyncio.gather(*(phones.seat(f"10{number:02}", f"20{number:02}") for number in range(1, 7)))
    for phone in house:
        phone.answer_no_options()  # as on a machine that answers too late
    await asyncio.gather(*(out_of_line(site, phone) for phone in house))
    assert {state(site, f"20{number:02}") for number in range(1, 7)} == {"ready"}
    caller = await phones.call("13801730031", to="12373")
    await site.eventually(lambda: any(not phone.calls.empty() for phone in house))
    [rung] = [phone for phone in house if not phone.calls.empty()]
    await caller.hear_tone(rung.tone, 5)
    await caller.hang_up()
    assert await offered(site, "13801730031") == [f"20{rung.account[2:]}"]


async def test_a_phone_that_never_answers_options_is_rung_like_any_other_also_by_a_restarted_service(
    site: "Site", phones: "Phones"
) -> None:
    await site.add_flow("phones", _FLOW)
    mute = await phones.seat("1001", "2001", knows_options=False)
    dead = await phones.seat("1002", "2002")
    await out_of_line(site, mute)
    dead.go_silent()
    await unreachable(site, "2002")
    assert state(site, "2001") == "ready"
    await called(site, phones, mute, "13801730021")

    colleague = await phones.seat("1003")
    leg = await colleague.dial("1001")
    await leg.hear_tone(mute.tone, 5)
    await leg.hang_up()

    old = site.service_pid()
    await site.written()
    os.kill(old, signal.SIGKILL)
    await site.eventually(lambda: site.service_pid() != old, 30)
    await site.eventually(lambda: site.api("status")["calls"] == 0, 10)
    await site.eventually(lambda: state(site, "2001") == "ready")
    assert state(site, "2002") == "unreachable", "the new service does not know which phone has gone silent"
    await called(site, phones, mute, "13801730022")
    assert dead.calls.empty()
    await mute.unregister()
    await unreachable(site, "2001", within_s=2)
    await mute.register()
    await site.eventually(lambda: state(site, "2001") == "ready", 2)


async def called(site: "Site", phones: "Phones", phone: Softphone, number: str) -> None:
    """Have a caller talk with agent 2001, and no other be offered the call."""
    caller = await phones.call(number, to="12373")
    await caller.hear_tone(phone.tone, 5)
    await caller.hang_up()
    assert await offered(site, number) == ["2001"]
    await site.eventually(lambda: state(site, "2001") == "wrap_up")
    await phone.press("*15")
    await site.eventually(lambda: state(site, "2001") == "ready")


@pytest.mark.soak
async def test_where_the_service_stays_away_asterisk_rings_the_seats_by_itself_mute_phones_too(
    site: "Site", phones: "Phones"
) -> None:
    mute = await phones.seat("1001", knows_options=False)
    mute.behaviour = Behaviour(Reaction.BY_HAND)
    await out_of_line(site, mute)
    caller = await phones.call("13801730031")
    keeper = site.process.pid
    os.kill(keeper, signal.SIGSTOP)  # it would start the service anew
    try:
        os.kill(site.service_pid(), signal.SIGKILL)
        leg = await mute.next_call(60)
        leg.answer()
        await caller.hear_tone(mute.tone, 5)
        await caller.hang_up()
    finally:
        os.kill(keeper, signal.SIGCONT)
    await site.eventually(lambda: site.api("status")["asterisk"], 30)

"""Hung up, cut off and desynchronised on purpose: agents are right again within seconds, and no lost phone is rung."""

import asyncio
import os
import signal
from typing import TYPE_CHECKING

from simulator import Behaviour, Reaction

if TYPE_CHECKING:
    from conftest import Phones, Site

_FLOW = """
numbers: ["12371"]
start: person
person: person
steps:
  person: {do: queue, queue: general, nobody_staffed: end}
  end: {do: hangup}
"""
_RIGHT_AGAIN_S = 20.0  # two looks, 4 s apart, on a machine that may be busy


def state(site: "Site", agent: str) -> str:
    return str(site.agent(agent)["state"])


def channels_of(site: "Site", seat: str) -> list[str]:
    """The channels of a seat's phone, told by Asterisk's own console."""
    rows = site.asterisk("core show channels concise").splitlines()
    return [row.split("!")[0] for row in rows if row.startswith(f"PJSIP/{seat}-")]


def cut_events(site: "Site") -> None:
    """Cut the service's manager connection: what happens until it is back is not told."""
    rows = [row.split() for row in site.asterisk("manager show connected").splitlines()]
    sessions = [row[4] for row in rows if row[:1] == ["hotline"]]
    assert sessions, rows
    for descriptor in sessions:
        site.asterisk(f"manager kick session {descriptor}")


async def test_a_channel_hung_up_behind_our_back_never_leaves_an_agent_in_a_talk(
    site: "Site", phones: "Phones"
) -> None:
    await site.add_flow("behind_our_back", _FLOW)
    seat = await phones.seat("1001", "2001")
    for number, cut in (("13801710001", False), ("13801710002", True)):
        await site.eventually(lambda: state(site, "2001") == "ready")
        caller = await phones.call(number, to="12371")
        await caller.hear_tone(seat.tone, 10)
        await site.eventually(lambda: state(site, "2001") == "talking")
        [channel] = channels_of(site, "1001")
        if cut:
            await asyncio.to_thread(cut_events, site)
        site.asterisk(f"channel request hangup {channel}")
        await site.eventually(lambda: state(site, "2001") in ("wrap_up", "ready"), _RIGHT_AGAIN_S)
        await caller.wait_ended(15)
        call = await site.call_of(number)
        assert (call.outcome, call.agent) == ("answered", "2001")
    await site.eventually(lambda: site.api("status")["asterisk"]["connected"])


async def test_a_phone_hung_up_while_it_rings_and_a_service_that_hung_meanwhile_leave_no_offer_behind(
    site: "Site", phones: "Phones"
) -> None:
    await site.add_flow("behind_our_back", _FLOW)
    seat = await phones.seat("1001", "2001", behaviour=Behaviour(Reaction.RING))
    caller = await phones.call("13801710003", to="12371")
    await site.eventually(lambda: state(site, "2001") == "ringing" and channels_of(site, "1001"))
    service = site.service_pid()
    os.kill(service, signal.SIGSTOP)
    try:
        await asyncio.to_thread(site.asterisk, "channel request hangup all")
        await asyncio.to_thread(cut_events, site)
        await site.eventually(lambda: not channels_of(site, "1001"))
    finally:
        os.kill(service, signal.SIGCONT)
    await site.eventually(lambda: state(site, "2001") in ("ready", "break"), _RIGHT_AGAIN_S)
    await site.eventually(lambda: site.waiting() == [] and site.api("status")["calls"] == 0)
    await caller.wait_ended(10)
    seat.behaviour = Behaviour(Reaction.ANSWER)
    await seat.press("*12")
    again = await phones.call("13801710004", to="12371")
    await again.hear_tone(seat.tone, 15)
    await again.hang_up()


async def test_a_phone_that_vanished_unheard_is_not_rung_until_it_is_back(site: "Site", phones: "Phones") -> None:
    await site.add_flow("behind_our_back", _FLOW)
    seat = await phones.seat("1001", "2001")
    await asyncio.to_thread(cut_events, site)
    await seat.unregister()
    await site.eventually(lambda: state(site, "2001") == "unreachable", _RIGHT_AGAIN_S)
    caller = await phones.call("13801710005", to="12371")
    await site.eventually(lambda: len(site.waiting()) == 1)
    await asyncio.sleep(2)  # long enough for many an offer
    assert (state(site, "2001"), seat.calls.empty()) == ("unreachable", True)
    await seat.register()
    await caller.hear_tone(seat.tone, _RIGHT_AGAIN_S)
    assert state(site, "2001") == "talking"
    await caller.hang_up()

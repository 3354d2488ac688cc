"""Two people talk, and nobody else hears them; either may end it, one may hold it; the books say how it was."""

import asyncio
import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from simulator import Behaviour, CallLeg, Reaction, Softphone, constant
from simulator.media import spectrum
from simulator.media.sounds import load
from tickets import CallDetail

if TYPE_CHECKING:
    from conftest import Phones, Site

_RINGS_S = 1.0
_AFTER_A_SECOND = Behaviour(Reaction.ANSWER, constant(_RINGS_S))


@dataclass
class Pair:
    """A caller and the agent they talk to."""

    number: str
    caller: CallLeg
    says: int  # the caller's tone
    phone: Softphone
    agent: str

    @property
    def leg(self) -> CallLeg:
        return self.phone.legs[0]


def bridges(site: "Site") -> list[tuple[int, str]]:
    """How many channels each bridge has, and how it joins them, told by Asterisk's own console."""
    lines = site.asterisk("bridge show all").splitlines()[1:]
    rows = [line.split() for line in lines if line.strip()]
    return [(int(row[-4]), row[-2]) for row in rows]


def check_recording(site: "Site", call: CallDetail, tones: list[int], own: set[int], unsent_s: float) -> None:
    """The file is there, whole and unaltered, as long as the talk, with both voices in it and no other."""
    path = site.state / "recordings" / call.recording
    assert hashlib.sha256(path.read_bytes()).hexdigest() == call.recording_sha256
    samples = load(path)
    assert len(samples) / 8000 == pytest.approx(call.recording_s, abs=0.05)
    assert call.recording_s == pytest.approx(call.talking_s, abs=0.7 + unsent_s)
    assert spectrum.heard_tones(samples, tones) == own


async def test_two_talk_unheard_by_others_one_holds_either_ends_it_and_the_record_tells_all(
    site: "Site", phones: "Phones"
) -> None:
    first, second = await asyncio.gather(
        phones.seat("1001", "2001", tone=700, behaviour=_AFTER_A_SECOND),
        phones.seat("1002", "2002", tone=900, behaviour=_AFTER_A_SECOND, ready=False),
    )
    one = Pair("13802000001", await phones.ask_for_a_person("13802000001", tone=2300), 2300, first, "2001")
    await one.caller.hear_tone(700, 10)
    other = Pair("13802000002", await phones.ask_for_a_person("13802000002", tone=2500), 2500, second, "2002")
    await site.eventually(lambda: len(site.waiting()) == 1)
    asked = time.monotonic()
    await other.caller.hear_sound()  # music
    await asyncio.sleep(1)
    await second.press("*12")
    await other.caller.hear_tone(900, 10)
    waited = time.monotonic() - asked

    tones = [700, 900, 2300, 2500]
    since = time.monotonic()
    await asyncio.sleep(1)
    for pair in (one, other):
        assert pair.caller.heard_tones(tones, since=since) == {pair.phone.tone}
        assert pair.leg.heard_tones(tones, since=since) == {pair.says}
    joined = bridges(site)
    assert [channels for channels, _ in joined] == [2, 2]
    assert {technology for _, technology in joined} <= {"simple_bridge", "native_rtp"}

    await one.leg.hold()
    held = time.monotonic()
    await asyncio.sleep(1.6)
    heard = one.caller.audio(held + 0.5).samples
    assert spectrum.heard_tones(heard, tones) == set()
    assert spectrum.is_sound(heard), "no music while on hold"
    assert other.caller.heard_tones(tones, since=held) == {900}
    held_s = time.monotonic() - held
    await one.leg.resume()
    await asyncio.gather(one.caller.hear_tone(700), one.leg.hear_tone(2300))

    legs = one.leg, other.leg
    await one.leg.hang_up()
    await other.caller.hang_up()
    await asyncio.gather(one.caller.wait_ended(10), legs[1].wait_ended(10))
    assert one.caller.ended_by == legs[1].ended_by == "peer"
    unsent_s = phones.media.ticker.skipped_s
    calls = []
    for pair, leg in zip((one, other), legs, strict=True):
        await site.eventually(lambda pair=pair: site.agent(pair.agent)["state"] == "ready")
        call = await site.recorded_call_of(pair.number)
        assert (call.outcome, call.agent, call.seat) == ("answered", pair.agent, pair.phone.account)
        assert (call.queue, call.offers, call.departments) == ("general", 1, [])
        assert call.ringing_s == pytest.approx(_RINGS_S, abs=0.4)
        assert call.talking_s == pytest.approx(leg.talk_s, abs=0.4)
        assert call.wrap_up_s == pytest.approx(1, abs=0.4)
        assert call.ticket.isdigit()
        check_recording(site, call, tones, {pair.phone.tone, pair.says}, unsent_s)
        calls.append(call)
    held_call, late_call = calls
    assert held_call.hold_s == pytest.approx(held_s, abs=0.4)
    assert late_call.hold_s == 0
    assert held_call.waiting_s == pytest.approx(held_call.ringing_s, abs=0.2), "there was somebody free at once"
    assert late_call.waiting_s == pytest.approx(waited, abs=0.8)
    assert held_call.ticket != late_call.ticket


async def test_whoever_gives_up_in_the_menu_in_line_or_while_it_rings_is_gone_at_once_and_leaves_no_trace_in_the_queue(
    site: "Site", phones: "Phones"
) -> None:
    seat = await phones.seat("1001", "2001", behaviour=Behaviour(Reaction.BY_HAND), ready=False)
    numbers = {"menu": "13802000011", "first": "13802000012", "second": "13802000013"}
    in_menu = await phones.call(numbers["menu"])
    await in_menu.hear_sound()
    first = await phones.ask_for_a_person(numbers["first"])
    await site.eventually(lambda: len(site.waiting()) == 1)
    second = await phones.ask_for_a_person(numbers["second"])
    await site.eventually(lambda: len(site.waiting()) == 2)
    [_, its] = site.waiting()
    await asyncio.gather(in_menu.hang_up(), first.hang_up())
    await site.eventually(lambda: len(site.waiting()) == 1, 1)
    assert [(row["call"], row["place"]) for row in site.waiting()] == [(its["call"], 1)]

    await seat.press("*12")
    ringing = await seat.next_call()
    await site.eventually(lambda: site.agent("2001")["state"] == "ringing")
    await second.hang_up()
    await site.eventually(lambda: not site.waiting(), 1)
    await ringing.wait_ended(5)
    assert (ringing.ended_by, ringing.answered.is_set()) == ("peer", False)
    await site.eventually(lambda: site.agent("2001")["state"] == "ready")  # no fault of the agent's
    await site.eventually(lambda: site.channels() == 0)
    calls = {where: await site.call_of(number) for where, number in numbers.items()}
    assert {where: call.outcome for where, call in calls.items()} == {
        "menu": "abandoned_menu", "first": "abandoned_queue", "second": "abandoned_queue"
    }  # fmt: skip
    assert {(call.ticket, call.recording, call.agent, call.talking_s) for call in calls.values()} == {("", "", "", 0)}
    assert (calls["menu"].waiting_s, calls["first"].offers) == (0, 0)
    offers = [(e.kind, e.data.get("reason")) for e in calls["second"].timeline if e.kind.startswith("Offer")]
    assert offers == [("Offered", None), ("OfferFailed", "withdrawn")]
    assert calls["second"].waiting_s > calls["second"].ringing_s > 0

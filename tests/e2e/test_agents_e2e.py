"""Agents log in, go ready, take breaks and end wrap-up from their phones; only who is ready is ever rung."""

import asyncio
import time
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agents import load_directory
from agents.phrases import phrases_of
from calls import Language
from ivr.speech import PromptStore, Pyttsx3Engine
from simulator import Behaviour, CallLeg, NotAccepted, Reaction, Softphone, constant
from tickets import CallDetail

if TYPE_CHECKING:
    from conftest import Phones, Site

ROOT = Path(__file__).resolve().parents[2]
_BY_HAND = Behaviour(Reaction.BY_HAND)
_AT_ONCE = """
numbers: ["{number}"]
start: person
person: person
steps:
  person: {{do: queue, queue: {queue}, nobody_staffed: end}}
  end: {{do: hangup}}
"""


class SeatVoice:
    """Knows what a seat's phone says, by the phrases' names."""

    def __init__(self, site: "Site") -> None:
        self._store = PromptStore(
            ROOT / "var" / "prompts", site.state / "dialplans" / "recordings", Pyttsx3Engine(site.state / "espeak")
        )
        self._phrases = phrases_of(load_directory(site.state / "dialplans" / "directory.yaml"))

    def missing(self, leg: CallLeg, *names: str) -> list[str]:
        """Which of these phrases were not heard in a call."""
        return [name for name in names if not leg.matches(self.wav(name), in_parts=True)]

    def wav(self, name: str) -> Path:
        """Return the sound file of a phrase."""
        sound = self._store.find(name, Language.ZH, self._phrases[name]["zh"])
        assert sound is not None, f"{name} was not rendered"
        return sound.path.with_suffix(".wav")


@pytest.fixture
def voice(site: "Site") -> SeatVoice:
    return SeatVoice(site)


def state(site: "Site", agent: str) -> tuple[str, str]:
    row = site.agent(agent)
    return row["state"], row["reason"]


def times(call: CallDetail, kind: str) -> list[tuple[float, str]]:
    """When an event happened, and to which agent."""
    return [(entry.at, entry.data["agent"]) for entry in call.timeline if entry.kind == kind]


async def go_ready(site: "Site", phone: Softphone, agent: str) -> None:
    await phone.press("*12")
    await site.eventually(lambda: site.agent(agent)["state"] != "break" or site.agent(agent)["reason"] != "login", 5)


def unlike(pin: str) -> str:
    return f"{(int(pin) + 1) % 10 ** len(pin):0{len(pin)}d}"


async def test_a_simulated_seat_knows_a_login_that_was_not_taken_from_one_that_was(
    site: "Site", phones: "Phones"
) -> None:
    seat = await phones.seat("1001")
    with pytest.raises(NotAccepted, match=r"\*11 was not accepted \(agent 2001\)"):
        await seat.login("2001", unlike(site.pins["2001"]), timeout=60)
    assert state(site, "2001") == ("logged_out", "")
    await seat.login("2001", site.pins["2001"])
    await site.eventually(lambda: state(site, "2001")[0] == "ready", 5)


async def test_logging_in_asks_who_it_is_refuses_strangers_and_says_what_became_of_it(
    site: "Site", phones: "Phones", voice: SeatVoice
) -> None:
    async def wrong_pin_then_right(seat: Softphone) -> None:
        pin = site.pins["2001"]
        leg = await seat.dial("*11")
        await leg.wait_answered()
        since = time.monotonic()
        for asked, entry in (("seat.ask_agent", "2001#"), ("seat.ask_pin", f"{unlike(pin)}#")):
            await leg.hear_prompt(voice.wav(asked), 15, since=since, in_parts=True)
            since = time.monotonic()
            await leg.send_digits(entry)
        await leg.hear_prompt(voice.wav("seat.refused"), 15, since=since, in_parts=True)
        await leg.send_digits(f"2001#{pin}#")  # without listening any more
        await leg.wait_ended(15)
        assert not voice.missing(leg, "seat.refused", "seat.logged_in")
        assert (site.agent("2001")["seat"], *state(site, "2001")) == ("1001", "break", "login")
        leg = await seat.press("*10")
        assert not voice.missing(leg, "seat.state.break", "seat.break.login")
        leg = await seat.press("*139")
        assert not voice.missing(leg, "seat.unknown_reason")

    async def nobody_knows_this_agent(seat: Softphone) -> None:
        entries = ["9999#", "123456#"] * 3
        leg = await seat.press("*11", *entries, timeout=40)
        assert not voice.missing(leg, "seat.refused", "seat.locked")
        leg = await seat.press("*11", "2059#", f"{site.pins['2059']}#")
        assert not voice.missing(leg, "seat.locked")
        assert state(site, "2059") == ("logged_out", "")

    async def moves_to_another_seat_which_is_then_taken(there: Softphone) -> None:
        leg = await there.press("*12")
        assert not voice.missing(leg, "seat.not_logged_in")
        await phones.seat("1003", "2003", ready=False)
        leg = await there.press("*11", "2003#", f"{site.pins['2003']}#")
        assert not voice.missing(leg, "seat.moved")
        assert site.agent("2003")["seat"] == "1004"
        leg = await there.press("*11", "2002#", f"{site.pins['2002']}#")
        assert not voice.missing(leg, "seat.seat_taken")
        assert state(site, "2002") == ("logged_out", "")
        leg = await there.press("*14")
        assert not voice.missing(leg, "seat.logged_out")
        assert state(site, "2003") == ("logged_out", "")

    desk, stranger, there = [await phones.seat(seat) for seat in ("1001", "1059", "1004")]
    await asyncio.gather(
        wrong_pin_then_right(desk),
        nobody_knows_this_agent(stranger),
        moves_to_another_seat_which_is_then_taken(there),
    )


async def test_a_phone_on_a_break_or_in_wrap_up_does_not_ring_and_the_agent_decides_when_it_does_again(
    site: "Site", phones: "Phones", voice: SeatVoice
) -> None:
    await site.add_flow("unhurried", _AT_ONCE.format(number="12351", queue="unhurried"))
    rests, works = await asyncio.gather(phones.seat("1001", "2001"), phones.seat("1002", "2002"))
    leg = await rests.press("*131")
    assert not voice.missing(leg, "seat.on_break", "seat.break.meal")
    [row] = [row for row in await site.hotline("agents") if row["agent"] == "2001"]
    assert (row["state"], row["reason"], row["seat"]) == ("break", "meal", "1001")
    first = await phones.ask_for_a_person("13801000001")  # 2001 has been idle longer, but is at table
    await first.hear_tone(works.tone, 10)
    leg = await works.press("*14")  # while talking: later
    assert not voice.missing(leg, "seat.after_call")
    assert state(site, "2002") == ("talking", "")
    await first.hang_up()
    await site.eventually(lambda: state(site, "2002") == ("logged_out", ""))
    assert rests.calls.empty(), "a phone on a break rang"

    leg = await rests.press("*12")
    assert not voice.missing(leg, "seat.ready")
    second = await phones.call("13801000002", to="12351")
    await second.hear_tone(rests.tone, 10)
    third = await phones.call("13801000003", to="12351")
    await site.eventually(lambda: len(site.waiting()) == 1)
    await second.hang_up()
    await site.eventually(lambda: state(site, "2001")[0] == "wrap_up")
    await asyncio.sleep(1.5)
    assert rests.taken == 1, "a phone in wrap-up rang"
    assert len(site.waiting()) == 1
    leg = await rests.press("*15")
    assert not voice.missing(leg, "seat.wrap_up_ended")
    await third.hear_tone(rests.tone, 10)
    await third.hang_up()
    leg = await rests.press("*13", "2")  # asks for the reason
    assert not voice.missing(leg, "seat.on_break", "seat.break.rest")
    assert state(site, "2001") == ("break", "rest")
    assert (rests.taken, rests.calls.qsize(), works.taken) == (2, 2, 1)
    call = await site.call_of("13801000002")
    [(ended, _)] = times(call, "WrapUpEnded")
    [(began, _)] = times(call, "TalkEnded")
    assert call.wrap_up_s == pytest.approx(ended - began, abs=0.1)
    assert 1.5 < call.wrap_up_s < 60


async def test_a_wrap_up_that_is_extended_again_and_again_ends_when_the_setting_says(
    site: "Site", phones: "Phones", voice: SeatVoice
) -> None:
    await site.add_flow("unhurried", _AT_ONCE.format(number="12351", queue="unhurried"))
    seat = await phones.seat("1001", "2001")
    caller = await phones.call("13801000005", to="12351")
    await caller.hear_tone(seat.tone, 10)
    await caller.hang_up()
    await site.eventually(lambda: state(site, "2001")[0] == "wrap_up")
    leg = await seat.press("*16")  # 60 s more than the 60 of the queue
    assert not voice.missing(leg, "seat.wrap_up_extended")
    told = await site.hotline("agent", "2001", "--extend-wrap-up", "3000")
    assert (told["ok"], told["state"]) == (True, "wrap_up")
    [(ended, _)] = times(await site.call_of("13801000005"), "TalkEnded")
    assert told["until"] - ended == pytest.approx(75, abs=0.5)
    await seat.press("*15")
    await site.eventually(lambda: state(site, "2001")[0] == "ready")


async def test_whoever_does_not_take_the_call_is_put_aside_and_the_caller_stays_first_in_line(
    site: "Site", phones: "Phones"
) -> None:
    await site.add_flow("at_once", _AT_ONCE.format(number="12352", queue="general"))
    places = {"1001": "2006", "1002": "2007", "1003": "2008", "1004": "2009", "1005": "2010", "1006": "2011"}
    seats = await asyncio.gather(*(phones.seat(seat, agent, ready=False) for seat, agent in places.items()))
    gone, dead, absent, engaged, refusing, willing = seats
    absent.behaviour, engaged.behaviour = Behaviour(Reaction.RING), Behaviour(Reaction.BUSY)
    refusing.behaviour = Behaviour(Reaction.DECLINE)
    await asyncio.gather(go_ready(site, gone, "2006"), go_ready(site, dead, "2007"))
    await gone.unregister()
    await site.eventually(lambda: state(site, "2006")[0] == "unreachable")
    dead.go_silent()
    head = await phones.call("13801000011", to="12352")
    await site.eventually(lambda: len(site.waiting()) == 1)
    behind = await phones.call("13801000012", to="12352")
    await site.eventually(lambda: len(site.waiting()) == 2)
    await site.eventually(lambda: state(site, "2007")[0] == "unreachable", 15)
    for phone, agent, reason in ((absent, "2008", "aside"), (engaged, "2009", "aside"), (refusing, "2010", "aside")):
        await go_ready(site, phone, agent)
        await site.eventually(lambda agent=agent, reason=reason: state(site, agent) == ("break", reason), 15)
    await go_ready(site, willing, "2011")
    await head.hear_tone(willing.tone, 15)
    assert [row["place"] for row in site.waiting()] == [1], "the other caller does not wait any more"
    await head.hang_up()
    await behind.hear_tone(willing.tone, 15)
    await behind.hang_up()
    first, second = await site.call_of("13801000011"), await site.call_of("13801000012")
    offered = list(dict.fromkeys(agent for _, agent in times(first, "Offered")))
    assert offered == ["2007", "2008", "2009", "2010", "2011"]
    failed = {entry.data["agent"]: entry.data["reason"] for entry in first.timeline if entry.kind == "OfferFailed"}
    assert failed == {"2007": "unreachable", "2008": "no_answer", "2009": "busy", "2010": "declined"}
    assert (first.agent, second.agent) == ("2011", "2011")
    [(connected, _)] = times(first, "Connected")
    sooner = {agent for at, agent in times(second, "Offered") if at < connected}
    assert sooner <= set(failed), "somebody whom the head of the line did not avoid was offered the one behind"
    assert gone.calls.empty()
    assert state(site, "2006")[0] == "unreachable"
    await gone.register()  # what was lost is found again
    await site.eventually(lambda: state(site, "2006")[0] == "ready")


async def test_the_best_fitting_agent_is_rung_first_and_nobody_is_ever_offered_two_calls(
    site: "Site", phones: "Phones"
) -> None:
    await site.add_flow("at_once", _AT_ONCE.format(number="12352", queue="general"))
    seats = await asyncio.gather(*(phones.seat(f"100{i}", f"200{i + 1}", ready=False) for i in (1, 2, 3)))
    # 2004 has a skill that this queue does not ask for; 2002 and 2003 have just what it asks for.
    second, third, spare = seats
    for phone, agent in ((spare, "2004"), (second, "2002"), (third, "2003")):
        await go_ready(site, phone, agent)
    talks = []
    for i, phone in enumerate((second, third, spare)):
        talks.append(await phones.call(f"138010001{i:02d}", to="12352"))
        await talks[-1].hear_tone(phone.tone, 10)
    for leg in talks:
        await leg.hang_up()
    quick = Behaviour(Reaction.ANSWER, constant(0.1), constant(0.6))
    for phone in seats:
        phone.behaviour = quick
    rush = [f"138010002{i:02d}" for i in range(10)]
    callers = await asyncio.gather(*(phones.call(number, to="12352") for number in rush))
    tones = [phone.tone for phone in seats]
    heard = await asyncio.gather(*(leg.hear_any_tone(tones, 60) for leg in callers))
    await asyncio.gather(*(leg.wait_ended(15) for leg in callers))
    calls = [await site.call_of(number) for number in rush]
    assert [phone.doubled for phone in seats] == [0, 0, 0]
    assert sum(phone.taken for phone in seats) == 13
    assert {call.outcome for call in calls} == {"answered"}
    by_tone = dict(zip(tones, ("2002", "2003", "2004"), strict=True))
    assert [call.agent for call in calls] == [by_tone[tone] for tone, _ in heard]
    for agent in by_tone.values():
        assert not overlapping(calls, agent)
    in_line = sorted(calls, key=lambda call: next(e.at for e in call.timeline if e.kind == "Queued"))
    assert [call.id for call in sorted(calls, key=first_offer)] == [call.id for call in in_line]


def first_offer(call: CallDetail) -> int:
    """The number of a call's first offer. Offers are numbered as they are made; when the phone begins to ring says less
    of the order, for a caller who is just being told the place is interrupted a few milliseconds later than others."""
    offer = next(entry.data["offer"] for entry in call.timeline if entry.kind == "Offered")
    return int(offer.rpartition("-")[2])


def overlapping(calls: Iterable[CallDetail], agent: str) -> list[tuple[float, float]]:
    """Times at which an agent was offered a call, or had it, while another one was not over."""
    spans = sorted(
        (times(call, "Offered")[0][0], times(call, "TalkEnded")[0][0]) for call in calls if call.agent == agent
    )
    return [later for earlier, later in pairwise(spans) if later[0] < earlier[1]]

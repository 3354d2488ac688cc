"""Agents call people: allowed numbers only, linked to a ticket, recorded; nobody else reaches them meanwhile."""

import asyncio
import hashlib
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agents import load_directory
from agents.phrases import phrases_of
from calls import Language
from ivr.speech import PromptStore, Pyttsx3Engine
from simulator import Behaviour, CallLeg, Department, Reaction, constant
from simulator.media import spectrum
from simulator.media.sounds import load

if TYPE_CHECKING:
    from conftest import Phones, Site

ROOT = Path(__file__).resolve().parents[2]
_ANSWER = Behaviour(Reaction.ANSWER, constant(0.1))
_BY_HAND = Behaviour(Reaction.BY_HAND)


class Said:
    """Knows what a seat's phone says, by the phrases' names."""

    def __init__(self, site: "Site") -> None:
        self._store = PromptStore(
            ROOT / "var" / "prompts", site.state / "dialplans" / "recordings", Pyttsx3Engine(site.state / "espeak")
        )
        self._phrases = phrases_of(load_directory(site.state / "dialplans" / "directory.yaml"))

    def in_call(self, leg: CallLeg, name: str) -> bool:
        """Whether a phrase was heard in a call."""
        sound = self._store.find(name, Language.ZH, self._phrases[name]["zh"])
        assert sound is not None, f"{name} was not rendered"
        return leg.matches(sound.path.with_suffix(".wav"))


@pytest.fixture
def said(site: "Site") -> Said:
    return Said(site)


async def records(site: "Site", number: str) -> list[dict[str, Any]]:
    """The calls that agents made to a number, the latest first."""
    found = await site.hotline("calls", "--outbound", "--limit", "1000")
    return [row for row in found if row["dialled"] == number]


async def ended(site: "Site", number: str, *, recorded: bool = False) -> dict[str, Any]:
    """The one call to a number, once it is over (and its recording measured)."""

    async def look() -> dict[str, Any] | None:
        rows = await records(site, number)
        done = [row for row in rows if row["ended_at"] is not None and (row["recording_sha256"] or not recorded)]
        return done[0] if len(rows) == len(done) == 1 else None

    found: dict[str, Any] = await site.eventually(look, 30)
    return found


async def is_(site: "Site", agent: str, state: str, timeout: float = 10.0) -> None:
    await site.eventually(lambda: site.agent(agent)["state"] == state, timeout)


def check_recording(site: "Site", row: dict[str, Any], own: set[int], tones: list[int], unsent_s: float) -> None:
    """The file is whole and unaltered, as long as the talk, with both voices in it and no other."""
    path = site.state / "recordings" / row["recording"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == row["recording_sha256"]
    samples = load(path)
    assert row["recording_s"] == pytest.approx(row["talking_s"], abs=0.7 + unsent_s)
    assert spectrum.heard_tones(samples, tones) == own


async def test_an_agent_dials_for_a_ticket_nobody_is_offered_meanwhile_and_the_record_tells_all(
    site: "Site", phones: "Phones", department: Department
) -> None:
    desk = await phones.seat("1001", "2001", tone=700, behaviour=_ANSWER)
    first = await phones.ask_for_a_person("13821000001", tone=2300)
    await first.hear_tone(700, 10)
    await first.hang_up()
    ticket = (await site.recorded_call_of("13821000001")).ticket
    await site.eventually(lambda: all(leg.ended.is_set() for leg in desk.legs))

    leg = await desk.dial(f"*913921000001*{ticket}")
    away = await department.next_call()
    assert (away.called_number, away.caller_number) == ("13921000001", "12345")
    await asyncio.gather(leg.hear_tone(2100, 10), away.hear_tone(700, 10))
    await is_(site, "2001", "talking")
    waits = await phones.ask_for_a_person("13821000002", tone=2500)
    await site.eventually(lambda: len(site.waiting()) == 1)
    [running] = await records(site, "13921000001")
    assert (running["direction"], running["outcome"], running["ticket"]) == ("outbound", None, ticket)
    since = time.monotonic()
    await asyncio.sleep(1)
    assert leg.heard_tones([2100, 2300, 2500], since=since) == {2100}
    assert desk.doubled == 0
    await away.hang_up()
    await leg.wait_ended(10)
    await is_(site, "2001", "wrap_up")
    assert len(site.waiting()) == 1
    await desk.press("*15")
    await waits.hear_tone(700, 15)
    await waits.hang_up()

    row = await ended(site, "13921000001", recorded=True)
    assert (row["outcome"], row["agent"], row["seat"], row["caller"]) == ("answered", "2001", "1001", "12345")
    assert (row["cause"], row["ticket"], row["queue"], row["offers"]) == ("callee", ticket, "", 0)
    assert row["talking_s"] == pytest.approx(away.talk_s, abs=0.5)
    check_recording(site, row, {700, 2100}, [700, 2100, 2300, 2500], phones.media.ticker.skipped_s)
    shown = await site.hotline("tickets", ticket)
    assert [call["id"] for call in shown["outbound"]] == [row["id"]]


async def test_what_may_not_be_dialled_is_refused_with_its_reason_and_kept(
    site: "Site", phones: "Phones", department: Department, said: Said
) -> None:
    async def refused(seat: str, agent: str, wishes: dict[str, str]) -> None:
        desk = await phones.seat(seat, agent, ready=False)
        for dialled, phrase in wishes.items():
            leg = await desk.press(dialled)
            assert said.in_call(leg, phrase), dialled
            assert site.agent(agent)["state"] == "break"

    async def nobody_logged_in() -> None:
        leg = await (await phones.seat("1003")).press("*913921000009")
        assert said.in_call(leg, "seat.not_logged_in")

    await asyncio.gather(
        refused("1001", "2001", {"*9110": "dial.emergency", "*913899000001": "dial.denied"}),
        refused("1002", "2002", {"*90013921000003": "dial.not_allowed", "*913921000004*999999": "dial.no_ticket"}),
        nobody_logged_in(),
    )
    assert department.calls.empty()
    for number, cause in (("110", "emergency"), ("0013921000003", "not_allowed"), ("13921000004", "no_ticket")):
        row = await ended(site, number)
        assert (row["outcome"], row["cause"], row["talking_s"]) == ("refused", cause, 0)
    assert not await records(site, "13921000009")


async def test_busy_and_unanswered_numbers_lead_back_to_where_the_agent_was(
    site: "Site", phones: "Phones", department: Department, said: Said
) -> None:
    desk = await phones.seat("1001", "2001")
    department.reject_with = 486
    leg = await desk.press("*913921000011")
    assert said.in_call(leg, "dial.busy")
    await is_(site, "2001", "ready")
    assert (await ended(site, "13921000011"))["outcome"] == "busy"

    department.reject_with, department.answer_after_s = 0, None
    leg = await desk.dial("*913921000012")
    away = await department.next_call()
    await is_(site, "2001", "dialling")
    await leg.hear_tone(450, 10)  # it rings
    await leg.hang_up()
    await away.wait_ended(10)
    await is_(site, "2001", "ready")
    row = await ended(site, "13921000012")
    assert (row["outcome"], row["cause"], row["recording"]) == ("no_answer", "agent", "")


async def test_an_ordered_call_rings_the_seat_first_and_the_number_then(
    site: "Site", phones: "Phones", department: Department
) -> None:
    desk = await phones.seat("1001", "2001", tone=700, behaviour=_BY_HAND)
    done = await site.hotline("dial", "--agent", "2001", "--to", "13921000021")
    assert (done["ok"], done["result"]) == (True, "ringing")
    leg = await desk.next_call()
    assert leg.caller_number == "13921000021"
    assert site.agent("2001")["state"] == "dialling"
    assert department.calls.empty()
    leg.answer()
    away = await department.next_call()
    await asyncio.gather(leg.hear_tone(2100, 10), away.hear_tone(700, 10))
    await leg.hang_up()
    await away.wait_ended(10)
    row = await ended(site, "13921000021", recorded=True)
    assert (row["id"], row["outcome"], row["cause"], row["agent"]) == (done["call"], "answered", "agent", "2001")
    await desk.press("*15")
    await is_(site, "2001", "ready")

    done = await site.hotline("dial", "--agent", "2001", "--to", "13921000022")
    (await desk.next_call()).reject(603)
    await is_(site, "2001", "ready")
    row = await ended(site, "13921000022")
    assert (row["id"], row["outcome"]) == (done["call"], "no_answer")
    assert department.calls.empty()


async def test_a_talk_that_an_agent_began_outlives_the_service_and_so_does_one_that_rings(
    site: "Site", phones: "Phones", department: Department
) -> None:
    department.answer_after_s = None
    desk, other = await asyncio.gather(
        phones.seat("1001", "2001", tone=700), phones.seat("1002", "2002", tone=900, ready=False)
    )
    leg = await desk.dial("*913921000031")
    away = await department.next_call()
    away.answer()
    await leg.hear_tone(2100, 10)
    await is_(site, "2001", "talking")
    dials = await other.dial("*913921000032")
    rings = await department.next_call()
    await is_(site, "2002", "dialling")
    await site.eventually(lambda: records(site, "13921000032"))
    old = site.service_pid()
    await site.written()
    os.kill(old, signal.SIGKILL)
    since = time.monotonic()
    await site.eventually(lambda: site.service_pid() != old, 30)
    rings.answer()
    await is_(site, "2001", "talking")
    await is_(site, "2002", "talking")
    await asyncio.gather(dials.hear_tone(2100), rings.hear_tone(900))
    await asyncio.gather(leg.hear_tone(2100), away.hear_tone(700))
    assert leg.heard_tones([2100], since=since) == {2100}
    await away.hang_up()
    await leg.wait_ended(10)
    await is_(site, "2001", "wrap_up")
    row = await ended(site, "13921000031", recorded=True)
    assert (row["outcome"], row["resumed"], row["agent"]) == ("answered", 1, "2001")
    await dials.hang_up()
    await rings.wait_ended(10)
    late = await ended(site, "13921000032", recorded=True)
    assert (late["outcome"], late["agent"], late["seat"]) == ("answered", "2002", "1002")
    assert late["talking_s"] == pytest.approx(rings.talk_s, abs=1.0)
    assert row["talking_s"] == pytest.approx(away.talk_s, abs=1.0)
    check_recording(site, row, {700, 2100}, [700, 2100], phones.media.ticker.skipped_s)


async def test_in_a_call_that_an_agent_made_the_keys_do_what_they_do_in_any_other(
    site: "Site", phones: "Phones", department: Department
) -> None:
    desk, other = await asyncio.gather(
        phones.seat("1001", "2001", tone=700), phones.seat("1002", "2002", tone=900, behaviour=_ANSWER)
    )
    leg = await desk.dial("*913921000041")
    away = await department.next_call()
    await asyncio.gather(leg.hear_tone(2100, 10), away.hear_tone(700, 10))
    await leg.send_digits("*0")
    await is_(site, "2001", "on_hold")
    since = time.monotonic()
    await away.hear_sound()
    assert away.heard_tones([700, 900], since=since) == set()
    await leg.send_digits("*0")
    await asyncio.gather(away.hear_tone(700), leg.hear_tone(2100))
    await leg.send_digits("*4")
    await leg.hear_sound()
    await leg.send_digits("2002#")
    await leg.hear_tone(900, 10)
    await leg.send_digits("*7")
    await asyncio.gather(away.hear_tone(900, 10), other.legs[0].hear_tone(2100, 10))
    await leg.hang_up()  # the others talk on
    await is_(site, "2001", "wrap_up")
    await other.legs[0].send_digits("*1")
    await other.legs[0].wait_ended(15)
    await desk.press("*15")
    leg = await desk.dial("*17")
    await asyncio.gather(away.hear_tone(700, 15), leg.hear_tone(2100, 15))
    code, out = await site.hotline_fails("call", "transfer", "seat:1001", "menu")
    assert (code, "never came by the menu" in out) == (1, True)
    await away.hang_up()
    await leg.wait_ended(10)
    await is_(site, "2001", "wrap_up")
    row = await ended(site, "13921000041", recorded=True)
    call = await site.hotline("call", row["id"])
    assert (row["outcome"], row["cause"], call["agents"]) == ("answered", "callee", ["2001", "2002", "2001"])
    assert {tuple(segment["parties"]) for segment in call["segments"]} == {
        ("agent:2001", "caller"), ("agent:2001", "agent:2002"), ("agent:2001", "agent:2002", "caller"),
        ("agent:2002", "caller"),
    }  # fmt: skip

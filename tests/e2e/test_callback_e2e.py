"""Callers who would rather not wait are called back when their turn comes, and keep their place in line."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from calls import Language
from ivr import SystemPrompts
from ivr.speech import PromptStore, Pyttsx3Engine
from ivr.speech.player import PromptPlayer

if TYPE_CHECKING:
    from conftest import Phones, Site

    from simulator import CallLeg, Department, Softphone

ROOT = Path(__file__).resolve().parents[2]
_FLOW = """
numbers: ["{number}"]
start: person
person: person
steps:
  person: {{do: queue, queue: {queue}, nobody_staffed: end}}
  end: {{do: hangup}}
"""


@pytest.fixture
async def desk(site: "Site", phones: "Phones") -> AsyncIterator["Softphone"]:
    """The only agent who may serve; nobody is left to be called back afterwards."""
    await site.add_flow("called_back", _FLOW.format(number="12395", queue="called_back"))
    await site.add_flow("missed", _FLOW.format(number="12396", queue="missed"))
    yield await phones.seat("1001", "2004", tone=700)
    for row in await site.hotline("callbacks", "--open"):
        await site.told("callback", {"callback": row["id"], "act": "cancel"})


async def heard(site: "Site", leg: "CallLeg", prompt: str) -> bool:
    """Whether what the system says by that name (its first words) was heard in a call."""
    dialplans = site.state / "dialplans"
    store = PromptStore(ROOT / "var" / "prompts", dialplans / "recordings", Pyttsx3Engine(site.state / "espeak"))
    text = SystemPrompts.load(dialplans / "prompts.yaml").text(prompt, Language.ZH)
    sounds = await PromptPlayer(store).sounds(prompt, text, Language.ZH, key="1", number="1")
    return bool(sounds) and leg.matches(sounds[0].path.with_suffix(".wav"), in_parts=True)


async def busy(phones: "Phones", number: str) -> "CallLeg":
    """Return a caller who keeps the agent busy."""
    leg = await phones.call(number, to="12395", tone=2300)
    await leg.hear_tone(700, 15)
    return leg


async def waits(site: "Site", phones: "Phones", number: str, *, tone: int = 2500, to: str = "12395") -> "CallLeg":
    """Return a caller who waits in line."""
    before = len(site.waiting())
    leg = await phones.call(number, to=to, tone=tone)
    await site.eventually(lambda: len(site.waiting()) == before + 1)
    return leg


async def asks_to_be_called(site: "Site", leg: "CallLeg") -> None:
    """Hear the offer, press its key, then answer the questions."""
    await site.eventually(lambda: heard(site, leg, "callback_offer"), 20)
    await leg.send_digits("1")
    await site.eventually(lambda: heard(site, leg, "callback_confirm"), 20)
    await leg.send_digits("1")
    await leg.wait_ended(20)


async def stands(site: "Site", number: str, state: str, timeout: float = 15) -> dict[str, Any]:
    """Wait until the callback of a number stands so; return it."""

    async def look() -> dict[str, Any] | None:
        rows = await site.hotline("callbacks", "--full")
        row = next((row for row in rows if row["number"] == number), None)
        return row if row is not None and row["state"] == state else None

    found = await site.eventually(look, timeout)
    assert isinstance(found, dict)
    return found


async def records(site: "Site", number: str) -> dict[str, dict[str, Any]]:
    """Return the latest record of a number in each direction."""
    rows = await site.hotline("calls", "--caller", number, "--full")
    return {row["direction"]: row for row in reversed(rows)}


async def test_who_asks_to_be_called_back_keeps_the_place_and_is_dialled_when_the_turn_has_come(
    site: "Site", phones: "Phones", desk: "Softphone", department: "Department"
) -> None:
    first = await busy(phones, "13841000001")
    asked = await waits(site, phones, "13841000002")
    await asks_to_be_called(site, asked)
    assert await heard(site, asked, "callback_confirm")
    assert await heard(site, asked, "callback_promised")
    later = await waits(site, phones, "13841000003", tone=2700)
    assert len(site.waiting()) == 2
    assert department.calls.empty()  # nobody is called to hear music
    await first.hang_up()
    called = await department.next_call(15)
    assert (called.called_number, called.caller_number) == ("13841000002", "12345")
    await called.hear_tone(700, 20)
    assert await heard(site, called, "callback_greeting")
    assert [leg.caller_number for leg in desk.legs] == ["13841000002"]
    assert desk.doubled == 0
    await desk.legs[0].send_digits("*0")  # all that a talk can do
    await site.eventually(lambda: site.agent("2004")["state"] == "on_hold")
    await desk.legs[0].send_digits("*0")
    await called.hear_tone(700, 10)
    await called.hang_up()
    await later.hear_tone(700, 15)
    await later.hang_up()

    kept = await stands(site, "13841000002", "done")
    assert (kept["attempts"], kept["queue"], kept["missed"]) == (1, "called_back", False)
    ended = await records(site, "13841000002")
    assert ended["inbound"]["outcome"] == "callback"
    assert (ended["callback"]["outcome"], ended["callback"]["agent"]) == ("answered", "2004")
    assert ended["callback"]["ticket"] and not ended["inbound"]["ticket"]
    why = await site.hotline("why", ended["callback"]["id"])
    assert "called back" in why["said"][0]["text"]


@pytest.mark.soak
async def test_another_number_is_read_back_and_one_that_may_not_be_called_is_refused(
    site: "Site", phones: "Phones", desk: "Softphone", department: "Department"
) -> None:
    first = await busy(phones, "13841000011")
    asked = await waits(site, phones, "13841000012")
    await asked.send_digits("1")
    await site.happened("13841000012", "CallbackChanged")
    await asked.send_digits("2")
    await asked.send_digits("110#")  # never called, whoever asks
    await site.eventually(lambda: heard(site, asked, "callback_not_possible"), 15)
    await asked.send_digits("13941000012#")
    await asked.send_digits("1")
    await asked.wait_ended(20)
    await first.hang_up()
    called = await department.next_call(15)
    assert called.called_number == "13941000012"
    await called.hear_tone(700, 20)
    await called.hang_up()
    await stands(site, "13941000012", "done")


async def test_who_does_not_answer_is_tried_again_by_plan_then_given_up(
    site: "Site", phones: "Phones", desk: "Softphone", department: "Department"
) -> None:
    department.reject_with = 486
    first = await busy(phones, "13841000021")
    asked = await waits(site, phones, "13841000022")
    await asks_to_be_called(site, asked)
    await first.hang_up()
    await department.next_call(15)
    again = await stands(site, "13841000022", "waiting")
    assert again["attempts"] == 1 and again["not_before"] > again["changed_at"]
    await department.next_call(15)
    given_up = await stands(site, "13841000022", "given_up")
    assert given_up["attempts"] == 2
    await site.eventually(lambda: site.agent("2004")["state"] == "ready")
    assert (await records(site, "13841000022"))["callback"]["outcome"] == "busy"
    assert department.calls.empty()


async def test_who_calls_again_first_is_served_at_the_old_place_and_never_dialled(
    site: "Site", phones: "Phones", desk: "Softphone", department: "Department"
) -> None:
    first = await busy(phones, "13841000031")
    asked = await waits(site, phones, "13841000032")
    since = site.waiting()[0]["since"]
    await asks_to_be_called(site, asked)
    other = await waits(site, phones, "13841000033", tone=2700)
    redials = await phones.call("13841000032", to="12395", tone=2500)
    await site.eventually(lambda: [row["callback"] for row in site.waiting()] == [False, False])
    assert site.waiting()[0]["since"] == since
    await first.hang_up()
    await redials.hear_tone(700, 15)
    await redials.hang_up()
    await other.hear_tone(700, 15)
    await other.hang_up()
    await stands(site, "13841000032", "cancelled")
    assert department.calls.empty()


async def test_who_hung_up_while_waiting_is_listed_and_called_back_where_the_queue_says_so(
    site: "Site", phones: "Phones", desk: "Softphone", department: "Department"
) -> None:
    first = await busy(phones, "13841000041")
    left = await waits(site, phones, "13841000042", to="12396")
    await left.hang_up()
    kept = await stands(site, "13841000042", "waiting")
    assert kept["missed"] is True
    await first.hang_up()
    called = await department.next_call(20)
    assert called.called_number == "13841000042"
    await called.hear_tone(700, 20)
    await called.hang_up()
    await stands(site, "13841000042", "done")
    missed = await site.hotline("callbacks", "--missed", "--full")
    row = next(row for row in missed if row["number"] == "13841000042")
    assert (row["queue"], row["reached"], row["callback"]) == ("missed", True, "done")


@pytest.mark.soak
async def test_a_long_line_proposes_to_call_back_and_who_would_rather_wait_keeps_the_place(
    site: "Site", phones: "Phones", desk: "Softphone", department: "Department"
) -> None:
    first = await busy(phones, "13841000050")
    ahead = [await waits(site, phones, "13841000051"), await waits(site, phones, "13841000052", tone=2700)]
    stays, goes = await asyncio.gather(
        phones.call("13841000053", to="12395", tone=1700), phones.call("13841000054", to="12395", tone=1900)
    )
    await asyncio.gather(site.happened("13841000053", "CallbackChanged"), site.happened("13841000054", "Dequeued"))
    await asyncio.gather(stays.send_digits("3"), goes.send_digits("1"))
    await goes.wait_ended(20)
    assert await heard(site, goes, "callback_proposed")
    await stands(site, "13841000054", "waiting")
    await site.eventually(lambda: len(site.waiting()) == 4)
    assert await heard(site, stays, "callback_not_taken")
    done = await site.hotline("callbacks", "--cancel", (await stands(site, "13841000054", "waiting"))["id"])
    assert (done["ok"], done["state"]) == (True, "cancelled")
    for leg in (*ahead, stays):
        await leg.hang_up()
    await site.eventually(lambda: not site.waiting())
    await first.hang_up()
    assert department.calls.empty()


async def test_a_promise_outlives_the_service_and_so_does_a_phone_that_rings(
    site: "Site", phones: "Phones", desk: "Softphone", department: "Department"
) -> None:
    department.answer_after_s = None
    first = await busy(phones, "13841000061")
    asked = await waits(site, phones, "13841000062")
    await asks_to_be_called(site, asked)
    old = site.service_pid()
    await site.written()
    os.kill(old, signal.SIGKILL)
    await site.eventually(lambda: site.service_pid() != old, 30)
    await site.eventually(lambda: len(site.waiting()) == 1)
    await first.hang_up()
    called = await department.next_call(20)
    old = site.service_pid()
    await site.written()
    os.kill(old, signal.SIGKILL)
    await site.eventually(lambda: site.service_pid() != old, 30)
    called.answer()
    await called.hear_tone(700, 20)
    await called.hang_up()
    kept = await stands(site, "13841000062", "done")
    assert kept["attempts"] == 1
    assert department.calls.empty()

"""Nobody there, or closed: the caller speaks after the tone, and the message is kept however it ends."""

import asyncio
import hashlib
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from simulator import CallLeg
from simulator.media import spectrum
from simulator.media.sounds import load
from tickets import CallDetail

if TYPE_CHECKING:
    from conftest import Phones, Site

_BEEP = 1000
_LONGEST_S, _SILENCE_S = 5, 2
_NOBODY = f"""
numbers: ["12361"]
start: person
person: person
steps:
  person: {{do: queue, queue: general, nobody_staffed: message}}
  message: {{do: voicemail, box: nobody, longest_s: {_LONGEST_S}, silence_s: {_SILENCE_S}, next: end}}
  end: {{do: hangup}}
"""
_CLOSED = """
numbers: ["12362"]
start: opening
person: person
steps:
  opening:
    do: hours
    zone: Asia/Shanghai
    open: [{{days: all, from: "00:00", to: "24:00"}}]
    closed_on: [{days}]
    when_open: person
    when_closed: message
  person: {{do: queue, queue: general, nobody_staffed: end}}
  message: {{do: voicemail, box: closed, longest_s: 5, silence_s: 2, next: end}}
  end: {{do: hangup}}
"""


async def speaks(phones: "Phones", number: str, tone: int, to: str) -> CallLeg:
    """A caller who is silent until the beep has been heard, and then says a tone."""
    caller = await phones.call(number, to=to, tone=0)
    await caller.hear_tone(_BEEP, 30)
    await caller.hear_silence(0.2, 5)
    caller.say_tone(tone)
    return caller


def end_of(call: CallDetail) -> str:
    [end] = [entry.data["end"] for entry in call.timeline if entry.kind == "MessageLeft"]
    return str(end)


async def check_message(site: "Site", number: str, tone: int, box: str) -> tuple[CallDetail, float]:
    """The message is a whole file with the caller's voice, and a ticket; return the call and the file's length."""
    call = await site.recorded_call_of(number)
    assert (call.outcome, call.message_box) == ("voicemail", box)
    path = site.state / "recordings" / call.message
    assert hashlib.sha256(path.read_bytes()).hexdigest() == call.message_sha256
    samples = load(path)
    assert spectrum.heard_tones(samples, [tone, _BEEP, 700]) == {tone}
    [ticket] = await site.hotline("tickets", "--caller", number)
    assert (ticket["kind"], ticket["number"], ticket["state"]) == ("voicemail", call.ticket, "registered")
    assert ticket["caller"] == number
    assert call.ticket.isdigit()
    return call, len(samples) / 8000


async def test_a_message_is_kept_whether_silence_a_key_a_hang_up_or_its_length_ends_it(
    site: "Site", phones: "Phones"
) -> None:
    await site.add_flow("nobody_there", _NOBODY)
    unsent = phones.media.ticker

    async def falls_silent() -> None:
        caller = await speaks(phones, "13804000001", 500, "12361")
        await asyncio.sleep(1.5)
        caller.say_tone(0)
        silent = time.monotonic()
        await caller.hear_sound(10)  # thanks
        assert _SILENCE_S - 0.3 < time.monotonic() - silent < _SILENCE_S + 1
        await caller.wait_ended(20)
        call, length_s = await check_message(site, "13804000001", 500, "nobody")
        assert end_of(call) == "silence"
        assert 1.2 - unsent.skipped_s < length_s < 1.5 + _SILENCE_S + 1

    async def presses_a_key() -> None:
        caller = await speaks(phones, "13804000002", 600, "12361")
        await asyncio.sleep(1)
        await caller.send_digits("#")
        await caller.hear_sound(5)
        await caller.wait_ended(20)
        call, length_s = await check_message(site, "13804000002", 600, "nobody")
        assert end_of(call) == "digit"
        assert length_s == pytest.approx(1.3, abs=0.6 + unsent.skipped_s)

    async def hangs_up() -> None:
        caller = await speaks(phones, "13804000003", 800, "12361")
        await asyncio.sleep(2)
        await caller.hang_up()
        call, length_s = await check_message(site, "13804000003", 800, "nobody")
        assert end_of(call) == "hang_up"
        assert length_s == pytest.approx(2.2, abs=0.6 + unsent.skipped_s)
        assert call.message_s == pytest.approx(length_s, abs=0.5 + unsent.skipped_s)

    async def does_not_stop() -> None:
        caller = await speaks(phones, "13804000004", 900, "12361")
        await caller.hear_sound(_LONGEST_S + 10)
        await caller.wait_ended(20)
        call, length_s = await check_message(site, "13804000004", 900, "nobody")
        assert end_of(call) == "max_length"
        assert length_s == pytest.approx(_LONGEST_S, abs=0.3 + unsent.skipped_s)

    async def says_nothing() -> None:
        caller = await phones.call("13804000005", to="12361", tone=0)
        await caller.hear_tone(_BEEP, 30)
        await caller.hang_up()
        call = await site.call_of("13804000005")
        assert (call.message, call.ticket) == ("", "")
        assert call.outcome == "abandoned_menu"
        assert await site.hotline("tickets", "--caller", "13804000005") == []

    await asyncio.gather(falls_silent(), presses_a_key(), hangs_up(), does_not_stop(), says_nothing())
    numbers = [row["number"] for row in await site.hotline("tickets", "--limit", "1000")]
    assert len(numbers) == len(set(numbers))


async def test_a_closed_hotline_takes_messages_although_an_agent_sits_there_and_no_phone_rings(
    site: "Site", phones: "Phones"
) -> None:
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    days = ", ".join(str(today + timedelta(days=n)) for n in (0, 1))  # midnight may come while this runs
    await site.add_flow("closed_today", _CLOSED.format(days=days))
    seat = await phones.seat("1001", "2001", tone=700)
    caller = await speaks(phones, "13804000011", 1500, "12362")
    await asyncio.sleep(1.5)
    await caller.hang_up()
    call, _ = await check_message(site, "13804000011", 1500, "closed")
    assert (call.waiting_s, call.offers, call.queue) == (0, 0, "")
    assert seat.calls.empty()
    await site.add_flow("closed_today", _CLOSED.format(days=today - timedelta(days=1)))  # the day after
    caller = await phones.call("13804000012", to="12362")
    await caller.hear_tone(seat.tone, 10)
    await caller.hang_up()
    assert (await site.call_of("13804000012")).outcome == "answered"

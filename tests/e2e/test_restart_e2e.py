"""The service is killed without warning. Calls go on, callers keep their place, the books come out right."""

import asyncio
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from simulator import Behaviour, CallLeg, Department, Reaction, Softphone, constant
from tickets import CallDetail, Reader, Store

if TYPE_CHECKING:
    from conftest import Phones, Site

_MUSIC_GAP_S = 2.5  # the longest that a caller who waits may hear nothing: refused AGI, a second's music, AGI again
_ANSWER = Behaviour(Reaction.ANSWER, constant(0.1))


@dataclass
class Talk:
    """A caller and an agent in conversation."""

    number: str
    tone: int
    caller: CallLeg
    seat: Softphone

    @property
    def agent_leg(self) -> CallLeg:
        return self.seat.legs[0]


async def kill_service(site: "Site") -> int:
    """Kill the service as the kernel would, wait for the next one, return its process id.

    What was lived a moment before is written first: some hundredths of a second, on a busy machine tenths, go by until
    it is (docs/ops.md), and a caller who had just come into the queue would be back in the menu.
    """
    await site.written()
    old = site.service_pid()
    os.kill(old, signal.SIGKILL)

    def other() -> int:
        pid = site.service_pid()
        return pid if pid != old else 0

    return int(await site.eventually(other, 30))


def waiting(site: "Site", queue: str = "general") -> list[str]:
    """Call ids in a queue, in their order."""
    rows = next(row for row in site.api("queue") if row["queue"] == queue)["callers"]
    return [row["call"] for row in rows]


async def staffed(phones: "Phones", count: int, *, tones: Sequence[int], ready: bool = True) -> list[Softphone]:
    """Log people in at the first seats, all at once."""
    wanted = [
        phones.seat(str(1001 + i), str(2001 + i), tone=tones[i % len(tones)], behaviour=_ANSWER, ready=ready)
        for i in range(count)
    ]
    return list(await asyncio.gather(*wanted))


async def established(phones: "Phones", seats: Sequence[Softphone], prefix: str) -> list[Talk]:
    """As many talks as there are seats; who talks to whom is told by the tones."""

    async def one(i: int) -> Talk:
        number, tone = f"{prefix}{i:04d}", 2200 + 50 * (i % 20)
        leg = await phones.ask_for_a_person(number, tone=tone)
        heard, _ = await leg.hear_any_tone([seat.tone for seat in seats], 15)
        return Talk(number, tone, leg, next(seat for seat in seats if seat.tone == heard))

    return list(await asyncio.gather(*(one(i) for i in range(len(seats)))))


async def queued(phones: "Phones", count: int, prefix: str) -> list[CallLeg]:
    """Callers who wait, one after the other, in this order."""
    legs = []
    for i in range(count):
        before = len(waiting(phones.site))
        legs.append(await phones.ask_for_a_person(f"{prefix}{i:04d}", tone=2200 + 50 * (i % 20)))
        await phones.site.eventually(lambda n=before: len(waiting(phones.site)) == n + 1)
    return legs


def longest_silence(leg: CallLeg, since: float, until: float) -> float:
    """The longest time without sound, in seconds."""
    samples = leg.audio(since, until).samples.astype(np.float64)
    frame = 800
    if len(samples) < (until - since - 0.5) * 8000:  # nothing came any more at the end
        samples = np.pad(samples, (0, int((until - since) * 8000) - len(samples)))
    loud = [float(np.sqrt(np.mean(samples[i : i + frame] ** 2))) > 30 for i in range(0, len(samples) - frame, frame)]
    longest = run = 0
    for sound in loud:
        run = 0 if sound else run + 1
        longest = max(longest, run)
    return longest * 0.1


async def the_record(site: "Site", number: str) -> CallDetail:
    """The one record of a number's only call, complete."""
    call = await site.recorded_call_of(number, 20)
    store = Store(f"sqlite+aiosqlite:///{site.state / 'hotline.db'}")
    try:
        assert len(await Reader(store).calls(caller=number)) == 1
    finally:
        await store.close()
    return call


def kinds(call: CallDetail) -> list[str]:
    return [entry.kind for entry in call.timeline]


def at_of(call: CallDetail, kind: str) -> float:
    return next(entry.at for entry in call.timeline if entry.kind == kind)


def check_talk(call: CallDetail, *, resumed: bool, unsent_s: float = 0.0) -> None:
    """An answered call's record is whole; a recording lacks what the phones, for want of CPU, never sent."""
    assert call.outcome == "answered", call
    assert (call.resumed > 0) is resumed
    assert call.ticket
    assert kinds(call).count("Connected") == 1
    assert kinds(call).count("TalkEnded") == 1
    assert kinds(call).count("CallEnded") == 1
    assert call.recording_s == pytest.approx(call.talking_s, abs=0.7 + unsent_s)


async def everyone_lives_on(site: "Site", phones: "Phones", talks_n: int, waiting_n: int, prefix: str) -> None:
    """The whole story: N talk, M wait, the service dies, nobody notices but by the music beginning anew."""
    seats = await staffed(phones, talks_n, tones=[600 + 25 * i for i in range(talks_n)])
    talks = await established(phones, seats, prefix + "1")
    waiters = await queued(phones, waiting_n, prefix + "2")
    order = waiting(site)
    assert len(order) == waiting_n
    killed = time.monotonic()
    await kill_service(site)
    await site.eventually(lambda: len(waiting(site)) == waiting_n, 15)
    back = time.monotonic()
    assert waiting(site) == order, "the order of arrival was lost"
    assert not [talk for talk in talks if talk.caller.ended.is_set()], "a talk was cut"
    assert not [leg for leg in waiters if leg.ended.is_set()], "a waiting caller was dropped"
    for talk in talks:
        talk.agent_leg.say_tone(1000)
        talk.caller.say_tone(2100)
    await asyncio.gather(*(talk.caller.hear_tone(1000) for talk in talks))
    await asyncio.gather(*(talk.agent_leg.hear_tone(2100) for talk in talks))
    assert {site.agent(str(2001 + i))["state"] for i in range(talks_n)} == {"talking"}
    silences = [longest_silence(leg, killed, back) for leg in waiters]
    assert max(silences) <= _MUSIC_GAP_S, silences
    # Half of the talks are ended by the agent, half by the caller; each frees a seat for the next in line.
    for i, talk in enumerate(talks):
        await (talk.agent_leg if i % 2 else talk.caller).hang_up()
        await asyncio.sleep(0.2)
    for leg in waiters:
        await leg.hear_any_tone([seat.tone for seat in seats], 30)
        await asyncio.sleep(0.5)
        await leg.hang_up()
    for talk in talks:
        check_talk(await the_record(site, talk.number), resumed=True, unsent_s=phones.media.ticker.skipped_s)
    served = []
    for i in range(waiting_n):
        call = await the_record(site, f"{prefix}2{i:04d}")
        check_talk(call, resumed=True, unsent_s=phones.media.ticker.skipped_s)
        served.append(at_of(call, "Connected"))
    assert served == sorted(served), "served out of turn"
    for i in range(talks_n):
        await site.eventually(lambda i=i: site.agent(str(2001 + i))["state"] == "ready")


async def test_a_killed_service_costs_nobody_the_call_or_the_place(site: "Site", phones: "Phones") -> None:
    await everyone_lives_on(site, phones, 6, 6, "139001")


@pytest.mark.soak
async def test_thirty_talking_and_twenty_waiting_survive_a_killed_service(site: "Site", phones: "Phones") -> None:
    await everyone_lives_on(site, phones, 30, 20, "139002")


async def test_a_call_that_rings_when_the_service_dies_is_answered_in_the_end(site: "Site", phones: "Phones") -> None:
    [seat] = await staffed(phones, 1, tones=[900])
    seat.behaviour = Behaviour(Reaction.BY_HAND)
    caller = await phones.ask_for_a_person("13900300001")
    ringing = await seat.next_call()
    seat.behaviour = _ANSWER
    await kill_service(site)
    if not ringing.ended.is_set():
        ringing.answer()
    await caller.hear_tone(900, 20)
    await asyncio.sleep(1)
    await caller.hang_up()
    call = await the_record(site, "13900300001")
    check_talk(call, resumed=True)
    await site.eventually(lambda: site.agent("2001")["state"] == "ready")


async def test_a_caller_in_the_menu_goes_on_there(site: "Site", phones: "Phones") -> None:
    await staffed(phones, 1, tones=[900])
    caller = await phones.call("13900300002")
    await caller.hear_sound()
    await caller.send_digits("2")  # self-service
    await site.happened("13900300002", "DigitsEntered")
    await caller.hear_sound()
    await kill_service(site)
    await site.eventually(lambda: site.api("status")["calls"] == 1)
    await caller.hear_sound(5)
    await caller.send_digits("0")  # means a person in self-service only; in the greeting's menu as well, by the flow
    await caller.hear_tone(900, 20)
    await asyncio.sleep(1)
    await caller.hang_up()
    call = await the_record(site, "13900300002")
    check_talk(call, resumed=True)
    steps = [entry.data["step"] for entry in call.timeline if entry.kind == "StepEntered"]
    assert steps.count("welcome") == 1, f"asked from the start again: {steps}"


async def test_a_message_being_recorded_is_kept(site: "Site", phones: "Phones") -> None:
    caller = await phones.ask_for_a_person("13900300003", tone=800)  # nobody is logged in: a message
    await caller.hear_tone(1000, 20)  # the beep
    await asyncio.sleep(2)
    await kill_service(site)
    await asyncio.sleep(2)
    await caller.hang_up()
    call = await the_record(site, "13900300003")
    assert call.outcome == "voicemail"
    assert call.ticket
    assert call.message_s is not None
    assert call.message_s > 2


async def test_a_three_way_call_goes_on(site: "Site", phones: "Phones", department: Department) -> None:
    [seat] = await staffed(phones, 1, tones=[900])
    caller = await phones.ask_for_a_person("13900300004", tone=2400)
    await caller.hear_tone(900, 10)
    await seat.legs[0].send_digits("*301")
    office = await department.calls.get()
    await caller.hear_tone(2100, 10)
    await kill_service(site)
    since = time.monotonic()
    await asyncio.sleep(1.5)
    assert caller.heard_tones([900, 2100], since=since) == {900, 2100}
    assert office.heard_tones([900, 2400], since=since) == {900, 2400}
    await site.eventually(lambda: site.agent("2001")["state"] == "consulting")
    await seat.legs[0].hang_up()
    await site.eventually(lambda: site.agent("2001")["state"] == "ready")
    await caller.hear_tone(2100)
    await caller.hang_up()
    call = await the_record(site, "13900300004")
    assert call.outcome == "answered"
    assert call.ticket

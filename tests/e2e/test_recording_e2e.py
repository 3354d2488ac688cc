"""What is recorded: who said what, when, and nothing that was not to be recorded."""

import asyncio
import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

from simulator.media import spectrum
from simulator.media.g711 import RATE, Samples
from tickets import CallDetail

if TYPE_CHECKING:
    from conftest import Phones, Site

_LEFT = (2300, 2500)  # the caller's tones
_RIGHT = (700, 900)  # the agent's
_STEP = 80  # samples between two looks
_WINDOW = 400  # samples of each


def channels_of(site: "Site", call: CallDetail) -> tuple[Samples, Samples]:
    """A recording's channels: the caller's, and what the caller heard."""
    samples, rate = soundfile.read(site.state / "recordings" / call.recording, dtype="int16", always_2d=True)
    assert (rate, samples.shape[1]) == (RATE, 2)
    return np.ascontiguousarray(samples[:, 0]), np.ascontiguousarray(samples[:, 1])


def beside(site: "Site", call: CallDetail) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((site.state / "recordings" / f"{call.recording}.json").read_text())
    return told


def begins(samples: Samples, tones: Sequence[int]) -> list[tuple[int, float]]:
    """Each tone in turn, with the second at which it begins."""
    found: list[tuple[int, float]] = []
    for start in range(0, len(samples) - _WINDOW, _STEP):
        heard = spectrum.tones_in_window(samples[start : start + _WINDOW], tones)
        if len(heard) == 1 and (not found or {found[-1][0]} != heard):
            found.append((heard.pop(), (start + _WINDOW / 2) / RATE))
    return found


async def test_caller_and_agent_are_kept_apart_and_in_step_through_silences_in_which_phones_send_nothing(
    site: "Site", phones: "Phones"
) -> None:
    seat = await phones.seat("1001", "2001", tone=700)
    caller = await phones.ask_for_a_person("13809000001", tone=2300)
    await caller.hear_tone(700, 10)
    agent = seat.legs[0]

    def speak(caller_tone: int, agent_tone: int) -> None:
        for leg, tone in ((caller, caller_tone), (agent, agent_tone)):
            leg.be_quiet(quiet=False)
            leg.say_tone(tone)

    for silent, tones in (([caller], (2500, 900)), ([agent], (2300, 700)), ([caller, agent], (2500, 900))):
        await asyncio.sleep(0.8)
        for leg in silent:
            leg.be_quiet()
        await asyncio.sleep(1.2)
        speak(*tones)
    await asyncio.sleep(0.8)
    held = time.monotonic()
    await agent.hold()
    await asyncio.sleep(1)
    await agent.resume()
    held_s = time.monotonic() - held
    speak(2300, 700)
    await asyncio.sleep(0.8)
    await agent.hang_up()
    await caller.wait_ended(10)

    call = await site.recorded_call_of("13809000001")
    left, right = channels_of(site, call)
    assert spectrum.heard_tones(left, [*_LEFT, *_RIGHT]) == set(_LEFT), "the agent is on the caller's channel"
    assert spectrum.heard_tones(right, [*_LEFT, *_RIGHT]) == set(_RIGHT), "the caller is on the agent's channel"
    said, answered = begins(left, _LEFT), begins(right, _RIGHT)
    assert [tone for tone, _ in said] == [2300, 2500, 2300, 2500, 2300]
    assert [tone for tone, _ in answered] == [700, 900, 700, 900, 700]
    for (_, at), (_, beside_it) in zip(said[1:], answered[1:], strict=True):
        assert abs(at - beside_it) <= 0.1, "the channels are out of step"
    index = beside(site, call)
    assert index["flags"] == []
    parts = [(part["what"], part["parties"]) for part in index["parts"]]
    both = ["caller", "agent:2001"]
    assert parts == [("talk", both), ("hold", both), ("talk", both)]
    assert abs(index["parts"][1]["to_s"] - index["parts"][1]["from_s"] - held_s) < 0.2
    assert [channel["name"] for channel in index["channels"]] == ["caller", "agent"]
    assert len(index["channels"][0]["speech"]) >= 2, "the caller's silence is not told"


async def test_a_one_way_talk_is_kept_and_flagged(site: "Site", phones: "Phones") -> None:
    await phones.seat("1001", "2001", tone=700)
    caller = await phones.ask_for_a_person("13809000002", tone=0)
    await caller.hear_tone(700, 10)
    await asyncio.sleep(2.5)
    await caller.hang_up()
    call = await site.recorded_call_of("13809000002")
    assert beside(site, call)["flags"] == ["caller_unheard"]
    assert [entry.data["flags"] for entry in call.timeline if entry.kind == "RecordingStored"] == [["caller_unheard"]]


async def test_what_is_said_in_a_pause_is_not_in_the_recording_and_the_gap_is_marked_and_as_long(
    site: "Site", phones: "Phones"
) -> None:
    seat = await phones.seat("1001", "2001", tone=700)
    caller = await phones.ask_for_a_person("13809000003", tone=2300)
    await caller.hear_tone(700, 10)
    agent, number = seat.legs[0], "13809000003"
    running = (await site.hotline("calls", "--running", "--caller", number))[0]["id"]
    await asyncio.sleep(1)

    await agent.send_digits("*2")
    await site.happened(number, "RecordingPaused")
    assert caller.digits == "", "the caller heard the feature code"
    caller.say_tone(2500)  # the secret
    agent.say_tone(900)
    await asyncio.sleep(2)
    caller.say_tone(2300)
    agent.say_tone(700)
    await asyncio.sleep(0.5)
    await agent.send_digits("*2")
    await site.happened(number, "RecordingContinued")
    await asyncio.sleep(1)

    assert (await site.hotline("recordings", "pause", running))["state"] == "paused"
    assert (await site.hotline_fails("recordings", "pause", running))[0] == 1, "it is paused already"
    caller.say_tone(2500)
    await asyncio.sleep(1.5)
    caller.say_tone(2300)
    await asyncio.sleep(0.5)
    assert (await site.hotline("recordings", "continue", running))["state"] == "continued"
    await asyncio.sleep(1)
    await caller.hang_up()
    call = await site.recorded_call_of(number)

    left, right = channels_of(site, call)
    tones = [*_LEFT, *_RIGHT]
    assert (spectrum.heard_tones(left, tones), spectrum.heard_tones(right, tones)) == ({2300}, {700})
    told = beside(site, call)
    gaps = told["gaps"]
    assert [gap["by"].split()[0] for gap in gaps] == ["agent", "supervisor"]
    assert told["flags"] == [], "a pause is no fault"
    for gap in gaps:
        middle = left[round((gap["from_s"] + 0.4) * RATE) : round((gap["to_s"] - 0.4) * RATE)]
        assert len(middle) > RATE
        assert not np.any(np.abs(middle) > 40), "something is heard in the gap"
        for edge in (gap["from_s"] - 0.5, gap["to_s"] + 0.5):
            at = round(edge * RATE)
            assert spectrum.tones_in_window(left[at : at + _WINDOW], _LEFT) == {2300}, "the gap is longer than marked"
    assert call.recording_s is not None
    assert abs(call.recording_s - call.talking_s) < 0.7, "a pause has shortened the recording"
    code, _ = await site.hotline_fails("recordings", "pause", running)
    assert code == 1, "nothing is recorded any more"

"""An agent has a caller enter secrets: no recording has anything of them, and it is marked where they were."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from simulator.media import spectrum
from simulator.media.g711 import RATE

if TYPE_CHECKING:
    from conftest import Phones, Site

    from tickets import CallDetail

ROOT = Path(__file__).resolve().parents[2]
_CARD, _PIN = "73915048", "86420975"
_NUMBER = "13847500002"
_SPEAKS, _SECRET, _AGENT = 2300, 2600, 1800
_DIGITS = (697, 770, 852, 941, 1209, 1336, 1477, 1633)  # the tones of digits
_TONES = (_SPEAKS, _SECRET, _AGENT, *_DIGITS)
_FLOW = """
numbers: ["12476"]
languages: [zh]
start: which
person: person
prompts:
  which: {zh: 人工请按一，验证请按二。}
  card: {zh: 请输入卡号。}
  pin: {zh: 请输入密码。}
steps:
  which: {do: menu, prompt: which, choices: {"1": person, "2": card}}
  card: {do: collect, prompt: card, into: card, secret: true, least: 8, most: 8, confirm: true, next: pin}
  pin: {do: pin, pin: safe, prompt: pin, right: person, wrong: end}
  person: {do: queue, queue: general, nobody_staffed: end}
  end: {do: hangup}
"""


def _recorded(site: "Site", call: "CallDetail") -> list[tuple[float, float, list[set[int]]]]:
    """Each recording: when it began and ended (epoch seconds), and the tones on its two channels."""
    found = []
    for entry in call.timeline:
        if entry.kind == "RecordingStarted":
            samples, rate = soundfile.read(
                site.state / "recordings" / entry.data["path"], dtype="int16", always_2d=True
            )
            assert rate == RATE
            heard = [spectrum.heard_tones(np.ascontiguousarray(samples[:, side]), _TONES) for side in (0, 1)]
            found.append((entry.at, entry.at + len(samples) / RATE, heard))
    return found


async def test_what_a_caller_enters_for_an_agent_is_in_no_recording_and_the_next_tells_when_it_was(
    site: "Site", phones: "Phones"
) -> None:
    hotline = str(Path(sys.executable).with_name("hotline"))
    set_pin = [hotline, "pin", "set", "safe", "--stdin"]
    made = subprocess.run(set_pin, input=_PIN, text=True, cwd=ROOT, env=site.environment, check=False)  # noqa: ASYNC221
    assert made.returncode == 0
    await site.add_flow("secret_talk", _FLOW)
    await phones.seat("1001", "2001", tone=_AGENT)
    caller = await phones.call(_NUMBER, to="12476", tone=_SPEAKS)
    await site.reaches(_NUMBER, "which")
    await caller.send_digits("1")
    await caller.hear_tone(_AGENT, 15)
    await asyncio.sleep(2)

    told = await site.told("talk", {"act": "transfer", "call": "seat:1001", "to": "menu", "by": "test"})
    assert told["ok"], told
    await site.eventually(lambda: site.agent("2001")["state"] in ("wrap_up", "ready"))
    await caller.hear_sound(10)
    await caller.send_digits("2")
    await site.reaches(_NUMBER, "card")
    caller.say_tone(_SECRET)  # what is said aloud while keys are pressed
    await caller.send_digits(_CARD)
    await caller.hear_sound(10)  # it is read back
    await asyncio.sleep(1)
    await caller.send_digits("1")
    await site.reaches(_NUMBER, "pin")
    await asyncio.sleep(1)
    caller.say_tone(_SPEAKS)
    await caller.send_digits(_PIN + "#")
    await caller.hear_tone(_AGENT, 20)
    await asyncio.sleep(2)
    await caller.hang_up()
    call = await site.recorded_call_of(_NUMBER)

    await site.happened(_NUMBER, "RecordingStored", times=2)
    marks = [entry for entry in call.timeline if entry.kind in ("RecordingPaused", "RecordingContinued")]
    assert [(mark.kind, mark.data["by"]) for mark in marks] == [
        ("RecordingPaused", "secret"), ("RecordingContinued", "secret")
    ] * 2  # fmt: skip
    entered = [entry.at for entry in call.timeline if entry.kind == "DigitsEntered" and "•" in entry.data["digits"]]
    first, second = _recorded(site, call)
    assert len(entered) == 2
    for at, paused, continued in zip(entered, marks[::2], marks[1::2], strict=True):
        assert first[1] - 0.1 <= paused.at <= at <= continued.at <= second[0] + 0.1
    for _, _, heard in (first, second):
        assert heard == [heard[0] - set(_DIGITS) - {_SECRET}, {_AGENT}]
        assert _SPEAKS in heard[0]
    shown = (await site.hotline("recordings", "show", call.id))["recordings"]
    assert [len(one["contents"]["before"]) for one in shown] == [0, 2]
    for gap in shown[1]["contents"]["before"]:
        assert gap["by"] == "secret"
        assert gap["from_s"] < gap["to_s"] <= 0
    assert [one["contents"]["gaps"] for one in shown] == [[], []]

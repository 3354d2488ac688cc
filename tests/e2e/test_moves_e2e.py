"""From a two-party bridge into a conference and back: how much of a talk nobody hears, measured by tones."""

import asyncio
import time
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from talk_scenes import FLOW, Scene, Stage

from calls.conversation import State
from simulator import CallLeg, Department

if TYPE_CHECKING:
    from conftest import Phones, Site

_FRAME = 80  # samples: 10 ms
_QUIET = 60.0  # RMS of 16-bit samples
_MOST_S = 1.0  # other tests share the machine
_USUAL_S = 0.3  # what is promised
_TALKS = 3


def longest_gap(leg: CallLeg, since: float, until: float) -> float:
    """The longest time in which nobody was heard, or for which nothing came, in seconds."""
    samples = leg.audio(since, until).samples.astype(np.float64)
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    longest = run = 0
    for quiet in np.sqrt(np.mean(frames**2, axis=1)) < _QUIET:
        run = run + 1 if quiet else 0
        longest = max(longest, run)
    missing = until - since - len(samples) / 8000  # what was never sent on
    return max(longest * _FRAME / 8000, missing)


async def moved(scene: Scene, act: str, together: str) -> dict[str, float]:
    """Do something in a talk; return the longest gap that caller and agent each heard meanwhile."""
    assert scene.agent is not None
    since = time.monotonic()
    await asyncio.sleep(0.5)
    if act == "answer":
        assert scene.third is not None
        scene.third.answer()
    else:
        await scene.order(act)
    await scene.hearing(together)
    until = time.monotonic()
    return {
        name: longest_gap(leg, since, until) for name, leg in {"caller": scene.caller, "agent": scene.agent}.items()
    }


async def test_hardly_anything_is_lost_on_the_way_into_a_conference_and_back(
    site: "Site", phones: "Phones", department: Department
) -> None:
    await site.add_flow("endings", FLOW)
    stage = Stage(site, phones, department)
    await stage.open(1, _TALKS)
    try:
        scenes = await asyncio.gather(*(stage.scene(f"1380920000{i}", State.INVITING) for i in range(_TALKS)))
        into = await asyncio.gather(*(moved(scene, "answer", "caller agent third") for scene in scenes))
        back = await asyncio.gather(*(moved(scene, "drop", "caller agent") for scene in scenes))
    finally:
        await stage.close()
    print(f"\nlongest gap heard, s: into the conference {into}, back {back}")
    gaps = [gap for moves in (*into, *back) for gap in moves.values()]
    assert max(gaps) <= _MOST_S, (into, back)
    assert median(gaps) <= _USUAL_S, (into, back)

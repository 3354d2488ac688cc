"""What the agent's keys have come to is whispered to the agent: nobody else hears it, and no talk waits for it."""

import time
from typing import TYPE_CHECKING

import pytest
from talk_scenes import Scene, Stage
from talk_voice import Voice

from calls.conversation import State
from simulator import CallLeg
from simulator.media.spectrum import level_dbfs

if TYPE_CHECKING:
    from conftest import Site

_QUIET_DBFS = -50.0
_WORD_S = 1.0


@pytest.fixture
def voice(site: "Site") -> Voice:
    return Voice(site)


async def silent_scene(stage: Stage, number: str) -> Scene:
    """Somebody is consulted, and nobody says anything: there is sound, and it is silence."""
    await stage.open(1, 1)
    scene = await stage.scene(number, State.CONSULTING)
    for leg in scene.there.values():
        leg.say_tone(0)
    return scene


async def pressed(scene: Scene, voice: Voice, keys: str, name: str, *listening: CallLeg) -> None:
    """Press keys: the agent hears this, and these hear nothing meanwhile."""
    assert scene.agent is not None
    since = time.monotonic()
    await scene.agent.send_digits(keys)
    began = await voice.heard(scene.agent, name, since)
    for leg in listening:
        heard = level_dbfs(leg.audio(began, began + _WORD_S).samples)
        assert heard < _QUIET_DBFS, f"{keys}: {heard:.0f} dBFS"


async def test_the_agent_alone_hears_what_swap_merge_and_drop_have_come_to(stage: Stage, voice: Voice) -> None:
    scene = await silent_scene(stage, "13810900001")
    caller, third = scene.caller, scene.third
    assert third is not None
    await pressed(scene, voice, "*6", "talk.with_caller", caller)
    await pressed(scene, voice, "*6", "talk.with_third", third)
    await pressed(scene, voice, "*7", "talk.merged", caller, third)
    await pressed(scene, voice, "*9", "talk.dropped", caller)
    await third.wait_ended(5)
    await pressed(scene, voice, "*6", "talk.not_now", caller)  # nobody is there to change places with
    assert caller.digits == ""
    await scene.hang_up()
    await stage.site.without_channels()


async def test_who_orders_from_elsewhere_reads_it_and_the_agent_is_told_nothing(stage: Stage) -> None:
    scene = await silent_scene(stage, "13810900002")
    assert scene.agent is not None
    for act in ("swap", "swap", "merge", "drop"):
        await scene.order(act)
        await scene.agent.hear_silence(1.5, 4)
    await scene.hang_up()

"""Orders in a talk that follow each other at once are done one after the other, and none is lost."""

import asyncio

import pytest
from talk_scenes import AGENT, Scene, Stage

from calls.conversation import State

_CALLS, _TIMES = 8, 4


@pytest.fixture(autouse=True)
async def _seats(stage: Stage) -> None:
    await stage.open(1, _CALLS)


@pytest.mark.parametrize("times", [_TIMES, pytest.param(100, marks=pytest.mark.soak)])
async def test_what_was_ordered_while_the_agent_was_told_something_is_done_right_afterwards(
    stage: Stage, times: int
) -> None:
    numbers = [f"1381030{i:04d}" for i in range(_CALLS)]
    scenes = await asyncio.gather(*(stage.scene(number, State.TALKING) for number in numbers))

    async def live(scene: Scene) -> None:
        assert scene.agent is not None
        for _ in range(times):
            await scene.order("consult", "department:water")
            refusing = await stage.third_of(scene.number)
            refusing.reject(486)
            await refusing.wait_ended(5)
            await scene.agent.hear_sound(10)  # why nobody came; caller and agent are together again when it is said
            await scene.order("hold")
            await scene.order("resume")
        await scene.hearing("caller agent")
        await scene.hang_up()

    await asyncio.gather(*(live(scene) for scene in scenes))
    await stage.site.without_channels()
    assert stage.site.channels(forgotten=True) == 0, stage.site.asterisk("core show channels verbose")


async def test_a_third_who_is_dropped_right_after_the_merge_leaves_caller_and_agent_together(stage: Stage) -> None:
    numbers = [f"1381031{i:04d}" for i in range(_CALLS)]
    scenes = await asyncio.gather(*(stage.scene(number, State.TALKING) for number in numbers))

    async def merged_and_dropped(scene: Scene) -> bool:
        """Both orders at once; tell whether the merge was first. On a busy machine it may be the other way round."""
        await scene.order("consult", "department:water")
        third = await stage.third_of(scene.number)
        third.answer()
        await stage.site.eventually(lambda: stage.site.agent(scene.agent_id)["state"] == "consulting")
        await third.hear_tone(AGENT, 10)
        merging = asyncio.create_task(scene.told("merge"))
        await asyncio.sleep(0.003)  # so the merge is first, nearly always, and the drop waits for it
        await scene.order("drop")
        merge = await merging
        assert merge["ok"] or merge["result"] == "not_now", merge
        await scene.hearing("caller agent", timeout=3)  # whichever was first
        return bool(merge["ok"])

    async def live(scene: Scene) -> None:
        first = 0
        for _ in range(_TIMES * 5):
            first += await merged_and_dropped(scene)
            if first == _TIMES:
                break
        assert first == _TIMES, f"the merge was first in {first} of {_TIMES * 5} turns"
        await scene.hang_up()

    await asyncio.gather(*(live(scene) for scene in scenes))
    await stage.site.without_channels()

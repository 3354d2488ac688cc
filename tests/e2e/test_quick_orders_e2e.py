"""Orders in a talk that follow each other at once are done one after the other, and none is lost."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from talk_scenes import FLOW, Scene, Stage

from calls.conversation import State
from simulator import Department

if TYPE_CHECKING:
    from conftest import Phones, Site

_CALLS, _TIMES = 8, 4


@pytest.fixture
async def stage(site: "Site", phones: "Phones", department: Department) -> AsyncIterator[Stage]:
    """Phones and departments."""
    await site.add_flow("quick_orders", FLOW)
    stage = Stage(site, phones, department)
    await stage.open(1, _CALLS)
    yield stage
    await stage.close()


async def test_what_was_ordered_while_the_agent_was_told_something_is_done_right_afterwards(stage: Stage) -> None:
    numbers = [f"1381030{i:04d}" for i in range(_CALLS)]
    scenes = await asyncio.gather(*(stage.scene(number, State.TALKING) for number in numbers))

    async def live(scene: Scene) -> None:
        assert scene.agent is not None
        for _ in range(_TIMES):
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

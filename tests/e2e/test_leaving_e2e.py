"""Many conferences at once, of each of which somebody leaves: the two who are left talk on."""

import asyncio
import random
from typing import TYPE_CHECKING

import pytest
from talk_scenes import Scene, Stage

from calls.conversation import State

if TYPE_CHECKING:
    from conftest import Site

_CALLS = 12
_APART_S = (-0.05, -0.006, -0.002, 0.0, 0.003, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.13)  # below 0: the third is first


@pytest.fixture(autouse=True)
async def _seats(stage: Stage) -> None:
    await stage.open(1, _CALLS)


async def leave(scene: Scene, how: int) -> str:
    """Somebody leaves; return who are left."""
    assert scene.agent is not None
    assert scene.third is not None
    match how:
        case 0:
            await scene.agent.hang_up()
            return "caller third"
        case 1:
            await scene.order("complete")
            return "caller third"
        case 2:
            await scene.third.hang_up()
            return "caller agent"
        case _:
            await scene.order("drop")
            return "caller agent"


async def ready(site: "Site", agent: str) -> None:
    """End the agent's wrap-up."""
    await site.eventually(lambda: site.agent(agent)["state"] == "wrap_up")
    await site.told("agent", {"agent": agent, "by": "test", "act": "ready"})


async def live(stage: Stage, turn: int) -> None:
    """A conference at each seat; everybody is done with it afterwards."""
    numbers = [f"138100{turn:03d}{i:02d}" for i in range(_CALLS)]
    scenes = await asyncio.gather(*(stage.scene(number, State.MERGED) for number in numbers))
    await asyncio.gather(*(scene.hearing("caller agent third") for scene in scenes))
    left = await asyncio.gather(*(leave(scene, i % 4) for i, scene in enumerate(scenes)))
    await asyncio.gather(*(scene.hearing(who) for scene, who in zip(scenes, left, strict=True)))
    await asyncio.gather(*(scene.hang_up() for scene in scenes))
    calls = [await stage.site.call_of(number, 30) for number in numbers]
    assert {call.outcome for call in calls} == {"answered"}
    await asyncio.gather(*(ready(stage.site, agent) for agent in stage.seats))
    await stage.site.without_channels()


async def test_when_somebody_leaves_each_of_many_conferences_at_once_the_other_two_talk_on(stage: Stage) -> None:
    await live(stage, 0)


async def test_when_agent_and_third_leave_at_once_the_caller_is_the_flows_again_and_nobody_is_left_over(
    stage: Stage,
) -> None:
    numbers = [f"13810100{i:03d}" for i in range(_CALLS)]
    scenes = await asyncio.gather(*(stage.scene(number, State.MERGED) for number in numbers))
    await asyncio.gather(*(scene.hearing("caller agent third") for scene in scenes))
    await asyncio.gather(*(leave_both(scene, i * 0.004) for i, scene in enumerate(scenes)))
    await asyncio.gather(*(scene.caller.wait_ended(15) for scene in scenes))
    assert {(await stage.site.call_of(number, 30)).outcome for number in numbers} == {"answered"}
    await asyncio.gather(*(ready(stage.site, agent) for agent in stage.seats))
    await stage.site.without_channels()


async def test_an_agent_who_leaves_just_when_the_last_two_are_brought_together_has_left(stage: Stage) -> None:
    """The third has left some 0.15 s before: then agent and caller are fetched from the conference."""
    numbers = [f"13810110{i:03d}" for i in range(_CALLS)]
    scenes = await asyncio.gather(*(stage.scene(number, State.MERGED) for number in numbers))
    await asyncio.gather(*(scene.hearing("caller agent third") for scene in scenes))
    await asyncio.gather(*(leave_both(scene, 0.13 + i * 0.006) for i, scene in enumerate(scenes)))
    await asyncio.gather(*(scene.caller.wait_ended(15) for scene in scenes))
    assert {(await stage.site.call_of(number, 30)).outcome for number in numbers} == {"answered"}
    await stage.site.without_channels()


async def test_when_agent_and_third_end_a_consultation_at_once_the_caller_is_the_flows_again(stage: Stage) -> None:
    """Whoever was first: also where the third is gone when it is to be handed over to."""
    numbers = [f"13810130{i:03d}" for i in range(_CALLS)]
    scenes = await asyncio.gather(*(stage.scene(number, State.CONSULTING) for number in numbers))
    await asyncio.gather(*(scene.hearing("agent third", "caller") for scene in scenes))

    async def end(scene: Scene, apart_s: float) -> None:
        first, then = (scene.third, scene.agent) if apart_s < 0 else (scene.agent, scene.third)
        assert first is not None
        assert then is not None
        leaving = asyncio.create_task(first.hang_up())
        await asyncio.sleep(abs(apart_s))
        await asyncio.gather(leaving, then.hang_up())

    for scene, apart_s in zip(scenes, _APART_S, strict=True):  # one after the other: a busy loop would spread them
        await end(scene, apart_s)
    await asyncio.gather(*(scene.caller.wait_ended(15) for scene in scenes))
    assert {(await stage.site.call_of(number, 30)).outcome for number in numbers} == {"answered"}
    await stage.site.without_channels()


async def test_a_consultation_is_over_in_the_books_when_the_third_is_hung_up_not_when_the_caller_is_back(
    stage: Stage,
) -> None:
    scene = await stage.scene("13810120000", State.CONSULTING)
    await scene.order("resume")
    await scene.hearing("caller agent")
    await scene.hang_up()
    call = await stage.site.call_of(scene.number)
    told = [entry.data["groups"] for entry in call.timeline if entry.kind == "Together"]
    agent = f"agent:{scene.agent_id}"
    assert told[1:4] == [[[agent, "department:water"]], [], [["caller", agent]]]


@pytest.mark.soak
async def test_when_a_caller_hangs_up_on_the_way_back_from_a_consultation_the_books_are_right(stage: Stage) -> None:
    pace = random.Random(1)

    async def live(scene: Scene) -> None:
        assert scene.third is not None
        resuming = asyncio.create_task(scene.told("resume"))
        await asyncio.sleep(pace.uniform(0.005, 0.07))  # somewhere on the way back
        await scene.caller.hang_up()
        await resuming
        await scene.third.wait_ended(10)
        told = await stage.site.together_s(scene.number, "department:water")
        assert told == pytest.approx(scene.third.talk_s, abs=0.2)

    for turn in range(40):
        numbers = [f"1381012{turn:02d}{i:02d}" for i in range(_CALLS)]
        scenes = await asyncio.gather(*(stage.scene(number, State.CONSULTING) for number in numbers))
        await asyncio.gather(*map(live, scenes))
        await asyncio.gather(*(ready(stage.site, agent) for agent in stage.seats))
        await stage.site.without_channels()


@pytest.mark.soak
async def test_of_who_is_left_with_the_caller_when_the_agent_leaves_a_consultation_asterisk_forgets_no_channel(
    stage: Stage,
) -> None:
    for turn in range(40):
        numbers = [f"1381011{turn:02d}{i:02d}" for i in range(_CALLS)]
        scenes = await asyncio.gather(*(stage.scene(number, State.CONSULTING) for number in numbers))
        await asyncio.gather(*(leave(scene, 0) for scene in scenes))
        await asyncio.gather(*(scene.hearing("caller third") for scene in scenes))
        await asyncio.gather(*(scene.hang_up() for scene in scenes))
        await asyncio.gather(*(ready(stage.site, agent) for agent in stage.seats))
        await stage.site.without_channels()
    assert stage.site.channels(forgotten=True) == 0, stage.site.asterisk("core show channels verbose")


@pytest.mark.soak
async def test_when_all_leave_at_once_asterisk_forgets_none_of_their_channels(stage: Stage) -> None:
    for turn in range(10):
        numbers = [f"138102{turn:02d}{i:03d}" for i in range(_CALLS)]
        scenes = await asyncio.gather(*(stage.scene(number, State.MERGED) for number in numbers))
        await asyncio.gather(*(leave_all(scene, i * 0.004) for i, scene in enumerate(scenes)))
        await asyncio.gather(*(scene.caller.wait_ended(15) for scene in scenes))
        await asyncio.gather(*(ready(stage.site, agent) for agent in stage.seats))
        await stage.site.without_channels()
    assert stage.site.channels(forgotten=True) == 0, stage.site.asterisk("core show channels verbose")


async def leave_all(scene: Scene, apart_s: float) -> None:
    """The third hangs up, so much later the agent, and again so much later the caller."""
    await leave_both(scene, apart_s)
    await asyncio.sleep(apart_s)
    await scene.caller.hang_up()


async def leave_both(scene: Scene, apart_s: float) -> None:
    """The third hangs up, and so much later the agent."""
    assert scene.agent is not None
    assert scene.third is not None
    await scene.third.hang_up()
    await asyncio.sleep(apart_s)
    await scene.agent.hang_up()


@pytest.mark.soak
async def test_that_holds_for_hundreds_of_conferences(stage: Stage) -> None:
    for turn in range(1, 31):
        await live(stage, turn)

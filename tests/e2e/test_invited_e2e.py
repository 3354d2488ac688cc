"""Who is invited into a talk may come when others have left already, or while the agent presses a key."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from talk_scenes import AGENT, CALLER, Scene, Stage

from calls.conversation import State
from simulator import CallLeg

_TALKS = 4
_LATE = "department:housing_fund"


@pytest.fixture(autouse=True)
async def _seats(stage: Stage) -> None:
    await stage.open(1, _TALKS)


async def scenes_of(stage: Stage, first: int, state: State) -> list[Scene]:
    numbers = [f"1381050{first + i:04d}" for i in range(_TALKS)]
    return list(await asyncio.gather(*(stage.scene(number, state) for number in numbers)))


async def invited(stage: Stage, scene: Scene, whom: str) -> CallLeg:
    """Somebody whose telephone rings, and who is to come into the talk."""
    await scene.order("invite", whom)
    return await stage.third_of(scene.number)


async def rung_when_the_agent_left(stage: Stage, scene: Scene) -> CallLeg:
    """Somebody more is being rung, and the agent hangs up: the other two talk on."""
    assert scene.agent is not None
    late = await invited(stage, scene, _LATE)
    await scene.agent.hang_up()
    await scene.hearing("caller third")
    return late


async def rung_when_the_third_left(stage: Stage, scene: Scene) -> CallLeg:
    """Somebody more is being rung, and who was there hangs up: caller and agent talk on."""
    assert scene.third is not None
    late = await invited(stage, scene, _LATE)
    await scene.third.hang_up()
    await scene.hearing("caller agent")
    return late


async def lived(stage: Stage, first: int, state: State, live: Callable[[Scene], Awaitable[None]]) -> None:
    """Several talks at once; afterwards Asterisk has no channel."""
    await asyncio.gather(*map(live, await scenes_of(stage, first, state)))
    await stage.site.without_channels()


async def kinds_of(stage: Stage, number: str, party: str) -> list[str]:
    """What the books tell of a party."""
    call = await stage.site.call_of(number)
    return [entry.kind for entry in call.timeline if entry.data.get("party") == party]


async def test_a_key_half_pressed_when_an_invited_one_answers_is_not_heard_by_the_caller(stage: Stage) -> None:
    async def live(scene: Scene) -> None:
        assert scene.agent is not None
        scene.third = await invited(stage, scene, "department:water")
        await scene.agent.send_digits("*")
        scene.third.answer()
        await asyncio.sleep(0.4)  # a person's pace between two keys
        await scene.agent.send_digits("2")  # the recording pauses
        await scene.hearing("caller agent third", timeout=10)
        await stage.site.happened(scene.number, "RecordingPaused")
        assert scene.caller.digits == ""
        await scene.hang_up()

    await lived(stage, 0, State.TALKING, live)


async def test_who_answers_after_the_agent_has_left_the_conference_is_in_the_books_from_the_answer_on(
    stage: Stage,
) -> None:
    async def live(scene: Scene) -> None:
        late = await rung_when_the_agent_left(stage, scene)
        await asyncio.sleep(1)  # it rings on
        late.answer()
        await late.hear_tone(CALLER, 10)
        await asyncio.sleep(1)  # they talk
        await scene.hang_up()
        await late.wait_ended(10)
        told = await kinds_of(stage, scene.number, _LATE)
        assert told == ["PartyInvited", "PartyAnswered", "PartyJoined", "PartyLeft"]
        assert await stage.site.together_s(scene.number, _LATE) == pytest.approx(late.talk_s, abs=0.3)

    await lived(stage, 10, State.MERGED, live)


async def test_who_does_not_come_after_the_agent_has_left_leaves_the_others_together(stage: Stage) -> None:
    async def live(scene: Scene) -> None:
        late = await rung_when_the_agent_left(stage, scene)
        assert scene.call in stage.site.asterisk("confbridge list")
        late.reject(486)
        await stage.site.eventually(lambda: scene.call not in stage.site.asterisk("confbridge list"), 10)
        await scene.hearing("caller third")
        await scene.hang_up()
        assert await kinds_of(stage, scene.number, _LATE) == ["PartyInvited", "PartyLeft"]

    await lived(stage, 20, State.MERGED, live)


async def test_who_is_rung_when_the_last_third_leaves_comes_into_the_talk_all_the_same(stage: Stage) -> None:
    async def live(scene: Scene) -> None:
        scene.third = await rung_when_the_third_left(stage, scene)
        scene.third.answer()
        await scene.hearing("caller agent third")
        await scene.order("drop")
        await scene.hearing("caller agent")
        await scene.hang_up()

    await lived(stage, 30, State.MERGED, live)


async def test_who_is_rung_when_the_last_third_leaves_can_be_called_off(stage: Stage) -> None:
    async def live(scene: Scene) -> None:
        assert scene.agent is not None
        late = await rung_when_the_third_left(stage, scene)
        await scene.order("drop")
        await late.wait_ended(10)
        await scene.agent.hear_tone(CALLER, 5)
        await scene.caller.hear_tone(AGENT, 5)
        await scene.hang_up()

    await lived(stage, 40, State.MERGED, live)

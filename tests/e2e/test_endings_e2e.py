"""What people notice when a talk ends, or goes on, in every state and whatever happens: lived by many calls at once.

The cells are those of ``calls.endings``, which docs/conversations.md prints.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import TYPE_CHECKING

import pytest
from talk_scenes import FLOW, Scene, Stage

from calls.conversation import State
from calls.endings import ENDINGS, RINGING, Ending, Incident
from simulator import Department

if TYPE_CHECKING:
    from conftest import Phones, Site

E, S = Incident, State


@pytest.fixture
async def stage(site: "Site", phones: "Phones", department: Department) -> AsyncIterator[Stage]:
    """Phones and departments."""
    await site.add_flow("endings", FLOW)
    stage = Stage(site, phones, department)
    yield stage
    await stage.close()


def number_of(ending: Ending) -> str:
    return f"138090{ENDINGS.index(ending):05d}"


def state_of(ending: Ending) -> State | None:
    return None if ending.state == RINGING else State(ending.state)


async def kill(site: "Site") -> None:
    """Kill the service, and wait for the next one."""
    old = site.service_pid()
    os.kill(old, signal.SIGKILL)
    await site.eventually(lambda: site.service_pid() not in {0, old} and site.api("status"), 30)


async def all_of(works: Mapping[str, Coroutine[None, None, None]]) -> None:
    """Do all at once; tell of each that failed."""
    told = await asyncio.gather(*works.values(), return_exceptions=True)
    failed = [f"{name}: {error!s}" for name, error in zip(works, told, strict=True) if error is not None]
    assert not failed, "\n".join(failed)


# -- the service dies ------------------------------------------------------------------------------------------------


async def keys_work(scene: Scene, state: str, stage: Stage) -> None:
    """After a restart agents do what they could do before, and the talk ends as it would have."""
    agent, third = scene.agent, scene.third
    assert agent is not None
    match state:
        case S.TALKING:
            await agent.send_digits("*0")
            await scene.state("on_hold")
            await scene.hearing("", "caller")
            await scene.order("resume")
            await scene.hearing("caller agent")
        case S.HELD:
            await agent.send_digits("*0")
            await scene.hearing("caller agent")
        case S.ASKING:
            assert third is not None
            third.answer()
            await scene.hearing("agent third", "caller")
            await scene.order("drop")
            await scene.hearing("caller agent")
        case S.CONSULTING:
            await agent.send_digits("*7")
            await scene.hearing("caller agent third")
        case S.SWAPPED:
            await agent.send_digits("*6")
            await scene.hearing("agent third", "caller")
        case S.INVITING:
            assert third is not None
            third.answer()
            await scene.hearing("caller agent third")
        case S.MERGED:
            await agent.send_digits("*9")
            await scene.hearing("caller agent")
        case _:
            pass


async def test_a_talk_goes_on_as_it_was_when_the_service_dies_and_all_can_be_done_in_it(stage: Stage) -> None:
    cells = [ending for ending in ENDINGS if ending.incident is E.RESTART]
    await stage.open(1, len(cells))
    begun = await asyncio.gather(*(stage.scene(number_of(cell), state_of(cell)) for cell in cells))
    scenes = dict(zip(cells, begun, strict=True))
    await asyncio.gather(*(scenes[c].hearing(c.together, c.music) for c in cells if c.state != RINGING))
    await kill(stage.site)

    async def live(cell: Ending) -> None:
        scene = scenes[cell]
        if cell.state == RINGING:
            assert scene.agent is not None
            if not scene.agent.ended.is_set():
                scene.agent.answer()
        else:
            await scene.state(cell.agent_state)
            await scene.hearing(cell.together, cell.music)
            await keys_work(scene, cell.state, stage)

    await all_of({f"{cell.state}: {cell.incident}": live(cell) for cell in cells})

"""What the endings are when the service dies: in every state the talk goes on, and whoever hangs up while there is no
service has hung up when it is back. Many calls at once, one ``kill -9`` for all.

The cells are those of ``calls.endings``, which docs/conversations.md prints.
"""

import asyncio
import os
import signal
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pytest
from talk_endings import all_of, begin, check_record, happen, named, number_of, open_to_callers, recorded, see
from talk_scenes import Scene, Stage
from test_restart_e2e import kill_service

from calls.conversation import State
from calls.endings import ENDINGS, RINGING, WHILE_AWAY, WITH_COLLEAGUE, Ending, Incident, ThirdIs
from simulator import Softphone
from tickets import CallDetail

if TYPE_CHECKING:
    from conftest import Site

S = State
_AND_MORE_S = 8.0  # until the caller is back, and has heard the flow's next step


@pytest.fixture(autouse=True)
async def _open(stage: Stage) -> None:
    await open_to_callers(stage.site)


async def keys_work(scene: Scene, state: str) -> None:
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


async def hears(cell: Ending, scene: Scene) -> None:
    """Everybody hears whom they should. A colleague's phone rings for 20 s only, so nobody tarries there."""
    if cell.colleague_state != "ringing" or not scene.colleague:
        await scene.hearing(cell.together, cell.music, ringback=cell.ringback)


async def test_a_talk_goes_on_as_it_was_when_the_service_dies_and_all_can_be_done_in_it(stage: Stage) -> None:
    with_colleague = [one for one in WITH_COLLEAGUE if one.incident is Incident.RESTART]
    cells = [*(one for one in ENDINGS if one.incident is Incident.RESTART), *with_colleague]
    await stage.open(1, len(cells) + len(with_colleague))
    cells.sort(key=lambda cell: (cell.third, cell.colleague_state == "ringing"))
    begun = await asyncio.gather(*(begin(stage, cell) for cell in cells))
    scenes = dict(zip(cells, begun, strict=True))
    talks = [cell for cell in cells if cell.state != RINGING]
    await asyncio.gather(*(hears(c, scenes[c]) for c in talks))
    await kill_service(stage.site)
    await stage.site.eventually(lambda: stage.site.api("status"), 30)

    async def live(cell: Ending) -> None:
        scene = scenes[cell]
        if cell.state == RINGING:
            await stage.is_taken(scene)
        else:
            if cell.state != S.HANDED_OVER or cell.third is ThirdIs.COLLEAGUE:  # which is Asterisk's alone
                await stage.site.happened(scene.number, "CallResumed", 60)  # keys are heard from then on
            await scene.state(cell.agent_state, timeout=60)
            if scene.colleague:
                await scene.colleague_state(cell.colleague_state)
            await hears(cell, scene)
            await keys_work(scene, cell.state)
        await scene.hang_up()
        check_outlived(cell, await recorded(stage, cell, scene))

    await all_of({named(cell): live(cell) for cell in cells})


def check_outlived(cell: Ending, call: CallDetail) -> None:
    """The talk is one, and so is its recording; who was handed a caller had one of their own."""
    kinds = [entry.kind for entry in call.timeline]
    assert kinds.count("RecordingStarted") == 1, kinds
    assert kinds.count("Connected") == kinds.count("TalkEnded"), kinds
    assert call.outcome == "answered"


def away(third: ThirdIs) -> list[Ending]:
    """Those who hang up while it is away. That a colleague is left with the caller in a conference is among both, for
    this is where only the next service can give them a talk of their own."""
    left = (S.MERGED, Incident.AGENT_HANGS_UP)
    return [cell for cell in WHILE_AWAY if cell.third is third or (cell.state, cell.incident) == left]


@pytest.mark.parametrize("third", [ThirdIs.DEPARTMENT, pytest.param(ThirdIs.COLLEAGUE, marks=pytest.mark.soak)])
async def test_who_hangs_up_while_the_service_is_away_has_hung_up_when_it_is_back(stage: Stage, third: ThirdIs) -> None:
    site = stage.site
    cells = away(third)
    await stage.open(1, len(cells) + sum(cell.third is ThirdIs.COLLEAGUE for cell in cells))
    scenes = dict(zip(cells, await asyncio.gather(*(begin(stage, cell) for cell in cells)), strict=True))
    for cell in cells:
        if cell.state == S.HANDED_OVER:
            await site.happened(number_of(cell), "TalkEnded")
    await site.written()
    old, killed = site.service_pid(), time.monotonic()
    os.kill(old, signal.SIGKILL)
    await asyncio.gather(*(happen(scenes[cell], cell.incident) for cell in cells))
    assert site.service_pid() == old, "they hung up too late"
    await have_left(stage, scenes, old, killed)


@pytest.mark.soak
async def test_an_agent_whose_network_is_lost_while_it_is_away_has_left_the_conference_when_it_is_back(
    stage: Stage,
) -> None:
    site, lost = stage.site, (S.MERGED, Incident.AGENT_LOST)
    cells = [cell for cell in (*ENDINGS, *WITH_COLLEAGUE) if (cell.state, cell.incident) == lost]
    await stage.open(1, len(cells) + 1)
    scenes = dict(zip(cells, await asyncio.gather(*(begin(stage, cell) for cell in cells)), strict=True))
    await site.written()
    old, killed = site.service_pid(), time.monotonic()
    os.kill(site.process.pid, signal.SIGSTOP)  # nobody starts it again meanwhile
    try:
        os.kill(old, signal.SIGKILL)
        await asyncio.gather(*(happen(scene, Incident.AGENT_LOST) for scene in scenes.values()))
        await site.eventually(lambda: are_gone(site, [scene.phone for scene in scenes.values()]), 60)
    finally:
        os.kill(site.process.pid, signal.SIGCONT)
    await have_left(stage, scenes, old, killed)


async def are_gone(site: "Site", phones: Sequence[Softphone | None]) -> bool:
    """Whether Asterisk has no channel of these phones any more."""
    told = await asyncio.to_thread(site.asterisk, "core show channels concise")
    return not any(phone is not None and f"PJSIP/{phone.account}-" in told for phone in phones)


async def have_left(stage: Stage, scenes: Mapping[Ending, Scene], old: int, killed: float) -> None:
    """See the endings of all these come true once there is another service than ``old``, which was killed then."""
    site = stage.site
    await site.eventually(lambda: site.service_pid() not in {0, old} and site.api("status"), 30)
    away_s = time.monotonic() - killed + _AND_MORE_S  # in the books nobody left meanwhile

    async def live(cell: Ending) -> None:
        await see(stage, cell, scenes[cell])
        check_record(cell, await recorded(stage, cell, scenes[cell], missing_s=away_s))

    await all_of({named(cell): live(cell) for cell in scenes})
    await site.without_channels()

"""What people notice when a talk ends, or goes on, in every state and whatever happens: lived by many calls at once.

The cells are those of ``calls.endings``, which docs/conversations.md prints.
"""

import asyncio
import os
import signal
from collections.abc import Coroutine, Mapping, Sequence

import pytest
from soak_books import fault_of
from talk_scenes import Scene, Stage
from test_restart_e2e import kill_service

from calls.conversation import State
from calls.endings import ENDINGS, RINGING, Ending, Fate, Incident
from tickets import CallDetail

E, S = Incident, State
_LOST = (E.CALLER_LOST, E.AGENT_LOST, E.THIRD_LOST)
_SLOW = (*_LOST, E.THIRD_SILENT)  # after 30 s and more
_SPARE = 4  # agents more, for callers who are in the queue again


def number_of(ending: Ending) -> str:
    return f"138090{ENDINGS.index(ending):05d}"


def state_of(ending: Ending) -> State | None:
    return None if ending.state == RINGING else State(ending.state)


async def all_of(works: Mapping[str, Coroutine[None, None, None]]) -> None:
    """Do all at once; tell of each that failed."""
    told = await asyncio.gather(*works.values(), return_exceptions=True)
    failed = [f"{name}: {error!s}" for name, error in zip(works, told, strict=True) if error is not None]
    assert not failed, "\n".join(failed)


async def recorded(stage: Stage, cell: Ending, scene: Scene) -> CallDetail:
    """The call of a cell, which is over, once its recordings are made: one for each talk, and as long as caller and
    others were together."""
    unsent_s = stage.phones.media.ticker.skipped_s - scene.unsent_s

    async def look() -> CallDetail | None:
        call = await stage.site.call_of(number_of(cell), 30)
        kinds = [entry.kind for entry in call.timeline]
        return call if kinds.count("RecordingStored") == kinds.count("RecordingStarted") else None

    call: CallDetail = await stage.site.eventually(look, 30)
    lossy = cell.incident in _LOST
    fault = fault_of(call, stage.site.state / "recordings", lossy=lossy, unsent_s=unsent_s)
    assert not fault, fault
    return call


# -- the service dies ------------------------------------------------------------------------------------------------


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


async def test_a_talk_goes_on_as_it_was_when_the_service_dies_and_all_can_be_done_in_it(stage: Stage) -> None:
    cells = [ending for ending in ENDINGS if ending.incident is E.RESTART]
    await stage.open(1, len(cells))
    begun = await asyncio.gather(*(stage.scene(number_of(cell), state_of(cell)) for cell in cells))
    scenes = dict(zip(cells, begun, strict=True))
    await asyncio.gather(*(scenes[c].hearing(c.together, c.music) for c in cells if c.state != RINGING))
    await kill_service(stage.site)
    await stage.site.eventually(lambda: stage.site.api("status"), 30)

    async def live(cell: Ending) -> None:
        scene = scenes[cell]
        if cell.state == RINGING:
            await stage.is_taken(scene)
        else:
            if cell.state != S.HANDED_OVER:  # which is Asterisk's alone
                await stage.site.happened(scene.number, "CallResumed", 60)  # keys are heard from then on
            await scene.state(cell.agent_state, timeout=60)
            await scene.hearing(cell.together, cell.music)
            await keys_work(scene, cell.state)
        await scene.hang_up()
        call = await recorded(stage, cell, scene)
        kinds = [entry.kind for entry in call.timeline]
        assert kinds.count("RecordingStarted") == 1, kinds
        assert call.outcome == "answered"

    await all_of({f"{cell.state}: {cell.incident}": live(cell) for cell in cells})


async def test_what_happens_while_the_service_is_away_happens_when_it_is_back(stage: Stage) -> None:
    site, states = stage.site, [S.HELD, S.CONSULTING, S.ASKING, S.CONSULTING, S.MERGED]
    await stage.open(1, len(states))
    held, consulting, asking, handed, merged = await asyncio.gather(
        *(stage.scene(f"1380930000{i}", state) for i, state in enumerate(states))
    )
    assert held.agent and consulting.third and asking.third and handed.agent and merged.third
    old = site.service_pid()
    os.kill(old, signal.SIGKILL)
    asking.third.answer()
    for leg in (held.caller, consulting.third, handed.agent, merged.third):
        await leg.hang_up()
    await site.eventually(lambda: site.service_pid() not in {0, old} and site.api("status"), 30)
    await held.agent.wait_ended(20)
    await asyncio.gather(
        consulting.hearing("caller agent"), asking.hearing("agent third", "caller"), handed.hearing("caller third"),
        merged.hearing("caller agent"), held.state("wrap_up"), consulting.state("talking"), asking.state("consulting"),
        handed.state("wrap_up"), merged.state("talking"),
    )  # fmt: skip


# -- whoever leaves, refuses, does not answer, or is lost --------------------------------------------------------------


async def happen(scene: Scene, incident: Incident) -> None:
    """Have it happen."""
    who, _, what = incident.name.partition("_")
    leg = {"CALLER": scene.caller, "AGENT": scene.agent, "THIRD": scene.third}[who]
    assert leg is not None
    match what:
        case "HANGS_UP":
            await leg.hang_up()
        case "REFUSES":
            leg.reject(603)
        case "LOST":
            leg.play_dead()
        case _:
            pass  # nobody answers


def gone(scene: Scene, incident: Incident) -> None:
    """Who has no network any more hears nothing, and is not looked at."""
    match incident:
        case E.CALLER_LOST:
            scene.away.add("caller")
        case E.AGENT_LOST:
            scene.away.add("agent")
        case E.THIRD_LOST:
            scene.away.add("third")
        case _:
            pass


async def live_ending(stage: Stage, cell: Ending, scene: Scene) -> None:
    """Have it happen, see what becomes of the call."""
    site, number = stage.site, scene.number
    await happen(scene, cell.incident)
    gone(scene, cell.incident)
    await scene.state(cell.agent_state, timeout=60)
    match cell.fate:
        case Fate.GOES_ON:
            await scene.hearing(cell.together, cell.music)
        case Fate.NEXT:
            await site.eventually(lambda: scene.call in {row["call"] for row in (*site.waiting(), *site.api("agents"))})
            await scene.hearing("", "caller")
        case Fate.PASSED:
            scene.third = await stage.third_of(number)
            scene.third.answer()
            await scene.hearing("caller third")
        case Fate.FLOW:
            await scene.caller.wait_ended(60)  # who is lost is missed after 30 s; then a good-bye
        case _:
            await asyncio.gather(*(leg.wait_ended(45) for leg in scene.there.values()))
    await scene.hang_up()


def check_record(cell: Ending, call: CallDetail) -> None:
    """Every talk is charged once, to its agent; parties were connected for as long as the segments say."""
    kinds = [entry.kind for entry in call.timeline]
    assert kinds.count("Connected") == kinds.count("TalkEnded") == int(cell.state != RINGING)
    assert kinds.count("CallEnded") == 1
    assert call.outcome == ("abandoned_queue" if cell.state == RINGING else "answered")
    assert bool(call.recording) is (cell.state != RINGING)
    for leg in call.legs:
        parts = [s.ended - s.began for s in call.segments if leg.party in s.parties and s.ended is not None]
        assert leg.connected_s == pytest.approx(sum(parts), abs=0.01)
    assert not [segment for segment in call.segments if segment.ended is None]


async def live_all(stage: Stage, cells: Sequence[Ending]) -> None:
    """Live all these cells at once."""
    await stage.open(1, len(cells) + _SPARE)

    async def live(cell: Ending, scene: Scene | None = None) -> None:
        if scene is None:
            scene = await stage.scene(number_of(cell), state_of(cell))
        await live_ending(stage, cell, scene)
        check_record(cell, await recorded(stage, cell, scene))

    alone = [cell for cell in cells if cell.fate is Fate.ABANDONED]
    for cell in alone:  # else the agent who is free again gets another caller
        await live(cell)
    talks = [cell for cell in cells if cell.state != RINGING]
    scenes = await asyncio.gather(*(stage.scene(number_of(cell), state_of(cell)) for cell in talks))
    works = {cell: live(cell, scene) for cell, scene in zip(talks, scenes, strict=True)}
    works |= {cell: live(cell) for cell in cells if cell.state == RINGING and cell not in alone}
    await all_of({f"{cell.state}: {cell.incident}": work for cell, work in works.items()})
    await stage.site.without_channels()


async def test_whoever_hangs_up_or_refuses_everybody_is_where_the_table_says(stage: Stage) -> None:
    await live_all(stage, [cell for cell in ENDINGS if cell.incident not in (*_SLOW, E.RESTART)])


@pytest.mark.soak
async def test_whoever_is_lost_or_never_answers_everybody_is_where_the_table_says(stage: Stage) -> None:
    await live_all(stage, [cell for cell in ENDINGS if cell.incident in _SLOW])

"""What people notice when a talk ends, or goes on: cells of ``calls.endings``, lived many at once."""

import asyncio
import time
from collections.abc import Awaitable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest
from soak_books import fault_of
from talk_scenes import Scene, Stage

from calls.conversation import State
from calls.endings import ENDINGS, RINGING, WITH_COLLEAGUE, Ending, Fate, Incident, ThirdIs
from simulator.media.sounds import save
from tickets import CallDetail

if TYPE_CHECKING:
    from conftest import Site

S = State
SPARE = 4  # agents more, for callers who are in the queue again
_NUMBER, _PATIENT = "12381", "12382"
_LAST_S = 8.0  # in which parting words are looked for
_PARTING = 1750  # Hz: what is said in the flow's next step
_FLOW = f"""
numbers: ["{_NUMBER}", {{number: "{_PATIENT}", start: patiently}}]
languages: [zh]
start: person
person: person
prompts:
  parting: {{zh: 感谢您的来电。}}
steps:
  person: {{do: queue, queue: unhurried, nobody_staffed: end, after: parting}}
  patiently: {{do: queue, queue: patient, nobody_staffed: end, after: parting}}
  parting: {{do: say, prompt: parting, next: end}}
  end: {{do: hangup}}
"""


async def open_to_callers(site: "Site") -> None:
    """Have the flow in use. Its parting words are a tone, so that nobody takes music for them."""
    words = site.state / "dialplans" / "recordings" / "zh" / "talk_endings" / "parting.wav"
    words.parent.mkdir(parents=True, exist_ok=True)
    tone = np.sin(2 * np.pi * _PARTING / 8000 * np.arange(8000 * 3)) * 8000
    save(words, tone.astype(np.int16))
    site.added.add(words)
    await site.add_flow("talk_endings", _FLOW)


def number_of(ending: Ending) -> str:
    """The caller's number in a cell."""
    return f"138090{(*ENDINGS, *WITH_COLLEAGUE).index(ending):05d}"


def named(cell: Ending) -> str:
    return f"{cell.state}: {cell.incident} ({cell.third})"


async def begin(stage: Stage, cell: Ending) -> Scene:
    """A call in the state of a cell."""
    rings_on = cell.state == RINGING and cell.incident is Incident.CALLER_LOST
    state = None if cell.state == RINGING else State(cell.state)
    return await stage.scene(number_of(cell), state, to=_PATIENT if rings_on else _NUMBER, third=cell.third)


async def all_of(works: Mapping[str, Awaitable[None]]) -> None:
    """Do all at once; tell of each that failed."""
    told = await asyncio.gather(*works.values(), return_exceptions=True)
    failed = [f"{name}: {error!s}" for name, error in zip(works, told, strict=True) if error is not None]
    assert not failed, "\n".join(failed)


# -- what happens ------------------------------------------------------------------------------------------------------


async def happen(scene: Scene, incident: Incident) -> None:
    """Have it happen. Who has no network any more hears nothing, and is not looked at."""
    party, _, what = incident.name.partition("_")
    leg = {"CALLER": scene.caller, "AGENT": scene.agent, "THIRD": scene.third}[party]
    assert leg is not None
    match what:
        case "HANGS_UP":
            await leg.hang_up()
        case "REFUSES":
            leg.reject(603)
        case "LOST":
            leg.play_dead()
            scene.away.add(party.lower())
        case _:
            pass  # nobody answers


async def see(stage: Stage, cell: Ending, scene: Scene) -> None:
    """See what has become of the call, and of everybody in it."""
    await asyncio.gather(scene.state(cell.agent_state, timeout=60), _colleague(cell, scene))
    match cell.fate:
        case Fate.GOES_ON:
            await scene.hearing(cell.together, cell.music, ringback=cell.ringback)
        case Fate.NEXT:
            await _is_the_next(stage, scene)
        case Fate.PASSED:
            await _is_passed(stage, cell, scene)
        case Fate.FLOW:
            await scene.caller.wait_ended(60)  # who is lost is missed after 30 s
            assert scene.caller.heard_tones([_PARTING], since=time.monotonic() - _LAST_S), "no next step was heard"
        case _:
            await asyncio.gather(*(leg.wait_ended(45) for leg in scene.there.values()))
    await scene.hang_up()


async def _colleague(cell: Ending, scene: Scene) -> None:
    if scene.colleague:
        await scene.colleague_state(cell.colleague_state, timeout=60)


async def _is_the_next(stage: Stage, scene: Scene) -> None:
    """The caller hears music until somebody else takes the call, and talks with that one."""
    await stage.site.eventually(
        lambda: scene.call in {row["call"] for row in (*stage.site.waiting(), *stage.site.api("agents"))}
    )
    await scene.hearing("", "caller")
    await stage.taken_by_another(scene)
    await scene.hearing("caller agent")


async def _is_passed(stage: Stage, cell: Ending, scene: Scene) -> None:
    """The third's phone rings for the caller alone, who hears music until it is answered."""
    scene.third = await (stage.third_of(scene.number) if not scene.colleague else stage.colleague_of(scene))
    await scene.hearing("", cell.music)
    scene.third.answer()
    await scene.hearing("caller third")
    if scene.colleague:
        await scene.colleague_state("talking")


# -- the books ---------------------------------------------------------------------------------------------------------


async def recorded(stage: Stage, cell: Ending, scene: Scene, *, missing_s: float = 0.0) -> CallDetail:
    """The call of a cell, which is over, once its recordings are made: one for each talk, and as long as caller and
    others were together. ``missing_s``: but for so long."""
    unsent_s = stage.phones.media.ticker.skipped_s - scene.unsent_s

    async def look() -> CallDetail | None:
        call = await stage.site.call_of(number_of(cell), 30)
        kinds = [entry.kind for entry in call.timeline]
        return call if kinds.count("RecordingStored") == kinds.count("RecordingStarted") else None

    call: CallDetail = await stage.site.eventually(look, 30)
    fault = fault_of(call, stage.site.state / "recordings", lost_s=missing_s, unsent_s=unsent_s)
    assert not fault, fault
    return call


def talks_in(cell: Ending) -> int:
    """With how many agents the caller has talked in the end, one after the other. Who is left with the caller has a
    talk of their own."""
    inherited = cell.third is ThirdIs.COLLEAGUE and (S.HANDED_OVER in (cell.state, cell.to) or cell.fate is Fate.PASSED)
    return int(cell.state != RINGING) + int(cell.fate is Fate.NEXT) + int(inherited)


def check_record(cell: Ending, call: CallDetail) -> None:
    """Every talk is charged once, to its agent, and recorded in its own file; parties were connected for as long as the
    segments say."""
    kinds = [entry.kind for entry in call.timeline]
    assert kinds.count("Connected") == kinds.count("TalkEnded") == talks_in(cell), kinds
    assert kinds.count("CallEnded") == 1
    files = int(cell.state != RINGING) + int(cell.fate in (Fate.NEXT, Fate.PASSED))
    assert kinds.count("RecordingStarted") == files, kinds
    assert call.outcome == ("abandoned_queue" if cell.fate is Fate.ABANDONED else "answered")
    assert bool(call.recording) is bool(files)
    for leg in call.legs:
        parts = [s.ended - s.began for s in call.segments if leg.party in s.parties and s.ended is not None]
        assert leg.connected_s == pytest.approx(sum(parts), abs=0.01)
    assert not [segment for segment in call.segments if segment.ended is None]


# -- all of it ---------------------------------------------------------------------------------------------------------


async def live_all(stage: Stage, cells: Sequence[Ending]) -> None:
    """Live all these cells at once."""
    colleagues = sum(cell.third is ThirdIs.COLLEAGUE for cell in cells)
    again = sum(cell.fate is Fate.NEXT for cell in cells)
    await stage.open(1, len(cells) + colleagues + max(again, SPARE))

    async def live(cell: Ending, begun: Scene | None = None) -> None:
        scene = begun or await begin(stage, cell)
        await happen(scene, cell.incident)
        await see(stage, cell, scene)
        check_record(cell, await recorded(stage, cell, scene))

    abandoned = [cell for cell in cells if cell.fate is Fate.ABANDONED]
    for cell in abandoned:  # alone, else the agent who is free again gets another caller
        if cell.incident is Incident.CALLER_HANGS_UP:
            await live(cell)
    lost = [cell for cell in abandoned if cell.incident is Incident.CALLER_LOST]
    works = {cell: asyncio.create_task(live(cell)) for cell in lost}  # it takes 30 s, and is over before others wait
    talks = [cell for cell in cells if cell.state != RINGING]
    scenes = await asyncio.gather(*(begin(stage, cell) for cell in talks))
    works |= {cell: asyncio.create_task(live(cell, scene)) for cell, scene in zip(talks, scenes, strict=True)}
    ringing = [cell for cell in cells if cell.state == RINGING and cell not in abandoned]
    works |= {cell: asyncio.create_task(live(cell)) for cell in ringing}
    await all_of({named(cell): work for cell, work in works.items()})
    await stage.site.without_channels()

"""From a two-party bridge into a conference and back, on hold and off: how much of a talk nobody hears in each move,
measured by tones, and that two who are left are on a two-party bridge again.

Beside them a talk goes on in which nothing happens, with the same simulated phones on the same Asterisk: for as long as
nobody is heard there, the machine was busy, and so long is no move's fault.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from talk_scenes import Scene, Stage

from calls.conversation import State
from simulator import CallLeg
from simulator.media.g711 import RATE

if TYPE_CHECKING:
    from conftest import Site

S = State
_FRAME = 80  # samples: 10 ms
_QUIET = 60.0  # RMS of 16-bit samples
_MOST_S = 0.3  # what is promised
_BEFORE_S = 0.5


@dataclass(frozen=True)
class Move:
    """From ``state``, ``act`` (an order, or what a leg does) leads to ``together`` hearing each other."""

    state: State
    act: str
    together: str
    music: str = ""
    but: str = ""  # of them is not measured: silence is what they heard before

    @property
    def name(self) -> str:
        return f"{self.state}: {self.act}"


_MOVES = (
    Move(S.INVITING, "third answers", "caller agent third", but="third"),
    Move(S.CONSULTING, "merge", "caller agent third"),
    Move(S.SWAPPED, "merge", "caller agent third"),
    Move(S.MERGED, "drop", "caller agent"),
    Move(S.MERGED, "third leaves", "caller agent"),
    Move(S.MERGED, "agent leaves", "caller third"),
    Move(S.MERGED, "complete", "caller third"),
    Move(S.CONSULTING, "complete", "caller third"),
    Move(S.SWAPPED, "complete", "caller third"),
    Move(S.CONSULTING, "resume", "caller agent"),
    Move(S.CONSULTING, "third leaves", "caller agent"),
    Move(S.SWAPPED, "drop", "caller agent"),
    Move(S.CONSULTING, "swap", "caller agent", "third"),
    Move(S.SWAPPED, "swap", "agent third", "caller"),
    Move(S.HELD, "resume", "caller agent", but="agent"),
)


def quiet(leg: CallLeg, since: float, until: float, behind_s: float) -> NDArray[np.bool_]:
    """In which of the 10 ms between two moments nobody was heard, or nothing came; what is no longer behind than it was
    before is still on its way."""
    samples = leg.audio(since, until).samples.astype(np.float64)
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    told = np.ones(int((until - since) * RATE / _FRAME), np.bool_)
    frames = frames[: len(told)]
    told[: len(frames)] = np.sqrt(np.mean(frames**2, axis=1)) < _QUIET
    told[max(len(told) - round(behind_s * RATE / _FRAME), len(frames)) :] = False
    return told


def longest_s(frames: NDArray[np.bool_]) -> float:
    """The longest time without a pause in which it was quiet, in seconds."""
    return max((len(list(run)) for silent, run in groupby(frames) if silent), default=0) * _FRAME / RATE


def behind(leg: CallLeg) -> float:
    """How long ago the latest was heard, in seconds."""
    heard = leg.audio(time.monotonic() - 5)
    return max(time.monotonic() - heard.started - heard.seconds, 0.0)


async def do(scene: Scene, act: str) -> None:
    """Have it happen."""
    who, _, what = act.partition(" ")
    match what:
        case "answers":
            scene.there[who].answer()
        case "leaves":
            await scene.there[who].hang_up()
        case _:
            await scene.order(act)


async def moved(scene: Scene, move: Move, still: Scene) -> dict[str, float]:
    """Do it; return the longest gap that each who stays heard meanwhile, but for what the machine did to all."""
    since = time.monotonic()
    await asyncio.sleep(_BEFORE_S)
    stay = {name: scene.there[name] for name in f"{move.together} {move.music}".split() if name != move.but}
    watched = {**stay, **{f"still {name}": leg for name, leg in still.there.items()}}
    before = {name: behind(leg) for name, leg in watched.items()}
    await do(scene, move.act)
    await scene.hearing(move.together, move.music)
    until = time.monotonic()
    was = {name: quiet(leg, since, until, before[name]) for name, leg in watched.items()}
    if move.state is S.HELD:
        assert longest_s(quiet(scene.there[move.but], since, until, 0.0)) > _MOST_S, "silence is not seen"
    busy = np.logical_or.reduce([frames for name, frames in was.items() if name.startswith("still")])
    return {name: longest_s(was[name][~busy]) for name in stay}


async def all_moved(stage: Stage, moves: dict[Move, Scene], still: Scene) -> Iterator[str]:
    """One after the other; return what was too long."""
    told: dict[str, dict[str, float]] = {}
    for move, scene in moves.items():
        told[move.name] = await moved(scene, move, still)
    print("\nlongest gap heard, s:", *(f"{name}: {gaps}" for name, gaps in told.items()), sep="\n  ")
    return (f"{name}: {gaps}" for name, gaps in told.items() if max(gaps.values()) > _MOST_S)


def bridges(site: "Site") -> list[tuple[int, str]]:
    """Asterisk's bridges: how many are in each, and its technology."""
    rows = [line.split() for line in site.asterisk("bridge show all").splitlines()[1:]]
    return [(int(row[-4]), row[-2]) for row in rows if len(row) >= 5]  # some have a name, some have not


async def test_hardly_anything_is_lost_in_any_move_and_two_who_are_left_are_on_a_two_party_bridge(
    stage: Stage,
) -> None:
    await stage.open(1, len(_MOVES) + 1)
    still = await stage.scene("13809200099", S.TALKING)
    numbers = [f"138092000{i:02d}" for i in range(len(_MOVES))]
    scenes = await asyncio.gather(
        *(stage.scene(number, move.state) for number, move in zip(numbers, _MOVES, strict=True))
    )
    moves = dict(zip(_MOVES, scenes, strict=True))
    late = list(await all_moved(stage, moves, still))
    assert not late, late
    await still.hearing("caller agent")  # else its silence would have excused every gap
    for move, scene in moves.items():
        if move.together.count(" ") == 2:  # back again, so that everybody is with one other
            await scene.order("drop")
            await scene.hearing("caller agent")
    pairs = len(_MOVES) + 1
    await stage.site.eventually(lambda: [size for size, _ in bridges(stage.site)].count(2) == pairs)
    assert "softmix" not in {technology for size, technology in bridges(stage.site) if size}, "two pay for a conference"

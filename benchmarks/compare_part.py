"""What all parts of the comparison have in common: how much is done, what is told, and a hotline of their own."""

import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.compare_doubts import Doubt, Late, doubts_of
from benchmarks.compare_menu import add_app_queue, flow_text
from benchmarks.compare_phones import ComparePhones
from benchmarks.compare_spread import Goal, Turn
from benchmarks.compare_systems import System
from benchmarks.drain_site import DrainSite, drain_site
from hotline.cli.load import run_loop
from simulator.media.stream import MediaMode


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is done; None: as much as the part does by itself."""

    rounds: int | None = None
    minutes: float | None = None  # of each turn of the parts that last
    rate: float | None = None  # calls a second in the busiest hour of the peak day
    calls: int | None = None  # of the soak
    quick: bool = False

    def turns(self, usual: int) -> int:
        """Return how many rounds there are."""
        return self.rounds or (1 if self.quick else usual)


@dataclass(slots=True)
class Told:
    """What a part has measured, and what with."""

    title: str
    turns: dict[str, list[Turn]] = field(default_factory=dict)
    late_ms: float = 0.0  # the simulator itself, at the 99th percentile
    late: list[Late] = field(default_factory=list)
    more_doubts: list[Doubt] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, system: System, turn: Turn) -> None:
        """Take a turn."""
        self.turns.setdefault(system.name, []).append(turn)

    def was_late(self, system: System, figures: Sequence[str], ms: float) -> None:
        """Note how late the simulator was while these figures of a system were measured."""
        self.late.append(Late(system.name, tuple(figures), ms))

    def doubts(self) -> list[Doubt]:
        """Return which figures are in doubt."""
        return doubts_of(self.late) + self.more_doubts


Serve = Callable[[DrainSite, ComparePhones, Told], Awaitable[None]]
Measure = Callable[[Bounds], Told]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the comparison."""

    about: str
    measure: Measure
    goals: tuple[Goal, ...] = ()


def at_a_site(sizes: tuple[int, ...], serve: Serve, told: Told) -> Told:
    """Run a hotline with ``app_queue`` beside it, and have all served. Raises ``BenchmarkFailed``."""
    with tempfile.TemporaryDirectory(prefix="compare-") as folder, drain_site(Path(folder), flow_text()) as site:
        add_app_queue(site, sizes)
        run_loop(_with_phones(site, serve, told))
    return told


async def _with_phones(site: DrainSite, serve: Serve, told: Told) -> None:
    async with ComparePhones(site, MediaMode.FULL) as phones:
        await serve(site, phones, told)
        told.late_ms = max(told.late_ms, phones.late_ms)

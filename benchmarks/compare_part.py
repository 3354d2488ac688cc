"""What all parts of the comparison have in common: how much is done, what is told, and a hotline of their own."""

import tempfile
import traceback
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.compare_doubts import Doubt, Late, doubts_of
from benchmarks.compare_menu import add_app_queue, flow_text
from benchmarks.compare_phones import ComparePhones
from benchmarks.compare_spread import Goal, Turn
from benchmarks.compare_systems import System
from benchmarks.drain_site import BenchmarkFailed, DrainSite, drain_site
from benchmarks.progress import say
from hotline.cli.load import run_loop
from simulator.media.stream import MediaMode


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is done; None: as much as the part does by itself."""

    rounds: int | None = None
    minutes: float | None = None  # of each turn of the parts that last
    rate: float | None = None  # calls a second in the busiest hour of the peak day
    calls: int | None = None  # of the soak
    talk_s: float | None = None  # seconds, in talks
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
    not_measured: list[str] = field(default_factory=list)  # turns that failed, and why
    stopped: bool = False  # somebody ended it amidst

    @property
    def measured(self) -> bool:
        """Whether there is any figure to tell."""
        return any(turn for turns in self.turns.values() for turn in turns)

    @contextmanager
    def turn(self, system: System, what: str, *, keeps_place: bool = True) -> Iterator[None]:
        """Have a turn in here: one that cannot be measured is noted, and others go on.

        ``keeps_place``: an empty turn stands for it, so that rounds stay beside each other.
        """
        before = len(self.turns.get(system.name, ()))
        try:
            yield
        except Exception as error:  # whatever it is, what others have measured, and will, must not be lost with it
            self.not_measured.append(f"{what}: {system.name}: {why_not(error)}")
            say(f"not measured: {self.not_measured[-1]}")
            if keeps_place and len(self.turns.get(system.name, ())) == before:
                self.add(system, {})

    def add(self, system: System, turn: Turn) -> None:
        """Take a turn."""
        self.turns.setdefault(system.name, []).append(turn)

    def was_late(self, system: System, figures: Sequence[str], ms: float) -> None:
        """Note how late the simulator was while these figures of a system were measured."""
        self.late.append(Late(system.name, tuple(figures), ms))

    def doubts(self) -> list[Doubt]:
        """Return which figures are in doubt."""
        return doubts_of(self.late) + self.more_doubts


def why_not(error: Exception) -> str:
    """Return why something was not measured; what nobody expected is shown with its place, on standard error."""
    if isinstance(error, BenchmarkFailed):
        return str(error)
    traceback.print_exception(error)
    return repr(error)


Serve = Callable[[DrainSite, ComparePhones, Told], Awaitable[None]]
Measure = Callable[[Bounds], Told]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the comparison."""

    about: str
    measure: Measure
    goals: tuple[Goal, ...] = ()


def at_a_site(sizes: tuple[int, ...], serve: Serve, told: Told) -> Told:
    """Run a hotline with ``app_queue`` beside it, and have all served; return what was measured, also when somebody
    ends it amidst (``stopped``). Raises ``BenchmarkFailed`` when nothing was."""
    try:
        at_own_site(sizes, serve, told)
    except KeyboardInterrupt:
        told.stopped = True
    except BenchmarkFailed as error:
        if not told.measured:
            raise
        told.not_measured.append(str(error))
    return told


def at_own_site(sizes: tuple[int, ...], serve: Serve, told: Told) -> None:
    """Run a hotline with ``app_queue`` beside it, and have all served. Raises ``BenchmarkFailed``."""
    with tempfile.TemporaryDirectory(prefix="compare-") as folder, drain_site(Path(folder), flow_text()) as site:
        add_app_queue(site, sizes)
        run_loop(_with_phones(site, serve, told))


async def _with_phones(site: DrainSite, serve: Serve, told: Told) -> None:
    async with ComparePhones(site, MediaMode.FULL) as phones:
        try:
            await serve(site, phones, told)
        finally:
            told.late_ms = max(told.late_ms, phones.late_ms)

"""The parts of the comparison that may be run singly: each has a hotline of its own, and lets all take turns on it."""

import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.compare_figures import Round, figures_of
from benchmarks.compare_long import LongLine, long_turn
from benchmarks.compare_memory import memory_turn
from benchmarks.compare_peak import SEATS, TALK_S, peak_day, peak_turn
from benchmarks.compare_phones import ComparePhones
from benchmarks.compare_soak import FLAT_MB_PER_1000, soak_turn
from benchmarks.compare_spread import Goal, Turn
from benchmarks.compare_systems import DIAL, System, systems, with_a_line
from benchmarks.drain_site import DrainSite, drain_site
from benchmarks.progress import say
from hotline.cli.load import run_loop
from simulator.media.stream import MediaMode

RATES = (1.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0)
LATENCY_RATES = (1.0, 5.0, 10.0, 20.0)


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

    def add(self, system: System, turn: Turn) -> None:
        """Take a turn."""
        self.turns.setdefault(system.name, []).append(turn)


Serve = Callable[[DrainSite, ComparePhones, Told], Awaitable[None]]
Measure = Callable[[Bounds], Told]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the comparison."""

    about: str
    measure: Measure
    goals: tuple[Goal, ...] = ()


def _sustained(bounds: Bounds) -> Told:
    seats, rates, seconds = (4, (2.0, 4.0), 2.0) if bounds.quick else (30, RATES, 8.0)
    told = Told(f"sustained rate: rising from {rates[0]:g} to {rates[-1]:g} calls/s, {seconds:g} s each, {seats} seats")

    async def serve(site: DrainSite, phones: ComparePhones, told: Told) -> None:
        await phones.log_in(seats)
        for round_ in range(bounds.turns(3)):
            for system in systems(seats):
                one = Round()
                for rate in rates:
                    one.rates.append(await _at(phones, site, system, rate, seconds))
                    if not one.rates[-1].held:
                        break
                found = figures_of(one).as_dict()
                told.add(system, {name: found[name] for name in ("max_cps", "cpu_ms_per_call", "engine_ms_per_call")})
                say(f"sustained, round {round_ + 1}: {system.name} held {found['max_cps']} calls/s")

    return _at_a_site((seats,), serve, told)


def _latency(bounds: Bounds) -> Told:
    seats, rates, seconds = (4, (1.0, 5.0), 2.0) if bounds.quick else (30, LATENCY_RATES, 12.0)
    told = Told(f"INVITE to the seat's INVITE, {seconds:g} s at each rate, {seats} seats, all free")

    async def serve(site: DrainSite, phones: ComparePhones, told: Told) -> None:
        await phones.log_in(seats)
        for round_ in range(bounds.turns(3)):
            found: dict[str, dict[str, float | None]] = {system.name: {} for system in systems(seats)}
            for rate in rates:
                for system in systems(seats):
                    served = await _at(phones, site, system, rate, seconds)
                    figures = figures_of(Round([served]))
                    for name in ("p50", "p95", "p99"):
                        found[system.name][f"{name}_ms_at_{rate:g}"] = getattr(figures, f"connect_{name}_ms")
                    found[system.name][f"failed_at_{rate:g}"] = served.failed
                say(f"latency, round {round_ + 1}: {rate:g} calls/s done")
            for system in systems(seats):
                told.add(system, found[system.name])

    return _at_a_site((seats,), serve, told)


def _drain(bounds: Bounds) -> Told:
    waiting, seats = (20, 4) if bounds.quick else (300, 60)
    told = Told(f"drain of {waiting} waiting by {seats} seats, talks of 2 s, silent callers")

    async def serve(site: DrainSite, phones: ComparePhones, told: Told) -> None:
        await phones.log_in(seats)
        phones.by_hand()
        for round_ in range(bounds.turns(3)):
            for system in with_a_line(seats):
                drained = await phones.drain(system.drained_number, waiting, seats, MediaMode.NONE)
                told.add(system, drained.as_dict())
                say(f"drain, round {round_ + 1}: {system.name} took {drained.total_s:.1f} s")

    return _at_a_site((seats,), serve, told)


def _long(bounds: Bounds) -> Told:
    how = LongLine(4, 20, 8.0, 4.0) if bounds.quick else LongLine(20, 300, 600.0)
    if bounds.minutes is not None:
        how = LongLine(how.seats, how.waiting, bounds.minutes * 60, how.rate)
    told = Told(f"{how.rate:g} calls/s for {how.seconds / 60:g} min with {how.waiting} waiting, {how.seats} seats")

    async def serve(site: DrainSite, phones: ComparePhones, told: Told) -> None:
        await phones.log_in(how.seats)
        for round_ in range(bounds.turns(1)):
            for system in with_a_line(how.seats):
                told.add(system, await long_turn(phones, site, system, how))
                say(f"long, round {round_ + 1}: {system.name} is through")

    return _at_a_site((how.seats,), serve, told)


def _peak(bounds: Bounds) -> Told:
    minutes = bounds.minutes or (0.2 if bounds.quick else 10.0)
    day = peak_day(minutes, bounds.rate or 8.0)
    told = Told(
        f"peak day of {day.of_the_day} calls on {SEATS} seats, {day.faster:.1f} times faster, each hour cut to "
        f"{minutes * 60 / 24:.1f} s, talks of {TALK_S / day.faster:.1f} s: {len(day.guests)} calls in {minutes:g} min"
    )

    async def serve(site: DrainSite, phones: ComparePhones, told: Told) -> None:
        await phones.log_in(SEATS)
        for round_ in range(bounds.turns(1)):
            for system in with_a_line(SEATS):
                told.add(system, await peak_turn(phones, site, system, day))
                say(f"peak, round {round_ + 1}: {system.name} is through its day")

    return _at_a_site((SEATS,), serve, told)


def _memory(bounds: Bounds) -> Told:
    talking, waiting = (4, 20) if bounds.quick else (60, 300)
    told = Told(f"memory: {talking} talk, then {waiting} wait; each system with an Asterisk and engine of its own")
    for round_ in range(bounds.turns(2)):
        for place in range(3):

            async def serve(site: DrainSite, phones: ComparePhones, told: Told, place: int = place) -> None:
                system = systems(talking)[place]
                await phones.log_in(1 if system.name == DIAL else talking)
                told.add(system, await memory_turn(phones, site, system, talking, waiting))

            _at_a_site((talking,), serve, told)
            say(f"memory, round {round_ + 1}: {systems(talking)[place].name} is measured")
    return told


def _soak(bounds: Bounds) -> Told:
    calls, seats = bounds.calls or (100 if bounds.quick else 10_000), 4 if bounds.quick else 30
    told = Told(f"soak: {calls} calls of ours at 10/s, {seats} seats")

    async def serve(site: DrainSite, phones: ComparePhones, told: Told) -> None:
        await phones.log_in(seats)
        ours = systems(seats)[0]
        for _ in range(bounds.turns(1)):
            told.add(ours, await soak_turn(phones, site, ours, calls, say))

    return _at_a_site((seats,), serve, told)


async def _at(phones: ComparePhones, site: DrainSite, system: System, rate: float, seconds: float) -> Any:
    return await phones.at_rate(
        system.number, rate, max(round(rate * seconds), 2), lambda: system.cpu(site), one_seat=system.name == DIAL
    )  # fmt: skip


def _at_a_site(sizes: tuple[int, ...], serve: Serve, told: Told) -> Told:
    """Run a hotline with ``app_queue`` beside it, and have all served. Raises ``BenchmarkFailed``."""
    with tempfile.TemporaryDirectory(prefix="compare-") as folder, drain_site(Path(folder)) as site:
        site.add_app_queue(sizes)
        run_loop(_with_phones(site, serve, told))
    return told


async def _with_phones(site: DrainSite, serve: Serve, told: Told) -> None:
    async with ComparePhones(site, MediaMode.FULL) as phones:
        await serve(site, phones, told)
        told.late_ms = max(told.late_ms, phones.late_ms)


PARTS: dict[str, Part] = {
    "sustained": Part(
        "highest rate with at most 0.1 % failures, and CPU per call", _sustained,
        (("max_cps", "ratio_least", 0.95), ("cpu_ms_per_call", "ratio_most", 1.15)),
    ),
    "latency": Part(
        "INVITE to the seat's INVITE at 1, 5, 10 and 20 calls/s", _latency,
        tuple((f"p95_ms_at_{rate:g}", "ratio_most", 1.0) for rate in LATENCY_RATES),
    ),
    "drain": Part(
        "300 waiting are drained by 60 seats", _drain, (("idle_gap_p95_ms", "below_in_every_round", 1.0),)
    ),
    "long": Part(
        "10 calls/s for 10 minutes with 300 waiting", _long,
        (("failed", "most", 0), ("out_of_order", "most", 0), ("idle_gap_p95_ms", "below_in_every_round", 1.0)),
    ),
    "peak": Part(
        "the peak day of 16,000 calls on 60 seats, compressed", _peak,
        (("failed_share", "most", 0.001), ("cpu_ms_per_call", "ratio_most", 1.15)),
    ),
    "memory": Part("memory for each waiting and each talking call", _memory),
    "soak": Part("the engine's memory over 10,000 calls", _soak, (("engine_mb_per_1000", "most", FLAT_MB_PER_1000),)),
}  # fmt: skip
"""All parts, by name."""

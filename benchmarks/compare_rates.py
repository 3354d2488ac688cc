"""Parts that place calls at rates: the highest that holds, latency, and the way through a menu."""

import math
from dataclasses import dataclass

from benchmarks.compare_doubts import cut_off_at, limited_by_itself, not_all_held
from benchmarks.compare_figures import CPU, Served, cpu_parts, latencies, shared_turns
from benchmarks.compare_part import Bounds, Told, at_a_site
from benchmarks.compare_phones import TALK_S, ComparePhones
from benchmarks.compare_search import Found, Search, highest
from benchmarks.compare_spread import Turn
from benchmarks.compare_systems import DIAL, System, systems
from benchmarks.drain_site import DrainSite
from benchmarks.progress import say

LATENCY_RATES = (1.0, 5.0, 10.0, 20.0)
MENU_RATES = (5.0, 10.0)
SEARCH = Search(
    (5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0, 80.0, 100.0, 125.0, 150.0, 200.0), coarse_s=6.0, calls=1000
)
TALKS_S = 20.0
"""So long people talk in ``talks``: on a hotline it is some minutes, but each needs a telephone of ours meanwhile."""
_TALKS_AT_ONCE, _TALKS_FOR_S = 45, 60.0
_SPARE_SEATS = 15
QUICK_SEARCH = Search((2.0, 4.0), coarse_s=2.0, calls=8, most_turns=2)


def sustained(bounds: Bounds) -> Told:
    """Return the highest rate that each holds, through the menu where there is one, and CPU at the rates of all."""
    seats, search = (4, QUICK_SEARCH) if bounds.quick else (30, SEARCH)
    told = Told(
        f"sustained rate: up to {search.coarse[-1]:g} calls/s, {search.coarse_s:g} s a step, then halved to "
        f"{search.step:g} call/s by turns of {search.calls} calls; {seats} seats; through a menu (bare Dial: none)"
    )
    found: dict[str, list[Found]] = {}

    async def serve(site: DrainSite, phones: ComparePhones, told: Told) -> None:
        await phones.log_in(seats)
        for round_ in range(bounds.turns(3)):
            for system in systems(seats):

                async def at(rate: float, calls: int, system: System = system) -> Served:
                    served = await _at(phones, site, system, rate, calls, menu=True)
                    say(f"sustained: {system.name}: {rate:g} calls/s, {served.failed} of {calls} failed")
                    return served

                what = f"sustained, round {round_ + 1}"
                with told.turn(system, what, keeps_place=False):
                    one = await highest(at, search)
                    found.setdefault(system.name, []).append(one)
                    say(f"{what}: {system.name} held {one.max_cps} calls/s{' or more' if one.or_more else ''}")

    at_a_site((seats,), serve, told)
    tell_found(told, found, search)
    return told


def tell_found(told: Told, found: dict[str, list[Found]], search: Search) -> None:
    """Put what was found into ``told``. CPU is of those coarse steps that all held in every round: the same calls."""
    shared = shared_turns([one.coarse for ones in found.values() for one in ones])
    rates = ", ".join(f"{rate:g}" for rate, _ in sorted(shared))
    told.notes.append(f"CPU per call is of the same calls for all: those at {rates} calls/s")
    if not shared:
        first = search.coarse[0]
        shared = {(first, search.coarse_calls(first))}
        told.notes[-1] = f"no step was held by all: CPU per call is of {first:g} calls/s"
        told.more_doubts += not_all_held(list(found), first, CPU)
    for name, ones in found.items():
        for one in ones:
            told.turns.setdefault(name, []).append(_sustained_turn(one, shared))
            if one.stopped_by is not None:
                told.more_doubts += limited_by_itself(name, one.stopped_by.late_ms)
            for served in (*one.coarse, *one.deciding):
                told.more_doubts += cut_off_at(name, ("max_cps", *CPU), served.rate, served.unfinished)
        if any(one.or_more for one in ones):
            told.notes.append(f"{name}: {search.coarse[-1]:g} calls/s or more: the highest that is tried held")
        if any(one.max_cps is not None and not one.proven for one in ones):
            told.notes.append(f"{name}: max_cps has held for {search.coarse_s:g} s only: there were too few turns")


def _sustained_turn(one: Found, shared: set[tuple[float, int]]) -> Turn:
    same = [served for served in one.coarse if served.key in shared]
    return {
        "max_cps": one.max_cps,
        "max_cps_or_more": float(one.or_more),
        **cpu_parts(same),
        "calls_tried": sum(served.calls for served in (*one.coarse, *one.deciding)),
    }


def latency(bounds: Bounds) -> Told:
    """Return how long it takes from the caller's INVITE to the seat's, at several rates, without a menu."""
    seats, rates, seconds = (4, (1.0, 5.0), 2.0) if bounds.quick else (30, LATENCY_RATES, 12.0)
    told = Told(f"INVITE to the seat's INVITE, no menu, {seconds:g} s at each rate, {seats} seats, all free")
    return at_a_site((seats,), _AtRates(bounds.turns(3), rates, seconds, seats, menu=False), told)


def menu(bounds: Bounds) -> Told:
    """Return how long it takes from the key in the menu to the seat's INVITE, at several rates, and the CPU."""
    seats, rates, seconds = (4, (5.0,), 2.0) if bounds.quick else (30, MENU_RATES, 30.0)
    told = Told(
        f"menu: from the end of the digit to the seat's INVITE, {seconds:g} s at each rate, {seats} seats, all free"
    )
    told.notes.append("the bare Dial has no menu: its CPU is the floor, and nothing is pressed")
    return at_a_site((seats,), _AtRates(bounds.turns(3), rates, seconds, seats, menu=True), told)


def talks(bounds: Bounds) -> Told:
    """Return the CPU per call where people talk, with audio both ways, as long as is wanted."""
    talk_s = bounds.talk_s or (0.5 if bounds.quick else TALKS_S)
    rate = 4.0 if bounds.quick else min(_TALKS_AT_ONCE / talk_s, MENU_RATES[0])
    calls = max(round(rate * (2.0 if bounds.quick else _TALKS_FOR_S)), 2)
    seats = math.ceil(rate * talk_s) + _SPARE_SEATS
    told = Told(
        f"talks of {talk_s:g} s: {calls} calls at {rate:g} calls/s, {seats} seats; through a menu (bare Dial: none)"
    )

    async def serve(site: DrainSite, phones: ComparePhones, told: Told) -> None:
        await phones.log_in(seats)
        for round_ in range(bounds.turns(2)):
            for system in systems(seats):
                with told.turn(system, f"talks, round {round_ + 1}"):
                    served = await _at(phones, site, system, rate, calls, menu=True, talk_s=talk_s)
                    told.add(system, {"failed": float(served.failed), **cpu_parts([served])})
                    told.was_late(system, ("failed",), served.late_ms)
                    told.more_doubts += cut_off_at(system.name, ("failed", *CPU), rate, served.unfinished)
                    say(f"talks, round {round_ + 1}: {system.name} is measured")

    return at_a_site((seats,), serve, told)


@dataclass(frozen=True, slots=True)
class _AtRates:
    """Lets all serve the same calls at each rate, in turn."""

    rounds: int
    rates: tuple[float, ...]
    seconds: float
    seats: int
    menu: bool

    async def __call__(self, site: DrainSite, phones: ComparePhones, told: Told) -> None:
        await phones.log_in(self.seats)
        for round_ in range(self.rounds):
            what = f"{'menu' if self.menu else 'latency'}, round {round_ + 1}"
            found: dict[str, dict[str, float | None]] = {system.name: {} for system in systems(self.seats)}
            try:
                for rate in self.rates:
                    for system in systems(self.seats):
                        calls = max(round(rate * self.seconds), 2)
                        with told.turn(system, f"{what}: {rate:g} calls/s", keeps_place=False):
                            served = await _at(phones, site, system, rate, calls, menu=self.menu)
                            found[system.name] |= self._figures(system, served, told)
                    say(f"{what}: {rate:g} calls/s done")
            finally:  # also when somebody ends it
                for system in systems(self.seats):
                    told.add(system, found[system.name])

    def _figures(self, system: System, served: Served, told: Told) -> dict[str, float | None]:
        at = f"at_{served.rate:g}"
        figures: dict[str, float | None] = {f"failed_{at}": served.failed}
        if self.menu:
            figures |= {f"{name}_{at}": value for name, value in cpu_parts([served]).items()}
            if not system.menu_number:
                return figures
        names = [f"{'menu_' if self.menu else ''}{name}_ms_{at}" for name in ("p50", "p95", "p99")]
        told.was_late(system, names, served.late_ms)
        told.more_doubts += cut_off_at(system.name, tuple(names), served.rate, served.unfinished)
        return dict(zip(names, latencies([served]), strict=True)) | figures


async def _at(
    phones: ComparePhones, site: DrainSite, system: System, rate: float, calls: int, *, menu: bool,
    talk_s: float = TALK_S,
) -> Served:  # fmt: skip
    """Serve calls, through the menu if it is wanted and this one has it."""
    through = menu and bool(system.menu_number)
    return await phones.at_rate(
        system.menu_number if through else system.number, rate, calls, lambda: system.cpu(site),
        one_seat=system.name == DIAL, menu=through, talk_s=talk_s,
    )  # fmt: skip

"""The comparison itself: all three take turns on one hotline, several rounds."""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import compare_doubts as doubting
from benchmarks.compare_doubts import Doubt, Late, doubts_of, limited_by_itself, not_all_held
from benchmarks.compare_figures import (
    CPU,
    Figures,
    Round,
    Served,
    TurnKey,
    figures_of,
    medians_of,
    ratios,
    shared_turns,
)
from benchmarks.compare_hurry import Deadline
from benchmarks.compare_menu import add_app_queue, flow_text
from benchmarks.compare_phones import ComparePhones
from benchmarks.compare_spread import Goal, Turn
from benchmarks.compare_spread import as_dict as spread_dict
from benchmarks.compare_systems import APP_QUEUE, DIAL, DOES, HOTLINE, System, systems
from benchmarks.drain_figures import Drained
from benchmarks.drain_phones import TALK_S
from benchmarks.drain_site import BenchmarkFailed, DrainSite, drain_site
from benchmarks.machine import machine
from simulator.media.stream import MediaMode

GOALS: tuple[Goal, ...] = (
    ("max_cps", "ratio_least", 0.95),
    ("cpu_ms_per_call", "ratio_most", 1.15),
    ("connect_p95_ms", "ratio_most", 1.0),
    ("menu_p95_ms", "ratio_most", 1.0),
    ("menu_cpu_ms_per_call", "ratio_most", 1.15),
    ("idle_gap_p95_ms", "below_in_every_round", 1.0),
)
"""What ours is to reach beside ``app_queue``."""
_READY_S, _STOPS_S = 180.0, 30.0
_SETTLES_S = 2.0  # of a turn at a rate: its last callers hear goodbye
_DRAIN_SETTLES_S = 4.0  # the same, and a line that builds up
_LOG_IN_S, _START_S = 3.0, 9.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done."""

    rounds: int
    seats: int
    rates: tuple[float, ...]  # calls a second, rising
    menu_rates: tuple[float, ...]  # the same through a menu
    seconds: float  # at each rate
    waiting: int  # callers of the drain
    drained_by: int  # seats
    talk_s: float = TALK_S  # of the drain
    measured_s: float | None = None  # since the process began: then all turns must be over; None: there is time
    ends_s: float | None = None  # and then the process ends, whatever it is doing

    def calls(self, rate: float) -> int:
        """Return how many calls come at a rate."""
        return max(round(rate * self.seconds), 2)

    def turn_s(self, rate: float) -> float:
        """Return how long a turn at a rate usually takes."""
        return self.calls(rate) / rate + _SETTLES_S

    def drain_s(self) -> float:
        """Return how long a drain usually takes."""
        return _DRAIN_SETTLES_S + self.talk_s * (1 + self.waiting / self.drained_by)

    def takes_s(self) -> float:
        """Return how long it all usually takes, the start and logging in included."""
        each = sum(map(self.turn_s, self.rates))
        menus = sum(map(self.turn_s, self.menu_rates))
        return _START_S + _LOG_IN_S + self.rounds * (2 * self.drain_s() + 3 * each + 2 * menus)

    def ready_s(self) -> float:
        """Return how long the hotline may take to come up."""
        return _READY_S if self.measured_s is None else 0.6 * self.measured_s

    def stops_s(self) -> float:
        """Return how long the hotline may take to end."""
        return _STOPS_S if self.ends_s is None or self.measured_s is None else (self.ends_s - self.measured_s) / 2


FULL = Plan(
    rounds=3, seats=30, rates=(1, 5, 10, 15, 20, 25, 30, 40), menu_rates=(5, 10), seconds=8, waiting=40, drained_by=5
)
QUICK = Plan(
    rounds=1, seats=4, rates=(5, 10), menu_rates=(5,), seconds=1.0, waiting=4, drained_by=4, talk_s=1.0, measured_s=50,
    ends_s=57,
)  # fmt: skip


@dataclass(slots=True)
class Comparison:
    """All rounds of all systems, also while it goes on."""

    plan: Plan
    began: float  # monotonic, of the process
    rounds: dict[str, list[Round]] = field(default_factory=dict)
    late_ms: float = 0.0
    late: list[Late] = field(default_factory=list)
    deadline: Deadline = field(init=False)

    def __post_init__(self) -> None:
        self.deadline = Deadline(self.began, self.plan.measured_s)
        self.rounds = {system.name: [Round() for _ in range(self.plan.rounds)] for system in self.systems()}

    def systems(self) -> list[System]:
        """Return those that are compared."""
        return systems(self.plan.seats, self.plan.drained_by)

    async def run(self, site: DrainSite) -> None:
        """Let them take turns. Drains come first: ours takes whoever is logged in, so only its seats are then."""
        async with ComparePhones(site, MediaMode.FULL) as phones:
            try:
                if await self._log_in(phones, self.plan.drained_by):
                    for place in range(self.plan.rounds):
                        await self._drains(phones, place)
                    if await self._log_in(phones, self.plan.seats):
                        for place in range(self.plan.rounds):
                            await self._round(phones, site, place)
            finally:
                self.late_ms = phones.late_ms

    async def _log_in(self, phones: ComparePhones, seats: int) -> bool:
        async def logged_in() -> bool:
            await phones.log_in(seats)
            return True

        self.say(f"{seats} seats log in")
        return await self.deadline.within(f"logging in {seats} seats, and all after it", 0.0, logged_in) or False

    async def _drains(self, phones: ComparePhones, place: int) -> None:
        for system in self.systems():
            if not system.drained_number:
                continue

            async def drain(number: str = system.drained_number) -> Drained:
                return await phones.drain(
                    number, self.plan.waiting, self.plan.drained_by, MediaMode.FULL, self.plan.talk_s
                )

            phones.begin_turn()
            what = f"drain, {system.name}, round {place + 1}"
            try:
                self.rounds[system.name][place].drained = await self.deadline.within(what, self.plan.drain_s(), drain)
            except BenchmarkFailed as error:  # the others' figures are worth having all the same
                self.deadline.cut.append(f"{what}: {error}")
            self.late.append(Late(system.name, ("drain_s", "idle_gap_p95_ms"), phones.turn_late_ms))
            self.say(what)

    async def _round(self, phones: ComparePhones, site: DrainSite, place: int) -> None:
        """The first rate for all, the menus, and then the other rates for those that have held so far."""
        first, rest = self.plan.rates[:1], self.plan.rates[1:]
        for rates, menu in ((first, False), (self.plan.menu_rates, True), (rest, False)):
            for rate in rates:
                await self._at_rate(phones, site, place, rate, menu=menu)
        phones.by_hand()
        for system in self.systems():
            self.rounds[system.name][place].rss_mb = sum(system.rss_mb(site))

    async def _at_rate(self, phones: ComparePhones, site: DrainSite, place: int, rate: float, *, menu: bool) -> None:
        """Let all serve calls at a rate, or nobody: what only some had time for cannot be compared."""
        what = f"{rate:g} calls/s{' through the menu' if menu else ''}, round {place + 1}"
        having = [system for system in self.systems() if self._has_turn(system, place, menu=menu)]
        if not self.deadline.fits(what, len(having) * self.plan.turn_s(rate)):
            return
        for system in having:

            async def serve(system: System = system) -> Served:
                return await phones.at_rate(
                    system.menu_number if menu else system.number, rate, self.plan.calls(rate),
                    lambda: system.cpu(site), one_seat=system.name == DIAL, menu=menu,
                )  # fmt: skip

            served = await self.deadline.within(f"{what}: all, for want of {system.name}", 0.0, serve)
            if served is None:
                for rounds in self.rounds.values():
                    rounds[place].forget(rate, menu=menu)
                return
            self.rounds[system.name][place].of(menu=menu).append(served)
        self.say(what)

    def _has_turn(self, system: System, place: int, *, menu: bool) -> bool:
        """Tell whether a system has the menu, or has held all rates so far."""
        if menu:
            return bool(system.menu_number)
        rates = self.rounds[system.name][place].rates
        return not rates or rates[-1].held

    @property
    def measured(self) -> bool:
        """Whether there is anything to tell."""
        return any(one.rates or one.menu or one.drained for rounds in self.rounds.values() for one in rounds)

    def say(self, line: str) -> None:
        """Tell how far it is, on standard error."""
        print(f"{time.monotonic() - self.began:5.0f} s  {line}", file=sys.stderr, flush=True)

    # -- what came of it -------------------------------------------------------------------------------------------

    def shared(self) -> set[TurnKey]:
        """Return the turns that all held in every round; where there are none, the first, which all were given."""
        held = shared_turns(one.rates for rounds in self.rounds.values() for one in rounds)
        return held or {(self.plan.rates[0], self.plan.calls(self.plan.rates[0]))}

    def turns(self) -> dict[str, list[Figures]]:
        """Return the figures of each round."""
        shared = self.shared()
        menus = [one.menu for name, rounds in self.rounds.items() if name != DIAL for one in rounds]
        menu = shared_turns(menus) or {(rate, self.plan.calls(rate)) for rate in self.plan.menu_rates[:1]}
        return {name: [figures_of(one, shared, menu) for one in rounds] for name, rounds in self.rounds.items()}

    def rows(self) -> dict[str, list[Turn]]:
        """Return them as they are told."""
        return {name: [one.as_dict() for one in turns] for name, turns in self.turns().items()}

    def doubts(self) -> list[Doubt]:
        """Return which figures are in doubt."""
        shared, late, found = self.shared(), list(self.late), list[Doubt]()
        for name, rounds in self.rounds.items():
            for one in rounds:
                late += [Late(name, doubting.CONNECT, served.late_ms) for served in one.rates if served.key in shared]
                late += [Late(name, doubting.MENU, served.late_ms) for served in one.menu]
                if one.rates and not one.rates[-1].held:
                    found += limited_by_itself(name, one.rates[-1].late_ms)
        if not shared_turns(one.rates for rounds in self.rounds.values() for one in rounds):
            figures = (*doubting.CONNECT, *CPU)
            found += not_all_held(list(self.rounds), self.plan.rates[0], figures)
        return doubts_of(late) + found

    def notes(self) -> list[str]:
        """Return what is to be known beside the figures."""
        rates = ", ".join(f"{rate:g}" for rate, _ in sorted(self.shared()))
        told = [f"connect and CPU are of the same calls for all, without a menu: those at {rates} calls/s"]
        most = self.plan.rates[-1]
        told += [
            f"{name}: {most:g} calls/s or more: the highest that is tried held"
            for name, rounds in self.rounds.items()
            if any(one.rates and one.rates[-1].rate == most and one.rates[-1].held for one in rounds)
        ]
        return told + [f"cut, for want of time: {what}" for what in self.deadline.cut]

    def as_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        turns = self.turns()
        told = {name: medians_of(rounds) for name, rounds in turns.items()}
        rounds = spread_dict(self.rows(), GOALS)
        return {
            **{name: figures.as_dict() for name, figures in told.items()},
            "ratios": {
                "to_app_queue": ratios(told[HOTLINE], told[APP_QUEUE]), "to_dial": ratios(told[HOTLINE], told[DIAL]),
            },
            **{name: rounds[name] for name in ("spread", "goals", "turns")},
            "doubts": [doubt.as_dict() for doubt in self.doubts()],
            "notes": self.notes(),
            "cut": list(self.deadline.cut),
            "does": DOES,
            "rounds": self.plan.rounds,
            "seats": self.plan.seats,
            "rates": self.plan.rates,
            "menu_rates": self.plan.menu_rates,
            "simulator_late_ms_p99": round(self.late_ms, 1),
            "seconds": round(time.monotonic() - self.began, 1),
            "machine": machine(),
        }  # fmt: skip


@contextmanager
def compared_site(plan: Plan) -> Iterator[DrainSite]:
    """Run a hotline of its own, with ``app_queue`` beside it. Raises ``BenchmarkFailed``."""
    with (
        tempfile.TemporaryDirectory(prefix="compare-") as folder,
        drain_site(Path(folder), flow_text(), ready_s=plan.ready_s(), stops_s=plan.stops_s()) as site,
    ):
        add_app_queue(site, tuple(sorted({plan.drained_by, plan.seats})))
        yield site

"""Ours, ``app_queue`` and a bare Dial on the same Asterisk with the same seats and callers, in turn, several rounds.

For each: the highest of the tried rates at which at most one call in a thousand fails (``max_cps``), CPU per call
(Asterisk's, and for ours the engine's, which is told apart too), from the caller's INVITE to the seat's
(``connect_*_ms``), how fast a waiting line is drained, how long a seat is idle between two calls, and memory
(Asterisk's, and for ours the engine's). A seat answers at once and hangs up after 0.1 s. What each does for a caller is
printed too (``DOES``). Told are medians, and the least and most of all rounds. ``--quick`` has one round of small
turns, in less than a minute: it shows that all works, and measures little. Longer comparisons are parts of their own.

    python -m benchmarks.compare [--quick] [--json] [--rounds 3] [--only PART] [--everything]
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.compare_figures import Figures, Round, figures_of, medians_of, ratios
from benchmarks.compare_parts import PARTS, Bounds
from benchmarks.compare_phones import ComparePhones
from benchmarks.compare_spread import Goal, Turn, lines
from benchmarks.compare_spread import as_dict as spread_dict
from benchmarks.compare_systems import APP_QUEUE, DIAL, DOES, HOTLINE, System, systems
from benchmarks.drain_site import BenchmarkFailed, DrainSite, drain_site
from benchmarks.machine import machine
from hotline.cli.load import run_loop
from simulator.media.stream import MediaMode

GOALS: tuple[Goal, ...] = (
    ("max_cps", "ratio_least", 0.95),
    ("cpu_ms_per_call", "ratio_most", 1.15),
    ("connect_p95_ms", "ratio_most", 1.0),
    ("idle_gap_p95_ms", "below_in_every_round", 1.0),
)
"""What ours is to reach beside ``app_queue``."""
MOST = 100_000
"""No option may be more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done."""

    rounds: int
    seats: int
    rates: tuple[float, ...]  # calls a second, rising
    seconds: float  # at each rate
    waiting: int  # callers of the drain
    drained_by: int  # seats
    hurry_after_s: float = float("inf")  # from the beginning: then each has the first rate only


FULL = Plan(rounds=3, seats=30, rates=(1, 5, 10, 15, 20, 25, 30, 40), seconds=8, waiting=40, drained_by=5)
QUICK = Plan(rounds=1, seats=4, rates=(5, 10), seconds=1.0, waiting=4, drained_by=4, hurry_after_s=38)


@dataclass(slots=True)
class Comparison:
    """All rounds of all systems."""

    site: DrainSite
    plan: Plan
    began: float  # monotonic
    rounds: dict[str, list[Round]] = field(default_factory=dict)

    def systems(self) -> list[System]:
        """Return those that are compared."""
        return systems(self.plan.seats, self.plan.drained_by)

    async def run(self, phones: ComparePhones) -> None:
        """Let them take turns. Drains come first: ours takes whoever is logged in, so only its seats are then."""
        turns = {system.name: [Round() for _ in range(self.plan.rounds)] for system in self.systems()}
        self.rounds = turns
        self.say("the hotline is up")
        await phones.log_in(self.plan.drained_by)
        self.say("seats are logged in")
        for place in range(self.plan.rounds):
            for system in self.systems():
                if system.drained_number:
                    turns[system.name][place].drained = await phones.drain(
                        system.drained_number, self.plan.waiting, self.plan.drained_by, MediaMode.FULL
                    )
                    self.say(f"round {place + 1}: {system.name} has drained its line")
        await phones.log_in(self.plan.seats)
        for place in range(self.plan.rounds):
            for system in self.systems():
                await self._rates(phones, system, turns[system.name][place])
                self.say(f"round {place + 1}: {system.name} has served its calls")

    async def _rates(self, phones: ComparePhones, system: System, turn: Round) -> None:
        for rate in self.plan.rates:
            if turn.rates and time.monotonic() - self.began > self.plan.hurry_after_s:
                break
            served = await phones.at_rate(
                system.number, rate, max(round(rate * self.plan.seconds), 2), lambda: system.cpu(self.site),
                one_seat=system.name == DIAL,
            )  # fmt: skip
            turn.rates.append(served)
            if not served.held:
                break
        phones.by_hand()
        turn.rss_mb = sum(system.rss_mb(self.site))

    def say(self, line: str) -> None:
        """Tell how far it is, on standard error."""
        print(f"{time.monotonic() - self.began:5.0f} s  {line}", file=sys.stderr, flush=True)

    def figures(self) -> dict[str, Figures]:
        """Return the medians."""
        return {name: medians_of(rounds) for name, rounds in self.rounds.items()}

    def turns(self) -> dict[str, list[Turn]]:
        """Return the figures of each round."""
        return {name: [figures_of(one).as_dict() for one in rounds] for name, rounds in self.rounds.items()}


async def measure(site: DrainSite, plan: Plan, began: float) -> tuple[Comparison, float]:
    """Return all rounds of all, and how late the simulator itself was (milliseconds, p99)."""
    comparison = Comparison(site, plan, began)
    async with ComparePhones(site, MediaMode.FULL) as phones:
        await comparison.run(phones)
        return comparison, phones.late_ms


def as_dict(comparison: Comparison, plan: Plan, late_ms: float, seconds: float) -> dict[str, Any]:
    """Return everything for JSON."""
    told = comparison.figures()
    ours = told[HOTLINE]
    rounds = spread_dict(comparison.turns(), GOALS)
    return {
        **{name: figures.as_dict() for name, figures in told.items()},
        "ratios": {"to_app_queue": ratios(ours, told[APP_QUEUE]), "to_dial": ratios(ours, told[DIAL])},
        **{name: rounds[name] for name in ("spread", "goals", "turns")},
        "does": DOES,
        "rounds": plan.rounds,
        "seats": plan.seats,
        "rates": plan.rates,
        "simulator_late_ms_p99": round(late_ms, 1),
        "seconds": round(seconds, 1),
        "machine": machine(),
    }


def _end_on_sigterm(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Measure and print."""
    options = _options()
    signal.signal(signal.SIGTERM, _end_on_sigterm)
    bounds = Bounds(options.rounds, options.minutes, options.rate, options.calls, options.quick)
    try:
        if options.everything:
            return max(_whole(options.quick, options.rounds, as_json=False), _parts(list(PARTS), bounds, as_json=False))
        if options.only:
            return _parts(options.only, bounds, as_json=options.json)
        return _whole(options.quick, options.rounds, as_json=options.json)
    except BenchmarkFailed as error:
        print(f"benchmarks.compare: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.compare", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="parts:\n" + "\n".join(f"  {name:<10} {part.about}" for name, part in PARTS.items()),
    )  # fmt: skip
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--quick", action="store_true", help="one small round, in less than a minute (peak and memory: two)"
    )
    parser.add_argument("--rounds", type=_at_least(int, 1), help="of each system (usual: 3; of some parts fewer)")
    parser.add_argument("--only", action="append", choices=list(PARTS), help="this part alone (repeatable)")
    parser.add_argument("--everything", action="store_true", help="the comparison, and then all parts")
    parser.add_argument("--minutes", type=_at_least(float, 0.1), help="long and peak: of each turn (usual: 10)")
    parser.add_argument("--rate", type=_at_least(float, 0.5), help="peak: calls/s in the busiest hour (usual: 8)")
    parser.add_argument("--calls", type=_at_least(int, 10), help="soak: so many (usual: 10000)")
    return parser.parse_args()


def _at_least(kind: type[int] | type[float], least: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = kind(text)
        if not least <= value <= MOST:
            raise argparse.ArgumentTypeError(f"{text}: write {least:g} to {MOST:g}")
        return value

    return read


def _whole(quick: bool, rounds: int | None, *, as_json: bool) -> int:
    plan = QUICK if quick else replace(FULL, rounds=rounds or FULL.rounds)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="compare-") as folder, drain_site(Path(folder)) as site:
        site.add_app_queue(tuple(sorted({plan.drained_by, plan.seats})))
        comparison, late_ms = run_loop(measure(site, plan, began))
    if as_json:
        print(json.dumps(as_dict(comparison, plan, late_ms, time.monotonic() - began), indent=1))
    else:
        done = [f"{name}: {what}" for name, what in DOES.items()]
        title = f"{plan.rounds} rounds, {plan.seats} seats, {plan.waiting} drained by {plan.drained_by}"
        table = lines(title, comparison.turns(), GOALS)
        print("\n".join([*table, *done, f"simulator late: {late_ms:.1f} ms (p99)", machine()]), flush=True)
    return 0


def _parts(names: Sequence[str], bounds: Bounds, *, as_json: bool) -> int:
    """Measure parts one after the other; one that cannot be measured does not keep the others from it."""
    found: dict[str, Any] = {}
    failed = 0
    for name in names:
        part, began = PARTS[name], time.monotonic()
        try:
            told = part.measure(bounds)
        except BenchmarkFailed as error:
            print(f"benchmarks.compare: {name}: {error}", file=sys.stderr)
            failed = 1
            continue
        seconds = time.monotonic() - began
        if as_json:
            found[name] = {
                "title": told.title, **spread_dict(told.turns, part.goals), "seconds": round(seconds, 1),
                "simulator_late_ms_p99": round(told.late_ms, 1),
            }  # fmt: skip
            continue
        late = f"simulator late: {told.late_ms:.1f} ms (p99); took {seconds:.0f} s"
        print("\n".join(["", *lines(f"{name}: {told.title}", told.turns, part.goals), late]), flush=True)
    print(json.dumps({**found, "does": DOES, "machine": machine()}, indent=1) if as_json else f"\n{machine()}")
    return failed


if __name__ == "__main__":
    sys.exit(main())

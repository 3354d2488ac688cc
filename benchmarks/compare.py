"""Ours, ``app_queue`` and a bare Dial on the same Asterisk with the same seats and callers, in turn, several rounds.

For each: the highest of the tried rates at which at most one call in a thousand fails (``max_cps``), CPU per call
(Asterisk's, and for ours the engine's, which is told apart too), from the caller's INVITE to the seat's
(``connect_*_ms``), how fast a waiting line is drained, how long a seat is idle between two calls, and memory
(Asterisk's, and for ours the engine's). A seat answers at once and hangs up after 0.1 s. What each does for a caller is
printed too (``DOES``). Told are medians. ``--quick`` has one round of small turns, in less than a minute: it shows that
all works, and measures little.

    python -m benchmarks.compare [--quick] [--json] [--rounds 3]
"""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.compare_figures import Figures, Round, lines, medians_of, ratios
from benchmarks.compare_phones import ComparePhones
from benchmarks.drain_site import BARE, OURS, BenchmarkFailed, DrainSite, drain_site, queue_number
from benchmarks.machine import machine
from simulator.media.stream import MediaMode

HOTLINE, APP_QUEUE, DIAL = "hotline", "app_queue", "dial"
DOES = {
    HOTLINE: "routes by skill, records in stereo, measures, hashes and files the recording, says goodbye (2 s), "
    "keeps journal, call record, ticket and outbox in a database, logs four lines",
    APP_QUEUE: "routes to who was called longest ago, records both mixed in a file, says goodbye (2 s), keeps nothing",
    DIAL: "rings one phone, and nothing else",
}
"""What is done for each caller in this benchmark."""


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


@dataclass(frozen=True, slots=True)
class System:
    """One of those that are compared."""

    name: str
    number: str  # that leads to all seats
    drained_number: str  # that leads to those of the drain; "" where there is no line
    parts: int  # of (Asterisk, engine) that work for it


@dataclass(slots=True)
class Comparison:
    """All rounds of all systems."""

    site: DrainSite
    plan: Plan
    began: float  # monotonic
    rounds: dict[str, list[Round]] = field(default_factory=dict)

    def systems(self) -> list[System]:
        """Return those that are compared."""
        return [
            System(HOTLINE, OURS, OURS, 2),
            System(APP_QUEUE, queue_number(self.plan.seats), queue_number(self.plan.drained_by), 1),
            System(DIAL, BARE, "", 1),
        ]

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
        def cpu() -> tuple[float, float]:
            asterisk_s, engine_s = self.site.cpu_parts()
            return asterisk_s, engine_s if system.parts > 1 else 0.0

        for rate in self.plan.rates:
            if turn.rates and time.monotonic() - self.began > self.plan.hurry_after_s:
                break
            served = await phones.at_rate(
                system.number, rate, max(round(rate * self.plan.seconds), 2), cpu, one_seat=system.name == DIAL
            )  # fmt: skip
            turn.rates.append(served)
            if not served.held:
                break
        phones.by_hand()
        turn.rss_mb = sum(self.site.rss_mb_parts()[: system.parts])

    def say(self, line: str) -> None:
        """Tell how far it is, on standard error."""
        print(f"{time.monotonic() - self.began:5.0f} s  {line}", file=sys.stderr, flush=True)

    def figures(self) -> dict[str, Figures]:
        """Return the medians."""
        return {name: medians_of(rounds) for name, rounds in self.rounds.items()}


async def measure(site: DrainSite, plan: Plan, began: float) -> tuple[dict[str, Figures], float]:
    """Return the figures of all, and how late the simulator itself was (milliseconds, p99)."""
    comparison = Comparison(site, plan, began)
    async with ComparePhones(site, MediaMode.FULL) as phones:
        await comparison.run(phones)
        return comparison.figures(), phones.late_ms


def as_dict(told: dict[str, Figures], plan: Plan, late_ms: float, seconds: float) -> dict[str, Any]:
    """Return everything for JSON."""
    ours = told[HOTLINE]
    return {
        **{name: figures.as_dict() for name, figures in told.items()},
        "ratios": {"to_app_queue": ratios(ours, told[APP_QUEUE]), "to_dial": ratios(ours, told[DIAL])},
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
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="one small round, in less than a minute")
    parser.add_argument("--rounds", type=int, default=FULL.rounds, help="without --quick")
    options = parser.parse_args()
    plan = QUICK if options.quick else Plan(
        max(options.rounds, 1), FULL.seats, FULL.rates, FULL.seconds, FULL.waiting, FULL.drained_by
    )  # fmt: skip
    signal.signal(signal.SIGTERM, _end_on_sigterm)
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="compare-") as folder, drain_site(Path(folder)) as site:
            site.add_app_queue(tuple(sorted({plan.drained_by, plan.seats})))
            told, late_ms = asyncio.run(measure(site, plan, began))
    except BenchmarkFailed as error:
        print(f"benchmarks.compare: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if options.json:
        print(json.dumps(as_dict(told, plan, late_ms, time.monotonic() - began), indent=1))
    else:
        done = [f"{name}: {what}" for name, what in DOES.items()]
        print("\n".join([*lines(told), *done, f"simulator late: {late_ms:.1f} ms (p99)", machine()]))
    return 0


if __name__ == "__main__":
    sys.exit(main())

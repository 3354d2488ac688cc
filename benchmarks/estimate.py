"""How good the expected wait is that callers are told, in virtual time, beside app_queue's rule.

Steady loads above what the seats can carry, so that there is a line, and callers who give up after a while; handling
times exponential, and lognormal of the same mean, as real ones are. Each caller who comes into the line and is answered
counts: the estimate on coming in against the wait that came of it. app_queue's rule (``app_queue.c``: a running mean of
the last waits, three parts old and one part new, whatever the place) gets the same callers.

    python -m benchmarks.estimate [--json] [--seats 60] [--hours 20]

``mape`` is the mean of |estimate - wait| / wait over callers who waited 10 s or more (a wait of a tenth of a second
makes any percentage); ``weighted`` is the sum of |estimate - wait| over the sum of waits, of all. Chance alone sets a
floor: the wait at place k is the sum of k random steps, so that even the true mean misses it by about 80 % / sqrt(k).
"""

import argparse
import json
import math
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from acd.router import CallId, Router
from benchmarks.machine import machine
from simulator.virtual.plan import Agent, Arrival
from simulator.virtual.run import simulate

_AHT_S, _PATIENCE_S, _WARM_UP_S = 300.0, 180.0, 3600.0
_LOADS = (1.15, 1.3, 1.5)  # of what the seats carry: those who give up keep the line from growing for ever
_SIGMA = 0.8  # of the lognormal handling times: a coefficient of variation of 0.95


@dataclass(slots=True)
class Guesses:
    """Estimates of one rule against what came of them."""

    pairs: list[tuple[float, float]] = field(default_factory=list)  # estimate, wait

    def errors(self) -> dict[str, float]:
        """Return both kinds of error, as shares."""
        long = [(guess, wait) for guess, wait in self.pairs if wait >= 10]
        return {
            "mape": round(sum(abs(guess - wait) / wait for guess, wait in long) / len(long), 3),
            "weighted": round(
                sum(abs(guess - wait) for guess, wait in self.pairs) / sum(wait for _, wait in self.pairs), 3
            ),
        }


class Watch:
    """Asks the router as each caller comes in, and compares when that caller is answered."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._open: dict[str, tuple[float, float, float]] = {}  # came at, ours, app_queue's
        self._hold_s = 0.0
        self._came: dict[str, float] = {}
        self.ours, self.app_queue = Guesses(), Guesses()
        self.places: list[int] = []

    def told(self, now: float, what: str, call: str, agent: str) -> None:
        """Hear an event of the run."""
        del agent
        match what:
            case "arrives":
                self._came[call] = now
            case "waits":
                ours = self._router.expected_wait(CallId(call), now)
                if ours is not None and now > _WARM_UP_S:
                    self._open[call] = now, ours, self._hold_s
                    self.places.append(self._router.place_of(CallId(call)) or 0)
            case "talks":
                waited = now - self._came.pop(call)
                self._hold_s = (3 * self._hold_s + waited) / 4
                if call in self._open:
                    _, ours, theirs = self._open.pop(call)
                    self.ours.pairs.append((ours, waited))
                    self.app_queue.pairs.append((theirs, waited))
            case "gives up":
                self._came.pop(call, None)
                self._open.pop(call, None)
            case _:
                pass


def arrivals(seats: int, load: float, seed: int, *, lognormal: bool) -> Iterator[Arrival]:
    """Yield Poisson callers without end."""
    chance = random.Random(seed)
    rate, at = load * seats / _AHT_S, 0.0
    while True:
        at += chance.expovariate(rate)
        mu = math.log(_AHT_S) - _SIGMA**2 / 2
        handling = chance.lognormvariate(mu, _SIGMA) if lognormal else chance.expovariate(1 / _AHT_S)
        yield Arrival(at, handling, chance.expovariate(1 / _PATIENCE_S))


def measured(seats: int, load: float, hours: float, *, lognormal: bool) -> dict[str, Any]:
    """Return the errors of one run."""
    router = Router()
    watch = Watch(router)
    agents = [Agent(f"seat-{number:03d}") for number in range(seats)]
    until = _WARM_UP_S + hours * 3600
    callers = arrivals(seats, load, 7, lognormal=lognormal)
    simulate(callers, agents, (_WARM_UP_S, until), told=watch.told, router=router)
    return {
        "load": load,
        "handling": "lognormal" if lognormal else "exponential",
        "ours": watch.ours.errors(),
        "app_queue": watch.app_queue.errors(),
        "callers": len(watch.ours.pairs),
        "mean_wait_s": round(sum(wait for _, wait in watch.ours.pairs) / len(watch.ours.pairs), 1),
        "mean_place": round(sum(watch.places) / len(watch.places), 1),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.estimate", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seats", type=int, default=60)
    parser.add_argument("--hours", type=float, default=20)
    options = parser.parse_args()
    runs = [
        measured(options.seats, load, options.hours, lognormal=lognormal)
        for load in _LOADS
        for lognormal in (False, True)
    ]
    if options.json:
        print(json.dumps({"runs": runs, "seats": options.seats, "machine": machine()}, indent=1))
        return 0
    print(f"{options.seats} seats, mean handling {_AHT_S:g} s, mean patience {_PATIENCE_S:g} s")
    for run in runs:
        callers = f"{run['callers']} callers, mean wait {run['mean_wait_s']} s, mean place {run['mean_place']}"
        print(f"\nload {run['load']:g}, {run['handling']}: {callers}")
        for rule in ("ours", "app_queue"):
            errors = run[rule]
            print(f"  {rule:<10} MAPE {100 * errors['mape']:6.1f} %   weighted {100 * errors['weighted']:6.1f} %")
    print(f"\n{machine()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

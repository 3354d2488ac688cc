"""How good the expected wait is that callers are told, in virtual time, beside app_queue's rule.

Steady loads above what the seats can carry, so that there is a line, and callers who give up after a while; handling
times exponential, and lognormal of the same mean, as real ones are. Each caller who comes into the line and is answered
counts: the estimate on coming in against the wait that came of it. app_queue's rule (``app_queue.c``: a running mean of
the last waits, three parts old and one part new, whatever the place) gets the same callers.

    python -m benchmarks.estimate [--json] [--seats 60] [--hours 20]

``mape`` is the mean of |estimate - wait| / wait over callers who waited 10 s or more (a wait of a tenth of a second
makes any percentage); ``weighted`` is the sum of |estimate - wait| over the sum of waits, of all. ``all`` takes the
callers of all loads together.

Chance alone sets a floor: the wait at place k is the sum of k random steps, so that even the true mean misses it by
about 80 % / sqrt(k). ``floor`` is the least error that any rule could have had that knows the place, the load and all
that was to come, but not each caller's own luck: for each place, the one figure that fits the waits of these very
callers best.
"""

import argparse
import json
import math
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from acd.router import CallId, Router
from benchmarks.machine import machine
from simulator.virtual.plan import Agent, Arrival
from simulator.virtual.run import simulate

_AHT_S, _PATIENCE_S, _WARM_UP_S = 300.0, 180.0, 3600.0
_LONG_S = 10.0  # waits that count for a percentage
_LOADS = (1.15, 1.3, 1.5)  # of what the seats carry: those who give up keep the line from growing for ever
_SIGMA = 0.8  # of the lognormal handling times: a coefficient of variation of 0.95


@dataclass(frozen=True, slots=True)
class Served:
    """A caller who was told something, and answered. Times are seconds."""

    load: tuple[float, bool]  # which run
    place: int
    ours: float
    app_queue: float
    waited: float


def errors(pairs: Iterable[tuple[float, float]]) -> dict[str, float]:
    """Return both kinds of error of (estimate, wait), as shares."""
    pairs = list(pairs)
    long = [(guess, wait) for guess, wait in pairs if wait >= _LONG_S]
    return {
        "mape": round(sum(abs(guess - wait) / wait for guess, wait in long) / len(long), 3),
        "weighted": round(sum(abs(guess - wait) for guess, wait in pairs) / sum(wait for _, wait in pairs), 3),
    }


def with_hindsight(served: Iterable[Served]) -> Iterator[tuple[float, float]]:
    """Yield (estimate, wait) of the rule that has the least MAPE of all which know the run and the place."""
    by_place: dict[object, list[float]] = defaultdict(list)
    for caller in served:
        by_place[caller.load, caller.place].append(caller.waited)
    for waits in by_place.values():
        guess = _best(sorted(wait for wait in waits if wait >= _LONG_S))
        yield from ((guess, wait) for wait in waits)


def _best(waits: list[float]) -> float:
    """Return what has the least mean of |guess - wait| / wait: the median, each wait weighing 1 / wait."""
    half, weight = sum(1 / wait for wait in waits) / 2, 0.0
    for wait in waits:
        weight += 1 / wait
        if weight >= half:
            return wait
    return _LONG_S


class Watch:
    """Asks the router as each caller comes in, and compares when that caller is answered."""

    def __init__(self, router: Router, load: tuple[float, bool]) -> None:
        self._router, self._load = router, load
        self._open: dict[str, tuple[int, float, float]] = {}  # place, ours, app_queue's
        self._hold_s = 0.0
        self._came: dict[str, float] = {}
        self.served: list[Served] = []

    def told(self, now: float, what: str, call: str, agent: str) -> None:
        """Hear an event of the run."""
        del agent
        match what:
            case "arrives":
                self._came[call] = now
            case "waits":
                ours = self._router.expected_wait(CallId(call), now)
                if ours is not None and now > _WARM_UP_S:
                    self._open[call] = self._router.place_of(CallId(call)) or 0, ours, self._hold_s
            case "talks":
                waited = now - self._came.pop(call)
                self._hold_s = (3 * self._hold_s + waited) / 4
                if call in self._open:
                    self.served.append(Served(self._load, *self._open.pop(call), waited))
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


def run(seats: int, load: float, hours: float, *, lognormal: bool) -> list[Served]:
    """Return the callers of one run."""
    router = Router()
    watch = Watch(router, (load, lognormal))
    agents = [Agent(f"seat-{number:03d}") for number in range(seats)]
    until = _WARM_UP_S + hours * 3600
    callers = arrivals(seats, load, 7, lognormal=lognormal)
    simulate(callers, agents, (_WARM_UP_S, until), told=watch.told, router=router)
    return watch.served


def figures(served: list[Served]) -> dict[str, Any]:
    """Return the errors of each rule."""
    return {
        "ours": errors((caller.ours, caller.waited) for caller in served),
        "floor": {"mape": errors(with_hindsight(served))["mape"]},
        "app_queue": errors((caller.app_queue, caller.waited) for caller in served),
        "callers": len(served),
        "mean_wait_s": round(sum(caller.waited for caller in served) / len(served), 1),
        "mean_place": round(sum(caller.place for caller in served) / len(served), 1),
    }


def show(title: str, told: dict[str, Any]) -> None:
    """Print the figures of a run."""
    callers = f"{told['callers']} callers, mean wait {told['mean_wait_s']} s, mean place {told['mean_place']}"
    print(f"\n{title}: {callers}")
    for rule in ("ours", "floor", "app_queue"):
        found = told[rule]
        weighted = f"   weighted {100 * found['weighted']:6.1f} %" if "weighted" in found else ""
        print(f"  {rule:<10} MAPE {100 * found['mape']:6.1f} %{weighted}")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.estimate", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seats", type=int, default=60)
    parser.add_argument("--hours", type=float, default=20)
    options = parser.parse_args()
    everybody: list[Served] = []
    runs = []
    for load, lognormal in ((load, lognormal) for load in _LOADS for lognormal in (False, True)):
        served = run(options.seats, load, options.hours, lognormal=lognormal)
        everybody += served
        runs.append({"load": load, "handling": "lognormal" if lognormal else "exponential", **figures(served)})
    together = figures(everybody)
    if options.json:
        print(json.dumps({"runs": runs, "all": together, "seats": options.seats, "machine": machine()}, indent=1))
        return 0
    print(f"{options.seats} seats, mean handling {_AHT_S:g} s, mean patience {_PATIENCE_S:g} s")
    for told in runs:
        show(f"load {told['load']:g}, {told['handling']}", told)
    show("all together", together)
    print(f"\n{machine()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

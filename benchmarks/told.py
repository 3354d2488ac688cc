"""What callers in line are told of their wait, and how long they then really wait, in virtual time.

The load, the seats and the callers are those of ``benchmarks.estimate``. Each caller is told as a live one is: some
seconds after coming into the line and then again and again, in whole minutes rounded up, and never more than before.
Each announcement counts that says a wait, of callers who are answered: what was told against what was left to wait.

    python -m benchmarks.told [--json] [--seats 60] [--hours 5]

``bias_s`` is the mean of told - real (above zero: told too much); ``error_s`` the mean of |told - real|;
``kept`` the share of promises within which the caller was answered.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from typing import Any

from acd.router import CallId, Router
from benchmarks.estimate import arrivals
from benchmarks.machine import machine
from hotline.waiting_voice import told_minutes
from simulator.virtual.plan import Agent
from simulator.virtual.run import simulate

_WARM_UP_S, _FIRST_S, _EVERY_S = 3600.0, 5.0, 30.0
_LOADS = (1.15, 1.3, 1.5)


@dataclass(slots=True)
class _Waiting:
    next_at: float
    least: int | None = None  # minutes, of those told
    told: list[tuple[float, float]] | None = None  # (when, seconds)


class Watch:
    """Tells everybody who waits, and compares when they are answered."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._waiting: dict[str, _Waiting] = {}
        self.pairs: list[tuple[float, float]] = []  # (told, real), seconds

    def told(self, now: float, what: str, call: str, agent: str) -> None:
        """Hear an event of the run."""
        del agent
        if what == "waits":
            self._waiting[call] = _Waiting(now + _FIRST_S, told=[])
        elif what == "talks" and (one := self._waiting.pop(call, None)) is not None:
            self.pairs += [(said, now - at) for at, said in one.told or () if at > _WARM_UP_S]
        elif what == "gives up":
            self._waiting.pop(call, None)
        for caller, one in self._waiting.items():
            if now >= one.next_at:
                self._tell(caller, one, now)

    def _tell(self, call: str, one: _Waiting, now: float) -> None:
        one.next_at = now + _EVERY_S
        minutes = told_minutes(self._router.expected_wait(CallId(call), now), one.least)
        if minutes is not None and one.told is not None:
            one.least = minutes
            one.told.append((now, minutes * 60.0))


def figures(pairs: list[tuple[float, float]]) -> dict[str, Any]:
    """Return the errors of what was told."""
    count = len(pairs)
    return {
        "told": count,
        "mean_told_s": round(sum(told for told, _ in pairs) / count, 1),
        "mean_real_s": round(sum(real for _, real in pairs) / count, 1),
        "bias_s": round(sum(told - real for told, real in pairs) / count, 1),
        "error_s": round(sum(abs(told - real) for told, real in pairs) / count, 1),
        "kept": round(sum(real <= told for told, real in pairs) / count, 3),
    }


def run(seats: int, load: float, hours: float, *, lognormal: bool) -> list[tuple[float, float]]:
    """Return what was told and what came of it, in one run."""
    router = Router()
    watch = Watch(router)
    agents = [Agent(f"seat-{number:03d}") for number in range(seats)]
    callers = arrivals(seats, load, 7, lognormal=lognormal)
    simulate(callers, agents, (_WARM_UP_S, _WARM_UP_S + hours * 3600), told=watch.told, router=router)
    return watch.pairs


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.told", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seats", type=int, default=60)
    parser.add_argument("--hours", type=float, default=5)
    options = parser.parse_args()
    found = [
        {"load": load, "handling": "lognormal" if lognormal else "exponential",
         **figures(run(options.seats, load, options.hours, lognormal=lognormal))}
        for load in _LOADS for lognormal in (False, True)
    ]  # fmt: skip
    if options.json:
        print(json.dumps({"runs": found, "seats": options.seats, "machine": machine()}, indent=1))
        return 0
    print(
        f"{options.seats} seats; told {_FIRST_S:g} s after coming into the line, then each {_EVERY_S:g} s, in minutes"
    )
    for one in found:
        print(
            f"  load {one['load']:<4g} {one['handling']:<12} {one['told']:6d} told: {one['mean_told_s']:6.1f} s, "
            f"real {one['mean_real_s']:6.1f} s, off by {one['error_s']:5.1f} s (bias {one['bias_s']:+5.1f}), "
            f"kept {one['kept']:.0%}"
        )
    print(f"\n{machine()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

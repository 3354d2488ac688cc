"""The peak day in virtual time: 16,000 calls on 60 seats, through the hotline's own router.

Arrivals follow a city hotline's day (two peaks, quiet nights) and wait as long as it takes; printed is the wall time.

    python -m benchmarks.day [--json] [--calls 16000] [--seats 60]
"""

import argparse
import json
import random
import sys
import time
from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from benchmarks.machine import machine
from simulator.virtual import Agent, Arrival, simulate

# Share of the day's calls in each hour from midnight: what a municipal hotline sees on a busy day.
_BY_HOUR = (8, 6, 5, 4, 4, 6, 14, 32, 70, 92, 90, 74, 52, 62, 80, 84, 78, 66, 48, 40, 34, 26, 16, 9)
_AHT_S = 180.0
_PATIENCE_S = 180.0


def day(calls: int, seed: int) -> Iterator[Arrival]:
    """Yield a day's callers in order."""
    chance = random.Random(f"{seed}/day")
    edges = list(accumulate(_BY_HOUR))
    hours = (bisect(edges, chance.random() * edges[-1]) for _ in range(calls))
    for at in sorted((hour + chance.random()) * 3600 for hour in hours):
        yield Arrival(at, chance.expovariate(1 / _AHT_S), chance.expovariate(1 / _PATIENCE_S))


def measure(calls: int, seats: int) -> dict[str, Any]:
    """Run the day once and return its figures."""
    agents = [Agent(f"seat-{number:03d}") for number in range(seats)]
    began = time.perf_counter()
    figures = simulate(day(calls, 1), agents, (0.0, 86_400.0))
    wall = time.perf_counter() - began
    return {
        "calls": figures.calls,
        "wall_s": round(wall, 3),
        "seats": seats,
        "answered": figures.answered,
        "abandoned": figures.abandoned,
        "service_level_15s": figures.service_level,
        "machine": machine(),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.day", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--calls", type=int, default=16_000)
    parser.add_argument("--seats", type=int, default=60)
    options = parser.parse_args()
    told = measure(options.calls, options.seats)
    if options.json:
        print(json.dumps(told, indent=1))
    else:
        for name, value in told.items():
            print(f"{name:<18} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

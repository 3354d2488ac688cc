"""The router in virtual time does what Erlang's formulas say of a well-run line. The formulas are computed here."""

import math
from statistics import mean, stdev

import pytest

from simulator.virtual import Figures, Plan, arrivals_of, simulate

_RUNS = 8
_T = 4.8  # Student's t for 7 degrees of freedom, 99.8 %; the seeds are fixed, so what agrees once agrees always


def run(plan: Plan) -> Figures:
    return simulate(arrivals_of(plan), plan.agents(), plan.measured)


def erlang_c(calls_per_hour: float, seats: int, aht_s: float, within_s: float) -> tuple[float, float, float]:
    """Service level, ASA and occupancy of M/M/N."""
    load = calls_per_hour / 3600 * aht_s
    blocked = 1.0  # Erlang B, by its recursion
    for n in range(1, seats + 1):
        blocked = load * blocked / (n + load * blocked)
    waits = blocked / (1 - load / seats * (1 - blocked))
    level = 1 - waits * math.exp(-(seats - load) * within_s / aht_s)
    return level, waits * aht_s / (seats - load), load / seats


def erlang_a(calls_per_hour: float, seats: int, aht_s: float, patience_s: float) -> tuple[float, float]:
    """Share of those who give up, and occupancy, of M/M/N+M: from the balance of births and deaths."""
    arrive, serve, leave = calls_per_hour / 3600, 1 / aht_s, 1 / patience_s
    weights = [1.0]
    for n in range(1, seats + 2_000):
        death = min(n, seats) * serve + max(0, n - seats) * leave
        weights.append(weights[-1] * arrive / death)
    total = sum(weights)
    waiting = sum(max(0, n - seats) * weight for n, weight in enumerate(weights)) / total
    busy = sum(min(n, seats) * weight for n, weight in enumerate(weights)) / total
    return leave * waiting / arrive, busy / seats


def agrees(values: list[float], expected: float, floor: float) -> bool:
    """Whether the mean of the runs lies within its confidence bound (never narrower than ``floor``)."""
    bound = max(_T * stdev(values) / math.sqrt(len(values)), floor)
    return abs(mean(values) - expected) <= bound < 25 * floor + 0.25 * abs(expected)


# calls an hour, seats, handling time
WITHOUT_PATIENCE = [
    (20, 3, 300), (40, 5, 240), (90, 10, 300), (60, 10, 420), (200, 20, 300), (140, 20, 400), (300, 30, 300),
    (330, 30, 280), (420, 45, 330), (560, 60, 300), (600, 60, 300), (620, 60, 300),
]  # fmt: skip


@pytest.mark.parametrize(("rate", "seats", "aht"), WITHOUT_PATIENCE)
def test_service_level_asa_and_occupancy_are_erlang_c_s(rate: float, seats: int, aht: float) -> None:
    hours = min(100.0, 9_000 / rate)
    runs = [run(Plan(rate, seats, aht, hours=hours, warm_up_s=7200, seed=seed)) for seed in range(1, _RUNS + 1)]
    level, asa, occupancy = erlang_c(rate, seats, aht, 15)
    assert agrees([f.service_level or 0 for f in runs], level, 0.01)
    assert agrees([f.asa_s or 0 for f in runs], asa, 0.5)
    assert agrees([f.occupancy or 0 for f in runs], occupancy, 0.01)


WITH_PATIENCE = [
    (100, 8, 300, 120), (130, 10, 300, 60), (240, 20, 300, 180), (300, 24, 300, 120), (600, 50, 300, 90),
    (700, 60, 300, 120), (900, 60, 300, 60), (1200, 60, 300, 120),
]  # fmt: skip


@pytest.mark.parametrize(("rate", "seats", "aht", "patience"), WITH_PATIENCE)
def test_those_who_give_up_are_erlang_a_s_share(rate: float, seats: int, aht: float, patience: float) -> None:
    hours = 9_000 / rate
    plans = [Plan(rate, seats, aht, patience, hours=hours, warm_up_s=7200, seed=s) for s in range(1, _RUNS + 1)]
    runs = [run(plan) for plan in plans]
    share, occupancy = erlang_a(rate, seats, aht, patience)
    assert agrees([f.abandoned_share or 0 for f in runs], share, 0.005)
    assert agrees([f.occupancy or 0 for f in runs], occupancy, 0.01)


def test_the_formulas_here_give_the_published_values() -> None:
    assert erlang_c(600, 60, 300, 15) == pytest.approx((0.929, 3.5, 0.833), abs=0.05)
    level, asa, occupancy = erlang_c(650, 60, 300, 15)
    assert (round(level, 3), round(asa, 1), round(occupancy, 3)) == (0.748, 17.3, 0.903)

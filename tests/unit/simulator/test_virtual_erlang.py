"""The router in virtual time does what Erlang's formulas say of a well-run line (``tests/erlang.py``)."""

import math
from statistics import mean, stdev

import pytest
from erlang import erlang_a, erlang_c

from simulator.virtual import Figures, Plan, arrivals_of, simulate

_RUNS = 8
_T = 4.8  # Student's t for 7 degrees of freedom, 99.8 %; the seeds are fixed, so what agrees once agrees always


def run(plan: Plan) -> Figures:
    return simulate(arrivals_of(plan), plan.agents(), plan.measured)


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

"""The router in virtual time does what Erlang's formulas say of a well-run line (``tests/erlang.py``)."""

import math
from statistics import mean, stdev

import pytest
from erlang import erlang_a, erlang_a_answered, erlang_a_waiting, erlang_c

from simulator.virtual import Figures, Plan, arrivals_of, simulate

_RUNS, _RUNS_WITH_PATIENCE = 8, 12
_T = {8: 4.8, 12: 4.03}  # Student's t, 99.8 %; the seeds are fixed, so what agrees once agrees always


def run(plan: Plan) -> Figures:
    return simulate(arrivals_of(plan), plan.agents(), plan.measured)


def agrees(values: list[float], expected: float, floor: float) -> bool:
    """Whether the mean of the runs lies within its confidence bound (never narrower than ``floor``)."""
    bound = max(_T[len(values)] * stdev(values) / math.sqrt(len(values)), floor)
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


# calls an hour, seats, handling time, mean patience
WITH_PATIENCE = [
    (20, 3, 300, 300), (60, 6, 300, 60), (100, 8, 300, 120), (130, 10, 300, 60), (240, 20, 300, 180),
    (300, 24, 300, 120), (420, 45, 330, 240), (600, 50, 300, 90), (640, 55, 300, 240), (700, 60, 300, 120),
    (900, 60, 300, 60), (1200, 60, 300, 120),
]  # fmt: skip


@pytest.mark.parametrize(("rate", "seats", "aht", "patience"), WITH_PATIENCE)
@pytest.mark.parametrize("calls", [5_000, pytest.param(9_000, marks=pytest.mark.soak)])
def test_service_level_asa_occupancy_and_those_who_give_up_are_erlang_a_s(
    rate: float, seats: int, aht: float, patience: float, calls: int
) -> None:
    hours = calls / rate
    plans = [Plan(rate, seats, aht, patience, hours=hours, warm_up_s=7200, seed=s)
             for s in range(1, _RUNS_WITH_PATIENCE + 1)]  # fmt: skip
    runs = [run(plan) for plan in plans]
    share, occupancy = erlang_a(rate, seats, aht, patience)
    level, asa = erlang_a_answered(rate, seats, aht, patience, 15)
    assert agrees([f.abandoned_share or 0 for f in runs], share, 0.005)
    assert agrees([f.occupancy or 0 for f in runs], occupancy, 0.01)
    assert agrees([f.service_level or 0 for f in runs], level, 0.005)
    assert agrees([f.asa_s or 0 for f in runs], asa, 0.1)


def test_the_formulas_here_give_the_published_values() -> None:
    assert erlang_c(600, 60, 300, 15) == pytest.approx((0.929, 3.5, 0.833), abs=0.05)
    level, asa, occupancy = erlang_c(650, 60, 300, 15)
    assert (round(level, 3), round(asa, 1), round(occupancy, 3)) == (0.748, 17.3, 0.903)


def test_the_formulas_of_patience_give_the_published_values() -> None:
    """50 agents, 48 calls a minute of one minute, patience of two minutes: Garnett, Mandelbaum and Reiman 2002."""
    assert erlang_c(2880, 50, 60, 15)[1] == pytest.approx(20.8, abs=0.05)
    share, occupancy = erlang_a(2880, 50, 60, 120)
    assert (round(share, 3), round(occupancy, 2)) == (0.031, 0.93)
    assert erlang_a_waiting(2880, 50, 60, 120)[1] == pytest.approx(3.7, abs=0.05)
    assert erlang_a_answered(2880, 50, 60, 120, 12.5)[0] == pytest.approx(0.9, abs=0.005)  # their 90th percentile


@pytest.mark.parametrize(("rate", "seats", "aht", "patience"), WITH_PATIENCE)
def test_the_formulas_of_patience_agree_with_one_another(rate: float, seats: int, aht: float, patience: float) -> None:
    share, wait_s = erlang_a(rate, seats, aht, patience)[0], erlang_a_waiting(rate, seats, aht, patience)[1]
    level, asa = erlang_a_answered(rate, seats, aht, patience, 3600)
    assert level == pytest.approx(1)  # everybody who is answered at all, is within an hour
    at_once = erlang_a_answered(rate, seats, aht, patience, 0)[0] * (1 - share)
    assert at_once == pytest.approx(1 - erlang_a_waiting(rate, seats, aht, patience)[0])
    assert share * patience == pytest.approx(wait_s)  # each second in line is a chance of 1 / patience to go
    assert asa * (1 - share) < wait_s

"""Next week's callers from those so far, and the seats that they take."""

import math
import random
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reported import SHANGHAI, answered, gives_up

from simulator.virtual import Plan, arrivals_of, simulate
from tickets import Journal, Store
from tickets.staffing import Aim, History, read_history, staffing, trimmed
from tickets.staffing.erlang import erlang_a, seats_needed
from tickets.staffing.forecast import forecast, past_error
from tickets.staffing.history import SLOTS

MONDAY = date(2026, 9, 7)
EIGHT_WEEKS = 56
WEEKDAYS = (1.2, 1.1, 1.05, 1.0, 1.05, 0.8, 0.8)


def lived(days: int, *, noise: float = 0.0, growth: float = 0.0, seed: int = 1) -> History:
    """Days with a morning peak, quieter at weekends."""
    chance = random.Random(seed)
    shape = [1.0 if 16 <= slot < 36 else 0.1 for slot in range(SLOTS)]
    found = [
        [round(100 * (1 + growth * day) * WEEKDAYS[day % 7] * one * chance.uniform(1 - noise, 1 + noise))
         for one in shape]
        for day in range(days)
    ]  # fmt: skip
    return History(MONDAY, found, handling_s=200.0, patience_s=120.0)


# -- Erlang A ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("calls_an_hour", "level", "occupancy"), [(600, 0.929, 0.833), (650, 0.748, 0.903)])
def test_with_endless_patience_it_is_erlang_c(calls_an_hour: float, level: float, occupancy: float) -> None:
    served = erlang_a(calls_an_hour / 3600, 300, 1e7, 60, 15)
    assert (round(served.service_level, 2), round(served.occupancy, 3)) == (round(level, 2), occupancy)
    assert served.abandonment < 1e-5


@pytest.mark.parametrize(("rate", "seats", "aht", "patience"), [(130, 10, 300, 60), (300, 24, 300, 120)])
def test_the_router_in_virtual_time_serves_as_it_says(rate: float, seats: int, aht: float, patience: float) -> None:
    runs = [
        simulate(arrivals_of(plan), plan.agents(), plan.measured, threshold_s=15.0)
        for seed in range(1, 5)
        for plan in [Plan(rate, seats, aht, patience, hours=9_000 / rate, warm_up_s=7200, seed=seed)]
    ]
    served = erlang_a(rate / 3600, aht, patience, seats, 15)
    for name, tolerance in (("occupancy", 0.02), ("service_level", 0.04)):
        mean = sum(getattr(run, name) or 0.0 for run in runs) / len(runs)
        assert mean == pytest.approx(getattr(served, name), abs=tolerance), name
    lost = sum(run.abandoned_share or 0.0 for run in runs) / len(runs)
    assert lost == pytest.approx(served.abandonment, abs=0.015)


RATES = st.floats(0.001, 0.5)
SOME_S = st.floats(20, 1000)


@settings(deadline=None)  # a busy machine is slow now and then
@given(RATES, SOME_S, SOME_S, st.integers(1, 80))
def test_more_seats_serve_better_and_shares_are_shares(rate: float, aht: float, patience: float, seats: int) -> None:
    few, more = erlang_a(rate, aht, patience, seats, 15), erlang_a(rate, aht, patience, seats + 1, 15)
    for served in (few, more):
        assert 0 <= served.service_level <= 1 + 1e-9
        assert -1e-9 <= served.abandonment <= 1
        assert 0 <= served.occupancy <= 1 + 1e-9
    assert more.abandonment <= few.abandonment + 1e-9
    assert more.service_level >= few.service_level - 1e-9
    throughput = rate * (1 - few.abandonment)  # what is served keeps the seats busy
    assert few.occupancy * seats == pytest.approx(throughput * aht, rel=1e-6)


@settings(deadline=None)  # a busy machine is slow now and then
@given(RATES, SOME_S, SOME_S)
def test_the_fewest_seats_that_are_enough_are_taken(rate: float, aht: float, patience: float) -> None:
    aim = Aim(0.8, 15)
    seats = seats_needed(rate, aht, patience, aim=aim)
    served = erlang_a(rate, aht, patience, seats, 15)
    assert served.service_level >= 0.8
    assert served.abandonment <= 0.05
    if seats > 1:
        fewer = erlang_a(rate, aht, patience, seats - 1, 15)
        assert fewer.service_level < 0.8 or fewer.abandonment > 0.05


def test_without_calls_the_least_is_there_and_an_aim_beyond_reach_is_told() -> None:
    assert seats_needed(0, 300, 60, aim=Aim(0.8, 15, least=2)) == 2
    with pytest.raises(ValueError, match="between 0 and 1"):
        seats_needed(0.1, 300, 60, aim=Aim(1.0, 15))
    with pytest.raises(ValueError, match="positive"):
        erlang_a(0.1, 0, 60, 5, 15)


# -- the forecast --------------------------------------------------------------------------------------------------


def test_a_week_like_all_others_is_forecast_as_it_was() -> None:
    history = lived(EIGHT_WEEKS)
    told = forecast(history, 1)
    for day, said in zip(history.days[-7:], told, strict=True):
        assert sum(said) == pytest.approx(sum(day), rel=0.02)
        assert said[20] == pytest.approx(day[20], rel=0.05)
        assert said[2] == pytest.approx(day[2], abs=2)
    assert past_error(history) == pytest.approx(0, abs=0.03)


def test_growth_goes_on_and_weekends_stay_quiet_some_days_ahead_too() -> None:
    history = lived(EIGHT_WEEKS, noise=0.1, growth=0.005)
    real = lived(EIGHT_WEEKS + 10, growth=0.005).days[-7:]
    told = forecast(history, 4)
    assert [sum(day) for day in told] == pytest.approx([sum(day) for day in real], rel=0.12)
    assert (past_error(history) or 1) < 0.15


def test_a_storm_is_not_expected_again_next_week() -> None:
    history = lived(28)
    usual = sum(history.days[21])
    history.days[21] = [3 * one for one in history.days[21]]
    assert sum(forecast(history, 1)[0]) < 1.08 * usual


def test_too_little_history_is_told_and_not_guessed_from() -> None:
    with pytest.raises(ValueError, match="14 are needed"):
        forecast(lived(13), 1)
    assert past_error(lived(20)) is None
    with pytest.raises(ValueError, match="nobody was answered"):
        staffing(History(MONDAY, lived(20).days, None, None), MONDAY + timedelta(days=20), 7, Aim(0.8, 15))


def test_days_without_any_caller_are_no_fault() -> None:
    closed = lived(EIGHT_WEEKS)
    for place, weekday in enumerate(closed.weekdays):
        if weekday == 6:
            closed.days[place] = [0] * SLOTS
    told = forecast(closed, 1)
    assert all(one >= 0 for day in told for one in day)
    assert sum(told[6]) < 0.1 * sum(told[0])


# -- the plan ------------------------------------------------------------------------------------------------------


def test_the_plan_has_seats_for_every_half_hour_that_keep_the_aim() -> None:
    aim = Aim(0.8, 15.0, shrinkage=0.3)
    plan = staffing(lived(EIGHT_WEEKS), MONDAY + timedelta(days=EIGHT_WEEKS), 7, aim)
    assert (plan.first, plan.last, len(plan.slots)) == ("2026-11-02", "2026-11-08", 7 * 48)
    assert all(one.service_level >= 0.8 and one.abandonment <= 0.05 for one in plan.slots)
    assert all(one.people == math.ceil(one.seats / 0.7 - 1e-9) for one in plan.slots)
    times = [(one.day, one.time) for one in plan.slots]
    assert all(before < after for before, after in pairwise(times))
    busy, night = (next(one for one in plan.slots if one.time == at) for at in ("10:00", "03:00"))
    assert busy.calls > 5 * night.calls
    assert busy.seats > night.seats >= 1


async def test_the_history_is_read_by_half_hour_with_handling_time_and_patience(store: Store, journal: Journal) -> None:
    from tickets.reporting import Span, period_of

    day = period_of(Span.DAY, "2026-11-26", 0.0, SHANGHAI)
    at = day.start + 10 * 3600
    for events in (
        answered("c1", at, 10, talks=100, wraps=20), answered("c2", at + 1790, 30, talks=60),
        gives_up("c3", at + 1, 40), answered("c4", at - 86400, 10, talks=80), answered("c5", day.end + 60, 5),
        answered("c6", at, 10, talks=500, queue="english"),
    ):  # fmt: skip
        for event in events:
            journal.append(event)
    await journal.settled()
    history = trimmed(await read_history(store, day.first - timedelta(days=9), 10, SHANGHAI, "general"))
    assert history.first == day.first - timedelta(days=1)
    assert history.totals == [1, 3]
    assert {slot: count for slot, count in enumerate(history.days[1]) if count} == {20: 3}
    assert history.handling_s == pytest.approx((120 + 60 + 80) / 3)
    assert history.patience_s == pytest.approx(10 + 30 + 40 + 10)
    both = await read_history(store, day.first - timedelta(days=9), 10, SHANGHAI)
    assert sum(both.totals) == 5

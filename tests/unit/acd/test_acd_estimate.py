"""What callers are told about their wait is what comes of it, on average."""

import random
from typing import Any

import pytest

from acd.estimate import expected_wait, median_wait
from acd.matching import Need
from acd.router import Router
from acd.waiting import Waiting
from benchmarks.estimate import figures, run
from calls.identity import AgentId, CallId

GENERAL = Need.of({"general": 1})


def test_the_formula_is_the_mean_of_the_process_it_speaks_of() -> None:
    """Ten callers ahead of seats that become free at random, each of whom may give up first: counted, not computed."""
    chance = random.Random(3)
    seats, cycle_s, giving_up = 6, 120.0, 1 / 200
    waits = []
    for _ in range(4_000):
        ahead, now = 10, 0.0
        while True:
            step = chance.expovariate(seats / cycle_s + ahead * giving_up)
            now += step
            if chance.random() < (seats / cycle_s) / (seats / cycle_s + ahead * giving_up) and ahead == 0:
                break
            ahead = max(0, ahead - 1)
        waits.append(now)
    mean_s = sum(waits) / len(waits)
    assert expected_wait(11, seats, cycle_s, giving_up) == pytest.approx(mean_s, rel=0.03)


def test_without_anybody_giving_up_each_place_costs_one_turn_of_a_seat() -> None:
    assert expected_wait(3, 5, 100) == 60
    assert expected_wait(3, 5, 100, 1e-12) == pytest.approx(60)
    assert expected_wait(2.5, 5, 100, 0.0) == 50


def test_under_steady_load_the_estimate_is_near_and_nearer_than_app_queues() -> None:
    told = figures(run(40, 1.5, 4, lognormal=True))
    assert told["ours"]["mape"] < 0.25
    assert told["ours"]["mape"] < 0.8 * told["app_queue"]["mape"]
    assert told["floor"]["mape"] < told["ours"]["mape"] < told["floor"]["mape"] + 0.03


@pytest.mark.parametrize("place", [1, 2, 8, 30])
def test_half_of_the_callers_wait_longer_than_they_are_told(place: int) -> None:
    chance = random.Random(5)
    waits = [sum(chance.expovariate(0.2) for _ in range(place)) for _ in range(4_000)]
    longer = sum(wait > median_wait(place / 0.2, place) for wait in waits) / len(waits)
    assert longer == pytest.approx(0.5, abs=0.025)


def median_of(mean_s: float, place: float) -> Any:
    return pytest.approx(median_wait(mean_s, place), rel=0.01)


def router_with(agents: int, skills: dict[str, int] | None = None) -> Router:
    """Everybody is in a first talk."""
    router = Router()
    for number in range(agents):
        agent = AgentId(f"a{number}")
        router.agent_on_duty(agent, skills or {"general": 1}, 0)
        router.caller_waits(Waiting(CallId(f"first{number}"), "q", GENERAL, 0, 0), 0)
        [offer] = router.agent_available(agent, 0, 0)
        router.offer_rings(offer.offer)  # type: ignore[union-attr]
        router.offer_accepted(offer.offer, 0)  # type: ignore[union-attr]
    return router


def test_the_estimate_learns_how_long_seats_take() -> None:
    router = router_with(2)
    router.caller_waits(Waiting(CallId("c"), "q", GENERAL, 0, 0), 0)
    assert router.expected_wait(CallId("c"), 0) == median_of(90, 1)  # two seats at 180 s, the first guess
    router.caller_leaves(CallId("c"), 0)
    for agent in ("a0", "a1"):
        router.agent_available(AgentId(agent), 60, 60)  # both took 60 s
        router.agent_unavailable(AgentId(agent), 60)
    router = router_with(2)
    router.caller_waits(Waiting(CallId("next"), "q", GENERAL, 0, 0), 0)
    router.caller_waits(Waiting(CallId("c"), "q", GENERAL, 0, 1), 1)
    [offer] = router.agent_available(AgentId("a0"), 60, 60)
    router.offer_rings(offer.offer)  # type: ignore[union-attr]
    router.offer_accepted(offer.offer, 60)  # type: ignore[union-attr]
    assert router.expected_wait(CallId("c"), 60) == median_of(30, 1)


def test_nobody_is_promised_anything_when_nobody_works() -> None:
    router = router_with(1)
    router.caller_waits(Waiting(CallId("c"), "q", GENERAL, 0, 0), 0)
    router.agent_unavailable(AgentId("a0"), 0)
    assert router.expected_wait(CallId("c"), 0) is None
    assert router.expected_wait(CallId("unknown"), 0) is None


def test_a_caller_who_would_be_served_at_once_waits_for_nothing() -> None:
    router = router_with(1)
    router.agent_available(AgentId("a0"), 50, 50)
    assert router.expected_wait_of(Waiting(CallId("c"), "q", GENERAL, 0, 50), 50) == 0


def test_rivals_who_have_other_seats_too_count_in_part() -> None:
    """Of the ten seats that the callers ahead may get, two are ours: each takes a fifth of a turn of ours."""
    router = router_with(2, {"general": 1, "lang.en": 3})
    for number in range(8):
        agent = AgentId(f"plain{number}")
        router.agent_on_duty(agent, {"general": 1}, 0)
    for number in range(5):
        router.caller_waits(Waiting(CallId(f"general{number}"), "q", GENERAL, 0, 0), 0)
    router.caller_waits(Waiting(CallId("c"), "q", Need.of({"lang.en": 3}), 0, 1), 1)
    assert router.place_of(CallId("c")) == 6
    assert router.expected_wait(CallId("c"), 1) == median_of((1 + 5 * 2 / 10) * 90, 2)

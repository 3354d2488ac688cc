"""The search for the highest rate: to a call a second, by enough calls, in bounded time, saying what it knows."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.compare_figures import Served
from benchmarks.compare_part import Told
from benchmarks.compare_rates import SEARCH, tell_found
from benchmarks.compare_search import Found, Search, highest

HOW = Search((5.0, 10.0, 20.0, 40.0), coarse_s=4.0, calls=1000, most_turns=8)


def served(rate: float, calls: int, *, failed: int = 0, late_ms: float = 0.0) -> Served:
    return Served(rate, rate, calls, failed, (10.0,) * (calls - failed), cpu_s=0.01 * calls, late_ms=late_ms)


def search(fails: Callable[[float, int], int], how: Search = HOW, late_ms: float = 0.0) -> tuple[Found, list[Served]]:
    asked: list[Served] = []

    async def serve(rate: float, calls: int) -> Served:
        asked.append(served(rate, calls, failed=fails(rate, calls), late_ms=late_ms))
        return asked[-1]

    return asyncio.run(highest(serve, how)), asked


@given(st.integers(1, 39))
def test_the_highest_rate_is_found_to_one_call_a_second_and_proven_by_a_thousand_calls(limit: int) -> None:
    found, asked = search(lambda rate, calls: calls if rate > limit else 0)
    assert (found.max_cps, found.proven, found.or_more) == (limit, True, False)
    assert any(one.rate == limit and one.calls == 1000 and one.held for one in asked)


def test_a_rate_that_a_thousand_calls_show_to_fail_is_not_told_though_a_short_step_held() -> None:
    found, _ = search(lambda rate, calls: 2 if (rate >= 20 and calls >= 1000) or rate >= 40 else 0)
    assert found.max_cps == 19
    assert found.proven


def test_one_failure_in_a_thousand_is_allowed_and_two_are_not() -> None:
    once, _ = search(lambda _, calls: int(calls >= 1000))
    twice, _ = search(lambda rate, calls: 2 * int(calls >= 1000 and rate > 7))
    assert (once.max_cps, once.or_more) == (40, True)
    assert twice.max_cps == 7


def test_a_single_stumble_in_a_short_step_does_not_cut_the_search_short() -> None:
    stumbles = iter([0, 1])
    found, _ = search(lambda rate, _: next(stumbles, 0) if rate <= 10 else 0)
    assert (found.max_cps, found.or_more) == (40, True)


def test_when_the_highest_that_is_tried_holds_it_is_that_or_more() -> None:
    found, asked = search(lambda *_: 0)
    assert (found.max_cps, found.or_more, found.proven, found.stopped_by) == (40, True, True, None)
    assert asked[-1].calls == 1000


def test_what_holds_nothing_has_no_highest_rate() -> None:
    found, _ = search(lambda _, calls: calls)
    assert (found.max_cps, found.or_more, found.proven) == (None, False, False)


@given(st.integers(0, 60), st.integers(0, 2**32))
def test_however_turns_go_so_many_decide_at_most(limit: int, seed: int) -> None:
    import random

    chance = random.Random(seed)
    found, asked = search(lambda rate, calls: calls if rate > limit or chance.random() < 0.3 else 0, SEARCH)
    assert len(found.deciding) <= SEARCH.most_turns
    assert len(asked) <= 2 * len(SEARCH.coarse) + SEARCH.most_turns
    assert found.max_cps is None or any(one.rate == found.max_cps and one.held for one in asked)


def test_a_usual_search_takes_a_few_minutes() -> None:
    assert SEARCH.calls >= 1000, "one in a thousand could not be told"
    assert SEARCH.most_s(25) < 8 * 60


# -- what is told of it ------------------------------------------------------------------------------------------------


def turns(limit: float, or_more: bool = False, late_ms: float = 0.0) -> Found:
    coarse = [served(rate, HOW.coarse_calls(rate), failed=0 if rate <= limit else 9) for rate in HOW.coarse]
    stopped = None if or_more else served(limit + 1, 1000, failed=9, late_ms=late_ms)
    return Found(coarse, [served(limit, 1000)], stopped, limit, or_more, proven=True)


def test_cpu_is_of_the_steps_that_all_held_and_their_rates_are_named() -> None:
    told = Told("sustained")
    tell_found(told, {"hotline": [turns(10)], "app_queue": [turns(20)], "dial": [turns(40, or_more=True)]}, HOW)
    assert told.notes[0].endswith("those at 5, 10 calls/s")
    assert "dial: 40 calls/s or more: the highest that is tried held" in told.notes
    assert [told.turns[name][0]["max_cps_or_more"] for name in told.turns] == [0, 0, 1]
    assert all(told.turns[name][0]["cpu_ms_per_call"] == pytest.approx(10) for name in told.turns)


def test_a_simulator_that_was_late_where_the_search_ended_puts_the_rate_in_doubt() -> None:
    told = Told("sustained")
    tell_found(told, {"hotline": [turns(10, late_ms=35.0)], "app_queue": [turns(20, late_ms=5.0)]}, HOW)
    assert [(doubt.system, doubt.figures) for doubt in told.doubts()] == [("hotline", ("max_cps",))]
    assert "35 ms late" in str(told.doubts()[0])


def test_when_no_step_was_held_by_all_that_is_said() -> None:
    told = Told("sustained")
    tell_found(told, {"hotline": [turns(0)], "app_queue": [turns(20)]}, HOW)
    assert told.notes[0] == "no step was held by all: CPU per call is of 5 calls/s"
    assert {doubt.system for doubt in told.doubts()} == {"hotline", "app_queue"}

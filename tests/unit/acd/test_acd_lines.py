"""The line's own parts: a sequence that stays sorted, and the first of many lines."""

import random
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.matching import Need
from acd.ordered import Ordered
from acd.router import Router
from acd.waiting import Waiting
from calls.identity import AgentId, CallId


@dataclass(frozen=True)
class Thing:
    key: tuple[float, str]


def as_in_a_list(ordered: Ordered[Thing], kept: list[Thing]) -> None:
    """Compare with a plain list, sorted."""
    kept.sort(key=lambda thing: thing.key)
    assert list(ordered) == kept
    assert ordered.first == (kept[0] if kept else None)
    assert len(ordered) == len(kept)


def test_the_ordered_sequence_equals_a_sorted_list_through_splits_and_removals():
    rng = random.Random(1)
    kept: list[Thing] = []
    ordered: Ordered[Thing] = Ordered()
    for number in rng.sample(range(100_000), 6_000):
        thing = Thing((number // 4 / 8, f"{number:06}"))  # some begin with the same number
        assert ordered.add(thing) is (thing.key < min((other.key for other in kept), default=(9e9, "")))
        kept.append(thing)
    for thing in rng.sample(kept, 5_000):
        assert ordered.remove(thing) is (thing is min(kept, key=lambda other: other.key))
        kept.remove(thing)
    as_in_a_list(ordered, kept)
    keys = [thing.key for thing in kept]
    asked = [(number / 8, word) for number in range(0, 25_001, 249) for word in ("", "050000", "9")] + keys[::50]
    assert [ordered.count_before(key) for key in asked] == [sum(other < key for other in keys) for key in asked]
    with pytest.raises(KeyError):
        ordered.remove(Thing((kept[0].key[0], "none")))


def test_a_long_line_served_from_its_head_stays_sorted_and_those_who_come_back_find_their_place():
    rng = random.Random(2)
    kept: list[Thing] = []
    ordered: Ordered[Thing] = Ordered()
    for number in range(20_000):
        thing = Thing((number - rng.choice((0.0, 0.0, 60.0, 3_000.0)), f"{number:06}"))
        ordered.add(thing)
        kept.append(thing)
        kept.sort(key=lambda each: each.key)
        if number > 2_500:
            head = ordered.first
            assert head is kept[0]
            assert ordered.remove(head)
            kept.pop(0)
            if rng.random() < 0.2:  # nobody answered
                assert ordered.add(head)
                kept.insert(0, head)
        if number % 500 == 0:
            asked = rng.choice(kept)
            assert ordered.count_before(asked.key) == kept.index(asked)
    as_in_a_list(ordered, kept)
    while kept:
        assert ordered.remove(kept.pop(0)), "the first is taken"
    as_in_a_list(ordered, [])


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.integers(0, 99)), max_size=300))
def test_whatever_comes_and_goes_the_sequence_is_a_sorted_list(steps: list[tuple[bool, int, int]]):
    kept: list[Thing] = []
    ordered: Ordered[Thing] = Ordered()
    for step, (comes, number, which) in enumerate(steps):
        if comes or not kept:
            thing = Thing((float(number), f"{step:03}"))
            ordered.add(thing)
            kept.append(thing)
        else:
            kept.sort(key=lambda each: each.key)
            gone = kept.pop(0 if which < 70 else which % len(kept))
            ordered.remove(gone)
            if which % 10 == 0:
                ordered.add(gone)
                kept.append(gone)
        for asked in kept[:3]:
            assert ordered.count_before(asked.key) == sum(other.key < asked.key for other in kept)
    as_in_a_list(ordered, kept)


def test_of_two_who_are_due_at_the_same_moment_the_one_who_came_first_is_served_first():
    router = Router()
    router.agent_on_duty(AgentId("8001"), {"housing": 1, "tax": 1}, 0.0)
    queues = ["tax", "housing", "tax", "housing"]
    for number, skill in enumerate(queues):
        # the last two came later, and wait in a class as much higher: all four are due at once
        since, priority = (0.0, 0) if number < 2 else (60.0, 1)
        caller = Waiting(CallId(f"call{number}"), skill, Need.of({skill: 1}), priority, since)
        assert router.caller_waits(caller, 60.0) == []
    served = []
    for turn in range(4):
        now = 61.0 + turn
        [offer] = router.agent_available(AgentId("8001"), now, now)
        router.offer_rings(offer.offer)
        router.offer_accepted(offer.offer, now)
        served.append(offer.call)
    assert served == ["call0", "call1", "call2", "call3"]


def test_a_thousand_repeat_callers_one_after_the_other_leave_nothing_behind():
    router = Router()
    router.agent_on_duty(AgentId("8001"), {"tax": 1}, 0.0)
    router.agent_on_duty(AgentId("8002"), {"tax": 1}, 0.0)
    for number in range(1_000):
        now = float(number)
        held = Need(Need.of({"tax": 1}).hard, only=AgentId(f"{8001 + number % 2}"))
        router.caller_waits(Waiting(CallId(f"call{number}"), "tax", held, 0, now), now)
        [offer] = router.agent_available(held.only or AgentId(""), now, now)
        assert (offer.call, offer.agent) == (f"call{number}", held.only)
        router.offer_rings(offer.offer)
        router.offer_accepted(offer.offer, now)
    assert router.check() == []
    assert len(router._lines._due) <= 3, "a class that is gone leaves its number to the next"

"""Wrong entries are counted, and forgotten with time."""

import pytest

from calls import ManualClock
from hotline.wrong_tries import WrongTries

KEY = ("door", "13800000001")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1000.0)


@pytest.fixture
def tries(clock: ManualClock) -> WrongTries:
    return WrongTries(clock, 60.0)


def test_wrong_entries_count_for_a_while(tries: WrongTries, clock: ManualClock) -> None:
    tries.count(KEY)
    clock.advance(40)
    tries.count(KEY)
    assert tries.lately(KEY) == 2
    clock.advance(21)
    assert tries.lately(KEY) == 1


def test_what_was_right_is_taken_back_and_leaves_nothing(tries: WrongTries) -> None:
    tries.count(KEY)
    tries.count(KEY)
    tries.forgive(KEY)
    assert tries.lately(KEY) == 1
    tries.forgive(KEY)
    assert (tries.lately(KEY), len(tries)) == (0, 0)


def test_thousands_who_made_none_are_not_remembered(tries: WrongTries) -> None:
    for number in range(10_000):
        assert tries.lately(("door", str(number))) == 0
    assert len(tries) == 0


def test_thousands_of_callers_are_forgotten_when_their_time_is_over(tries: WrongTries, clock: ManualClock) -> None:
    for number in range(10_000):
        tries.count(("door", str(number)))
    clock.advance(61)
    tries.count(KEY)
    assert len(tries) == 1

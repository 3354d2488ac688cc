"""A caller who calls again within a minute keeps the arrival."""

from acd.redial import RedialMemory

NUMBER = "13812345678"


def memory() -> RedialMemory:
    return RedialMemory(b"key")


def test_who_calls_again_within_a_minute_keeps_the_arrival() -> None:
    redial = memory()
    redial.left(NUMBER, since=100.0, now=130.0)
    assert redial.take(NUMBER, now=190.0) == 100.0


def test_later_than_a_minute_is_a_new_call() -> None:
    redial = memory()
    redial.left(NUMBER, since=100.0, now=130.0)
    assert redial.take(NUMBER, now=190.1) is None
    assert len(redial) == 0


def test_the_arrival_counts_once_and_for_that_number_only() -> None:
    redial = memory()
    redial.left(NUMBER, since=100.0, now=130.0)
    assert redial.take("13812345679", now=131.0) is None
    assert redial.take(NUMBER, now=131.0) == 100.0
    assert redial.take(NUMBER, now=131.0) is None


def test_hidden_numbers_are_nobody() -> None:
    redial = memory()
    redial.left("", since=100.0, now=130.0)
    assert redial.take("", now=131.0) is None
    assert len(redial) == 0


def test_hanging_up_again_counts_anew_from_the_second_time() -> None:
    redial = memory()
    redial.left(NUMBER, since=100.0, now=130.0)
    redial.left("13812345679", since=120.0, now=140.0)
    redial.left(NUMBER, since=100.0, now=180.0)
    assert redial.take(NUMBER, now=235.0) == 100.0
    assert redial.take("13812345679", now=235.0) is None


def test_no_number_is_kept_in_clear() -> None:
    redial = memory()
    redial.left(NUMBER, since=100.0, now=130.0)
    assert NUMBER.encode() not in b"".join(redial._left)

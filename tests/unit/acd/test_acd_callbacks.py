"""The callbacks' law: never two for a number, never dialled while the caller is on the line, retried by plan."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.callbacks import (
    LAW,
    OVER,
    TABLE,
    Callback,
    CallbackBook,
    CallbackCause,
    CallbackError,
    CallbackState,
    RetryPlan,
    next_state,
)
from calls import CallId

C, S = CallbackCause, CallbackState
NUMBER = "13812345678"


def callback(number: str = NUMBER, attempts: int = 3, name: str = "b1") -> Callback:
    return Callback(name, number, "general", CallId("c1"), 100.0, 130.0, plan=RetryPlan(attempts, 300.0))


def waiting(book: CallbackBook, one: Callback) -> None:
    book.add(one)
    book.step(one.id, C.CONFIRMED, 131.0)
    book.step(one.id, C.CALLER_LEFT, 132.0)


def dial(book: CallbackBook, name: str, now: float) -> Callback:
    book.step(name, C.AGENT_RESERVED, now)
    return book.step(name, C.DIALLED, now, call=CallId(f"cb-{now:g}"))


def test_the_usual_way_is_asked_confirmed_waiting_reserved_dialling_talking_done() -> None:
    state, way = S.ASKED, [S.ASKED]
    for cause in (C.CONFIRMED, C.CALLER_LEFT, C.AGENT_RESERVED, C.DIALLED, C.ANSWERED, C.TALK_ENDED):
        state = next_state(state, cause)
        way.append(state)
    assert way == [S.ASKED, S.CONFIRMED, S.WAITING, S.RESERVED, S.DIALLING, S.TALKING, S.DONE]


def test_every_state_but_the_first_is_reached_and_nothing_follows_the_last() -> None:
    assert {result for _, _, result in LAW} == set(S) - {S.ASKED}
    assert not [pair for pair in TABLE if pair[0] in OVER]
    assert {cause for cause, _, _ in LAW} == set(C)


def test_a_pair_that_is_not_in_the_table_is_an_error() -> None:
    with pytest.raises(CallbackError, match="waiting cannot change by answered"):
        next_state(S.WAITING, C.ANSWERED)


def test_a_number_has_one_callback_at_a_time() -> None:
    book = CallbackBook()
    book.add(callback())
    with pytest.raises(CallbackError, match="already"):
        book.add(callback(name="b2"))
    book.step("b1", C.NOT_CONFIRMED, 131.0)
    book.add(callback(name="b2"))
    assert book.of_number(NUMBER) is not None


def test_who_is_not_reached_is_tried_again_by_plan_at_the_same_place_and_given_up_after_the_last() -> None:
    book = CallbackBook()
    waiting(book, callback(attempts=2))
    dial(book, "b1", 200.0)
    again = book.not_reached("b1", 230.0)
    assert (again.state, again.attempts, again.not_before, again.since) == (S.WAITING, 1, 530.0, 100.0)
    assert book.due_in("b1", 430.0) == 100.0
    assert book.due_in("b1", 531.0) == 0.0
    dial(book, "b1", 531.0)
    assert book.not_reached("b1", 560.0).state is S.GIVEN_UP
    assert len(book) == 0
    assert book.of_number(NUMBER) is None


def test_who_answers_and_hangs_up_before_an_agent_is_there_is_tried_again() -> None:
    book = CallbackBook()
    waiting(book, callback())
    dial(book, "b1", 200.0)
    book.step("b1", C.ANSWERED, 210.0)
    assert book.not_reached("b1", 215.0).state is S.WAITING


def test_nobody_is_dialled_while_on_the_line() -> None:
    book = CallbackBook()
    waiting(book, callback())
    held = book.hold(NUMBER)
    assert held is not None
    assert held.since == 100.0
    book.step("b1", C.AGENT_RESERVED, 200.0)
    with pytest.raises(CallbackError, match="on the line"):
        book.step("b1", C.DIALLED, 200.0)
    book.release(NUMBER)
    assert book.step("b1", C.DIALLED, 201.0).state is S.DIALLING


def test_a_number_is_held_until_its_last_call_is_over() -> None:
    book = CallbackBook()
    book.hold(NUMBER)
    book.hold(NUMBER)
    book.release(NUMBER)
    assert book.held(NUMBER)
    book.release(NUMBER)
    assert not book.held(NUMBER)


@pytest.mark.parametrize("causes", [(), (C.AGENT_RESERVED,), (C.AGENT_RESERVED, C.DIALLED)])
def test_an_answered_redial_cancels_whatever_has_not_been_answered(causes: tuple[CallbackCause, ...]) -> None:
    book = CallbackBook()
    waiting(book, callback())
    for cause in causes:
        book.step("b1", cause, 200.0)
    assert book.step("b1", C.REDIALLED, 210.0).state is S.CANCELLED
    with pytest.raises(CallbackError, match="no open callback"):
        book.step("b1", C.AGENT_RESERVED, 211.0)


def test_those_that_are_over_are_not_taken_from_the_store() -> None:
    book = CallbackBook([replace(callback(), state=S.DONE), replace(callback(name="b2"), state=S.WAITING)])
    assert [one.id for one in book.all()] == ["b2"]


def test_a_callback_is_found_by_its_own_call() -> None:
    book = CallbackBook()
    waiting(book, callback())
    assert book.of_call(CallId("")) is None
    book.in_line("b1", CallId("cb-1"))
    found = book.of_call(CallId("cb-1"))
    assert found is not None
    assert found.id == "b1"


@given(st.lists(st.sampled_from([*C, "hold", "release", "again"]), max_size=60))
def test_on_no_way_is_a_number_dialled_more_often_than_planned_or_while_it_is_held(happens: list[object]) -> None:
    book = CallbackBook()
    book.add(callback(attempts=2))
    now, dialled = 200.0, 0
    for what in happens:
        now += 1
        try:
            if what == "hold":
                book.hold(NUMBER)
            elif what == "release":
                book.release(NUMBER)
            elif what == "again":
                one = book.get("b1")
                if one is not None and one.state in (S.DIALLING, S.TALKING):
                    book.not_reached("b1", now)
            elif what not in (C.NOT_REACHED, C.LEFT_AGAIN, C.INTERRUPTED):
                held = book.held(NUMBER)
                book.step("b1", CallbackCause(str(what)), now)
                if what is C.DIALLED:
                    assert not held
                    dialled += 1
        except CallbackError:
            continue
        one = book.get("b1")
        assert one is None or one.attempts == dialled
        assert (book.of_number(NUMBER) is None) == (one is None)
    assert dialled <= 2

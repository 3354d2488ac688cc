"""The floor: offers taken and missed, talks and their parts, and what agents dial."""

import pytest
from agents_world import CALL, S1, S2, A, B, S, World, offer

from agents import DeviceState, LoginResult, Result
from agents.journal import from_record, to_record
from agents.states import Cause
from calls import CallId
from calls.line import RingOutcome


def test_offers_missed_until_the_limit_are_a_break_until_ready_again():
    world = World(miss_limit=3).ready()
    assert offer(world, RingOutcome.NO_ANSWER) == (S.READY, "")
    assert offer(world, RingOutcome.DECLINED) == (S.READY, "")
    assert offer(world, RingOutcome.BUSY) == (S.READY, "")  # no fault of the agent: counts for nothing
    assert offer(world, RingOutcome.NO_ANSWER) == (S.BREAK, "missed")
    assert world.floor.standing(A).misses == 3
    world.floor.ready(A)
    assert world.follower.free == {A: world.clock.now()}
    assert offer(world, RingOutcome.NO_ANSWER) == (S.READY, "")


def test_a_call_taken_forgives_the_misses_before():
    world = World(miss_limit=2).ready()
    assert offer(world, RingOutcome.NO_ANSWER) == (S.READY, "")
    world.floor.reserved(A, CALL, "general")
    world.floor.ringing(A, CALL)
    world.follower.free.pop(A)
    world.floor.talking(A, CALL)
    world.floor.talk_ended(A, CALL)
    world.later(15)
    assert offer(world, RingOutcome.NO_ANSWER) == (S.READY, "")
    assert offer(world, RingOutcome.NO_ANSWER) == (S.BREAK, "missed")


def test_declining_counts_as_set():
    world = World(miss_limit=1, declines_count=False).ready()
    assert offer(world, RingOutcome.DECLINED) == (S.READY, "")
    assert offer(world, RingOutcome.NO_ANSWER) == (S.BREAK, "missed")
    world = World(miss_limit=1).ready()
    assert offer(world, RingOutcome.DECLINED) == (S.BREAK, "missed")


def test_wrap_up_is_extended_by_what_the_queue_gives_up_to_a_limit():
    world = World(wrap_up_most_s=40).talking()
    assert world.floor.extend_wrap_up(A) is Result.NOT_NOW
    world.floor.talk_ended(A, CALL)
    world.later(10)
    assert world.floor.extend_wrap_up(A) is Result.DONE
    world.later(19.9)
    assert world.state() is S.WRAP_UP
    assert world.floor.extend_wrap_up(A, 60, by="supervisor li") is Result.DONE
    assert (world.journal.events[-1].cause, world.journal.events[-1].by) == (Cause.WRAP_UP_EXTENDED, "supervisor li")
    world.later(10)
    assert world.state() is S.WRAP_UP
    world.later(0.2)
    assert world.state() is S.READY
    assert world.timeline.events[0].seconds == pytest.approx(40.1)
    assert world.journal.events[-1].by == ""


def test_hold_and_consulting_are_parts_of_a_talk():
    world = World().talking()
    for state in (S.ON_HOLD, S.CONSULTING, S.ON_HOLD, S.TALKING, S.CONSULTING):
        world.floor.in_talk(A, CALL, state)
        assert world.state() is state
        assert world.floor.login(A, S2, "1111") is LoginResult.BUSY_ELSEWHERE
        assert world.floor.logout(A) is Result.AFTER_CALL
    world.floor.in_talk(A, CallId("another"), S.TALKING)
    assert world.state() is S.CONSULTING
    again = world.new_floor()
    again.restore(world.journal.events)
    assert again.standing(A).state is S.TALKING
    world.floor.talk_ended(A, CALL)
    assert world.state() is S.WRAP_UP


def test_nobody_is_offered_while_dialling_out_and_what_was_before_comes_back():
    world = World().ready()
    world.later(5)
    assert world.floor.dials_out(A, CALL)
    assert (world.state(), world.follower.free) == (S.DIALLING, {})
    assert not world.floor.dials_out(A, CALL)
    world.floor.dial_out_ended(A, CallId("another"))
    assert world.state() is S.DIALLING
    world.floor.dial_out_ended(A, CALL)
    assert world.follower.free == {A: 1000.0}
    world.floor.start_break(A, "meal")
    assert world.floor.dials_out(A, CALL)
    world.floor.dial_out_ended(A, CALL)
    assert (world.state(), world.floor.standing(A).reason) == (S.BREAK, "meal")
    assert not world.floor.dials_out(B, CALL)


def test_a_wrap_up_goes_on_after_a_call_that_nobody_answered():
    world = World().talking()
    world.floor.talk_ended(A, CALL)
    world.later(5)
    assert world.floor.dials_out(A, CallId("d"))
    world.later(8)
    world.floor.dial_out_ended(A, CallId("d"))
    assert world.state() is S.WRAP_UP
    world.later(2)
    assert world.state() is S.READY


def test_a_dialled_talk_has_its_wrap_up_and_a_break_is_one_again_after_it():
    world = World(dial_wrap_up_s=7).ready()
    world.floor.start_break(A, "meal")
    world.floor.dials_out(A, CALL)
    world.floor.dial_out_answered(A, CALL)
    assert world.state() is S.TALKING
    world.floor.dial_out_ended(A, CALL)
    assert world.state() is S.WRAP_UP
    world.later(7)
    assert (world.state(), world.floor.standing(A).reason) == (S.BREAK, "meal")


@pytest.mark.parametrize(("wish", "state"), [("logout", None), ("ready", S.READY)])
def test_a_wish_while_dialling_from_a_break_is_done_afterwards(wish, state):
    world = World().ready()
    world.floor.start_break(A, "meal")
    world.floor.dials_out(A, CALL)
    assert getattr(world.floor, wish)(A) is Result.AFTER_CALL
    world.floor.dial_out_ended(A, CALL)
    assert world.state() is state


def test_an_agent_who_dialled_when_the_service_died_is_what_was_before():
    world = World().ready()
    world.floor.dials_out(A, CALL)
    again = world.new_floor()
    again.restore([from_record(to_record(event)) for event in world.journal.events])
    assert again.standing(A).state is S.READY


@pytest.mark.parametrize(
    "outcome", [o for o in RingOutcome if o not in (RingOutcome.ANSWERED, RingOutcome.UNREACHABLE)]
)
def test_refusing_puts_aside_for_a_short_time(outcome):
    world = World(aside_s=10).ringing()
    world.floor.missed(A, CALL, outcome)
    world.later(9)
    assert (world.state(), world.floor.standing(A).reason) == (S.BREAK, "aside")
    world.later(1)
    assert world.state() is S.READY


def test_an_unreachable_phone_is_not_offered_until_it_is_back_or_tried_again():
    world = World(retry_unreachable_s=60).ringing()
    world.floor.missed(A, CALL, RingOutcome.UNREACHABLE)
    assert world.state() is S.UNREACHABLE
    world.floor.seat_device(S1, DeviceState.UNREACHABLE)
    world.later(60)
    assert world.state() is S.UNREACHABLE
    world.floor.seat_device(S1, DeviceState.IDLE)
    assert world.state() is S.READY
    world.floor.reserved(A, CALL, "general")
    world.floor.ringing(A, CALL)
    world.floor.missed(A, CALL, RingOutcome.UNREACHABLE)
    world.later(60)
    assert world.state() is S.READY

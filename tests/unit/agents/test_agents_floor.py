"""The floor: logins, breaks, wrap-up, phones, and coming back after a crash."""

import random

import pytest
from agents_world import CALL, DIRECTORY, S1, S2, A, B, C, Follower, S, World

from agents import AgentState, DeviceState, LoginResult, Result
from agents.journal import from_record, to_record
from agents.states import TABLE, Cause, TransitionError, next_state
from calls import AgentId, CallId, SeatId
from calls.line import RingOutcome
from calls.timeline import WrapUpEnded


def test_login_has_one_clear_result_for_each_case():
    floor = World().floor
    assert floor.login(A, SeatId("9999"), "1111") is LoginResult.UNKNOWN_SEAT
    assert floor.login(A, S1, "0000") is LoginResult.REFUSED
    assert floor.login(AgentId("9"), S1, "") is LoginResult.REFUSED
    assert floor.login(A, S1, "1111") is LoginResult.DONE
    assert floor.login(A, S1, "1111") is LoginResult.DONE
    assert floor.login(B, S1, "2222") is LoginResult.SEAT_TAKEN
    assert floor.login(A, S2, "1111") is LoginResult.MOVED
    assert floor.at_seat(S1) is None
    assert floor.login(B, S1, "2222") is LoginResult.DONE


def test_who_talks_cannot_move_to_another_seat():
    assert World().talking().floor.login(A, S2, "1111") is LoginResult.BUSY_ELSEWHERE


def test_wrong_pins_lock_the_seat_for_a_minute():
    world = World()
    results = [world.floor.login(A, S1, "0000") for _ in range(3)]
    assert results == [LoginResult.REFUSED, LoginResult.REFUSED, LoginResult.LOCKED]
    assert world.floor.login(A, S1, "1111") is LoginResult.LOCKED
    assert world.floor.login(A, S2, "1111") is LoginResult.DONE
    world.clock.advance(61)
    assert world.floor.login(B, S1, "2222") is LoginResult.DONE


def test_logged_in_is_not_ready_yet_but_staffs():
    world = World()
    world.floor.login(A, S1, "1111")
    assert (world.follower.on_duty, world.follower.free) == ({A}, {})
    world.floor.ready(A)
    assert world.follower.free == {A: 1000.0}


def test_a_chosen_break_does_not_staff_unless_set_so():
    for breaks_staff in (False, True):
        world = World(breaks_staff=breaks_staff).ready()
        assert world.floor.start_break(A, "lunch") is Result.UNKNOWN_REASON
        assert world.floor.start_break(A, "meal") is Result.DONE
        assert world.follower.free == {}
        assert (A in world.follower.on_duty) is breaks_staff


@pytest.mark.parametrize(("pause_s", "staffs"), [(None, False), (300.0, True)])
def test_who_is_sent_on_a_break_for_missing_offers_staffs_only_when_that_ends_by_itself(pause_s, staffs):
    world = World(miss_limit=1, missed_pause_s=pause_s).ringing()
    world.floor.missed(A, CALL, RingOutcome.NO_ANSWER)
    assert world.floor.standing(A).reason == "missed"
    assert (A in world.follower.on_duty) is staffs
    if not staffs:
        world.later(3600)
        assert world.floor.ready(A) is Result.DONE
    else:
        world.later(301)
    assert (world.follower.on_duty, set(world.follower.free)) == ({A}, {A})


def test_who_is_put_aside_after_one_miss_goes_on_staffing():
    world = World().ringing()
    world.floor.missed(A, CALL, RingOutcome.NO_ANSWER)
    assert (world.state(), world.floor.standing(A).reason) == (S.BREAK, "aside")
    assert world.follower.on_duty == {A}


def test_wrap_up_ends_by_time_and_is_counted():
    world = World().talking()
    world.floor.talk_ended(A, CALL)
    assert world.state() is S.WRAP_UP
    world.later(14.9)
    assert world.state() is S.WRAP_UP
    world.later(0.1)
    assert world.state() is S.READY
    assert world.timeline.events == [WrapUpEnded(call=CALL, at=1015.0, agent=A, seconds=15.0)]
    assert world.follower.free == {A: 1015.0}


def test_wrap_up_in_which_the_agent_picks_a_caller_up_is_counted_as_long_as_it_lasted():
    world = World().talking()
    world.floor.talk_ended(A, CALL)
    world.later(6)
    assert world.floor.picks_up(A, CallId("parked"), "general")
    assert world.state() is S.TALKING
    assert world.timeline.events == [WrapUpEnded(call=CALL, at=1006.0, agent=A, seconds=6.0)]


def test_wrap_up_ends_early_by_the_agent():
    world = World().talking()
    assert world.floor.end_wrap_up(A) is Result.NOT_NOW
    world.floor.talk_ended(A, CALL)
    world.later(4)
    assert world.floor.end_wrap_up(A) is Result.DONE
    assert world.state() is S.READY
    assert world.timeline.events[0].seconds == 4.0
    world.later(20)
    assert len(world.timeline.events) == 1


@pytest.mark.parametrize(("wish", "state"), [("break", S.BREAK), ("logout", None), ("taken_back", S.READY)])
def test_a_wish_during_a_talk_is_done_after_the_wrap_up(wish, state):
    world = World().talking()
    asked = world.floor.start_break(A, "meal") if wish == "break" else world.floor.logout(A)
    if wish == "taken_back":
        asked = world.floor.ready(A)
    assert asked is Result.AFTER_CALL
    assert world.state() is S.TALKING
    world.floor.talk_ended(A, CALL)
    assert world.state() is S.WRAP_UP
    world.later(15)
    assert world.state() is state
    assert (A in world.follower.free) is (state is S.READY)


def test_a_lost_phone_makes_a_ready_agent_unreachable_and_returns_what_was():
    world = World().ready()
    world.later(100)
    world.floor.seat_device(S1, DeviceState.UNREACHABLE)
    assert (world.state(), world.follower.free) == (S.UNREACHABLE, {})
    world.floor.seat_device(S1, DeviceState.IDLE)
    assert (world.state(), world.follower.free) == (S.READY, {A: 1000.0})
    world.floor.start_break(A, "meal")
    world.floor.seat_device(S1, DeviceState.UNREACHABLE)
    assert world.state() is S.BREAK
    world.floor.ready(A)
    assert world.state() is S.UNREACHABLE


def test_a_lost_phone_does_not_end_a_talk():
    world = World().talking()
    world.floor.seat_device(S1, DeviceState.UNREACHABLE)
    assert world.state() is S.TALKING
    world.floor.talk_ended(A, CALL)
    world.later(15)
    assert world.state() is S.UNREACHABLE


def test_a_withdrawn_offer_costs_no_idle_time():
    world = World().ringing()
    world.later(10)
    world.floor.released(A, CALL)
    assert world.follower.free == {A: 1000.0}


def test_a_floor_restored_from_the_journal_stands_as_before():
    world = World().talking()
    world.floor.login(B, S2, "2222")
    world.floor.start_break(B, "meal")
    world.floor.login(C, SeatId("1003"), "3333")
    world.floor.logout(C)
    again = world.new_floor()
    again.restore([from_record(to_record(event)) for event in world.journal.events])
    follower = Follower()
    again.follow(follower)
    assert again.standings() == world.floor.standings()
    assert again.standing(C) is None
    assert (follower.on_duty, follower.free) == ({A}, {})
    again.talk_ended(A, CALL)
    assert again.standing(A).state is S.WRAP_UP


def test_an_offer_that_died_with_the_service_leaves_the_agent_ready():
    world = World().ringing()
    again = world.new_floor()
    again.restore(world.journal.events)
    assert again.standing(A).state is S.READY


def test_a_wrap_up_that_ran_out_while_the_service_was_dead_is_over_at_once():
    world = World().talking()
    world.floor.talk_ended(A, CALL)
    world.clock.advance(100)
    again = world.new_floor()
    again.restore(world.journal.events)
    again.tick()
    assert again.standing(A).state is S.READY


def test_records_with_wrong_keys_are_refused():
    with pytest.raises(ValueError, match="agent event"):
        from_record({"agent": "1", "cause": "rang", "state": "ready", "pending": "", "nonsense": 1})


def test_what_is_not_in_the_table_is_an_error():
    missing = [(s, c) for s in AgentState for c in Cause if (s, c) not in TABLE]
    assert (S.BREAK, Cause.RESERVED) in missing
    for state, cause in missing:
        with pytest.raises(TransitionError):
            next_state(state, cause)
    assert {s for s, c in TABLE if c is Cause.RESERVED} == {S.READY}


def test_a_long_random_day_never_breaks_the_table_and_the_follower_always_knows():  # noqa: PLR0912 - a case per event
    rng = random.Random(7)
    world = World(miss_limit=1)
    floor, follower = world.floor, world.follower
    people, seats = {A: "1111", B: "2222", C: "3333"}, DIRECTORY.seats.ids()
    for _ in range(20_000):
        agent, seat = rng.choice(list(people)), rng.choice(seats)
        standing = floor.standing(agent)
        state = standing.state if standing else S.LOGGED_OUT
        match rng.choices(range(16), [4, 8, 1, 1, 2, 2, 12, 12, 12, 8, 6, 2, 1, 3, 3, 1])[0]:
            case 0:
                floor.login(agent, seat, people[agent])
            case 1:
                floor.ready(agent)
            case 2:
                floor.start_break(agent, "meal")
            case 3 if rng.random() < 0.3:
                floor.logout(agent)
            case 4:
                floor.end_wrap_up(agent)
            case 5:
                floor.seat_device(seat, rng.choice([*DeviceState, *[DeviceState.IDLE] * 6]))
            case 6 if agent in follower.free:
                del follower.free[agent]
                floor.reserved(agent, CALL, "general")
            case 7 if state is S.RESERVED:
                floor.ringing(agent, CALL)
            case 8 if state is S.RINGING:
                if rng.random() < 0.6:
                    floor.talking(agent, CALL)
                else:
                    floor.missed(agent, CALL, rng.choice([o for o in RingOutcome if o is not RingOutcome.ANSWERED]))
            case 9:
                rng.choice([floor.released, floor.talk_ended])(agent, CALL)
            case 10:
                floor.in_talk(agent, CALL, rng.choice([S.TALKING, S.ON_HOLD, S.CONSULTING]))
            case 11:
                floor.extend_wrap_up(agent)
            case 12:
                floor.dials_out(agent, CALL)
            case 13:
                rng.choice([floor.dial_out_answered, floor.dial_out_ended])(agent, CALL)
            case 14:
                assert (floor.called_in(agent, CALL, "general") is not None) is (state is S.READY)
            case 15:
                resting = state in (S.READY, S.BREAK, S.WRAP_UP, S.UNREACHABLE)
                assert floor.picks_up(agent, CALL, "general") is resting
        world.later(rng.random() * 3)
        idle = {s.agent for s in floor.standings() if s.state is S.READY and floor.device(s.seat) is DeviceState.IDLE}
        assert set(follower.free) == idle
        assert len({s.seat for s in floor.standings()}) == len(floor.standings())
        assert follower.on_duty == {
            s.agent for s in floor.standings() if s.state is not S.BREAK or s.reason in ("login", "aside")
        }
    again = world.new_floor()
    again.restore(world.journal.events)
    assert {s.agent: s.seat for s in again.standings()} == {s.agent: s.seat for s in floor.standings()}
    assert sum(e.cause is Cause.TALK_BEGAN for e in world.journal.events) > 80
    assert {e.cause for e in world.journal.events} == set(Cause) - {Cause.TALK_ADOPTED, Cause.REPAIRED}

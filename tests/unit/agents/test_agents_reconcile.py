"""What the floor believes against what Asterisk says: found only when it is so, and put right."""

from collections.abc import Iterable

import pytest

from agents import AgentState, DeviceState, Floor, MemoryAgentJournal, PinGuard
from agents.loader import parse_directory
from agents.reconcile import Fault, Look, Reconciler, SeatChannel
from calls import AgentId, CallId, ManualClock, SeatId

DIRECTORY = parse_directory(
    """
seats: {first: 1001, last: 1002}
skills: {general: {zh: 综合}}
queues: {general: {zh: 综合, needs: {general: 1}, wrap_up_s: 15}}
breaks: {meal: {number: 1, zh: 用餐}}
people: {2001: {name: 甲, skills: {general: 3}}}
""",
    "directory.yaml",
)
A, SEAT, OTHER, CALL = AgentId("2001"), SeatId("1001"), SeatId("1002"), CallId("c")
S = AgentState
IDLE = {SEAT: DeviceState.IDLE, OTHER: DeviceState.IDLE}


class Follower:
    """Routing as the floor sees it; an offer that it made must be let go before the agent is free again."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def agent_on_duty(self, agent, skills) -> None:
        self.heard.append("on_duty")

    def agent_off_duty(self, agent) -> None:
        self.heard.append("off_duty")

    def agent_available(self, agent, since) -> None:
        self.heard.append(f"available {since:g}")

    def agent_unavailable(self, agent) -> None:
        self.heard.append("unavailable")


class World:
    def __init__(self, state: AgentState = S.READY) -> None:
        self.clock = ManualClock(1000.0)
        self.journal = MemoryAgentJournal()
        self.floor = Floor(DIRECTORY, PinGuard({A: "1111"}), self.clock, self.journal)
        self.follower = Follower()
        self.floor.follow(self.follower)
        self.floor.login(A, SEAT, "1111")
        self.floor.ready(A)
        self.lead_to(state)
        self.follower.heard.clear()
        self.clock.advance(10)

    def lead_to(self, state: AgentState) -> None:
        floor = self.floor
        if state is S.DIALLING:
            floor.dials_out(A, CALL)
        if state in (S.RESERVED, S.RINGING, S.TALKING, S.ON_HOLD, S.CONSULTING):
            floor.reserved(A, CALL, "general")
        if state in (S.RINGING, S.TALKING, S.ON_HOLD, S.CONSULTING):
            floor.ringing(A, CALL)
        if state in (S.TALKING, S.ON_HOLD, S.CONSULTING):
            floor.talking(A, CALL)
            floor.in_talk(A, CALL, state)
        if state is S.BREAK:
            floor.start_break(A, "meal")
        assert self.state is state

    @property
    def state(self) -> AgentState:
        standing = self.floor.standing(A)
        assert standing is not None
        return standing.state

    def faults(self, *channels: SeatChannel, calls: Iterable[CallId] = (CALL,), devices=None) -> list[Fault]:
        look = Look(channels, IDLE if devices is None else devices, set(calls))
        return [wrong.fault for wrong in self.floor.discrepancies(look) if wrong.fault is not Fault.PHONE_DIFFERS]

    def repair(self, *channels: SeatChannel, calls: Iterable[CallId] = (CALL,)) -> None:
        for wrong in self.floor.discrepancies(Look(channels, IDLE, set(calls))):
            assert self.floor.repair(wrong)


RINGS, TALKS = SeatChannel(SEAT, bridged=False), SeatChannel(SEAT, bridged=True)
TALK = (S.TALKING, S.ON_HOLD, S.CONSULTING)


@pytest.mark.parametrize("state", [S.READY, S.BREAK])
def test_who_has_no_call_has_no_fault(state):
    assert World(state).faults(calls=()) == []
    assert World(state).faults(TALKS) == []


@pytest.mark.parametrize("state", [S.RESERVED, S.RINGING, *TALK, S.DIALLING])
def test_what_fits_is_no_fault(state):
    channels = {S.RESERVED: (), S.RINGING: (RINGS,), S.DIALLING: (RINGS,)}.get(state, (TALKS,))
    assert World(state).faults(*channels) == []


@pytest.mark.parametrize(
    ("state", "channels", "calls", "fault"),
    [
        (S.RESERVED, (), (), Fault.OFFER_WITHOUT_CALL),
        (S.RINGING, (RINGS,), (), Fault.OFFER_WITHOUT_CALL),
        (S.RINGING, (), (CALL,), Fault.OFFER_WITHOUT_PHONE),
        (S.DIALLING, (), (CALL,), Fault.DIAL_WITHOUT_PHONE),
        *[(state, (), (CALL,), Fault.TALK_WITHOUT_PHONE) for state in TALK],
        *[(state, (SeatChannel(OTHER, True),), (CALL,), Fault.TALK_WITHOUT_PHONE) for state in TALK],
        *[(state, (RINGS,), (), Fault.TALK_WITHOUT_CALL) for state in TALK],
    ],
)
def test_what_does_not_fit_is_found_and_put_right(state, channels, calls, fault):
    world = World(state)
    assert world.faults(*channels, calls=calls) == [fault]
    world.repair(*channels, calls=calls)
    assert world.state is (S.WRAP_UP if state in TALK else S.READY)
    assert world.faults(*channels, calls=calls) == []


def test_routing_lets_go_of_an_offer_before_the_agent_is_free_again_and_no_idle_time_is_lost():
    world = World(S.RINGING)
    world.repair()
    assert world.follower.heard == ["unavailable", "available 1000"]


def test_an_offer_just_made_is_given_time_and_a_reservation_is_not_kept_for_ever():
    world = World()
    world.lead_to(S.RINGING)
    world.clock.advance(2.9)
    assert world.faults() == []
    world.clock.advance(0.2)
    assert world.faults() == [Fault.OFFER_WITHOUT_PHONE]
    world = World(S.RESERVED)
    world.clock.advance(100)
    assert world.faults() == []
    world.clock.advance(20)
    assert world.faults() == [Fault.OFFER_FORGOTTEN]


def test_a_dialled_talk_that_no_call_stands_for_goes_on_while_it_is_connected():
    world = World(S.DIALLING)
    world.floor.dial_out_answered(A, CALL)
    assert world.faults(TALKS, calls=()) == []


@pytest.mark.parametrize(
    ("seen", "channels", "then"),
    [
        (DeviceState.UNREACHABLE, (), S.UNREACHABLE),
        (DeviceState.IN_USE, (TALKS,), S.READY),
        (DeviceState.IDLE, (TALKS,), S.READY),
    ],
)
def test_a_phone_that_is_not_as_believed_is_not_offered(seen, channels, then):
    world = World()
    look = Look(channels, {**IDLE, SEAT: seen}, set())
    [wrong] = world.floor.discrepancies(look)
    assert wrong.fault is Fault.PHONE_DIFFERS
    assert world.floor.repair(wrong)
    assert world.follower.heard == ["unavailable"]
    assert world.state is then
    assert world.floor.discrepancies(look) == []
    [back] = world.floor.discrepancies(Look((), IDLE, set()))
    world.floor.repair(back)
    assert world.follower.heard == ["unavailable", "available 1000"]


def test_a_phone_that_asterisk_does_not_list_is_left_as_it_is():
    assert World().floor.discrepancies(Look((), {}, set())) == []


def test_only_what_two_looks_in_a_row_found_counts():
    world, reconciler = World(S.TALKING), Reconciler()
    nothing, everything = Look((), IDLE, set()), Look((TALKS,), {**IDLE, SEAT: DeviceState.IDLE}, {CALL})
    found = world.floor.discrepancies(nothing)
    assert reconciler.confirmed(found) == []
    assert reconciler.confirmed(world.floor.discrepancies(nothing)) == found
    assert reconciler.confirmed([w for w in world.floor.discrepancies(everything) if w.agent]) == []
    assert reconciler.confirmed(found) == []
    reconciler.forget()
    assert reconciler.confirmed(found) == []


def test_the_same_fault_in_a_later_talk_is_another_one_and_an_old_finding_repairs_nothing():
    world, reconciler = World(S.TALKING), Reconciler()
    nothing = Look((), IDLE, {CALL})
    [old] = world.floor.discrepancies(nothing)
    reconciler.confirmed([old])
    world.floor.talk_ended(A, CALL)
    world.floor.ready(A)
    world.clock.advance(1)
    world.lead_to(S.TALKING)
    assert reconciler.confirmed(world.floor.discrepancies(nothing)) == []
    assert not world.floor.repair(old)
    assert world.state is S.TALKING


def test_a_phone_that_was_in_the_middle_of_a_change_at_both_looks_is_believed():
    world = World()
    reconciler = Reconciler()
    stale = Look((), {**IDLE, SEAT: DeviceState.IN_USE}, set())  # a code was being dialled as it was read
    assert reconciler.confirmed(world.floor.discrepancies(stale)) == []
    world.floor.seat_device(SEAT, DeviceState.IN_USE)
    world.floor.seat_device(SEAT, DeviceState.IDLE)
    assert reconciler.confirmed(world.floor.discrepancies(stale)) == []
    [wrong] = reconciler.confirmed(world.floor.discrepancies(stale))  # nothing was heard of it since: it differs
    assert (wrong.fault, wrong.seat) == (Fault.PHONE_DIFFERS, SEAT)

"""A supervisor's orders, and what the calls' own events tell of a talk."""

import pytest

from agents import AgentState, Floor, MemoryAgentJournal, PinGuard
from agents.loader import parse_directory
from agents.supervision import OrderError, carry_out, read_order
from agents.talk_watch import TalkWatch
from calls import AgentId, CallId, ManualClock, SeatId
from calls import timeline as t

DIRECTORY = parse_directory(
    """
skills: {general: {zh: 综合}}
queues: {general: {zh: 综合, needs: {general: 1}, wrap_up_s: 15}}
breaks: {meal: {number: 1, zh: 用餐}}
people: {2001: {name: 甲, skills: {general: 3}}, 2002: {name: 乙, skills: {general: 3}}}
""",
    "directory.yaml",
)
A, CALL = AgentId("2001"), CallId("c")


@pytest.fixture
def journal() -> MemoryAgentJournal:
    return MemoryAgentJournal()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1000.0)


@pytest.fixture
def floor(journal, clock) -> Floor:
    made = Floor(DIRECTORY, PinGuard({A: "1111"}), clock, journal)
    made.login(A, SeatId("1001"), "1111")
    made.ready(A)
    return made


def order(floor, act, **more):
    return carry_out(floor, read_order({"agent": "2001", "act": act, "by": "supervisor li", **more}))


def talk(floor):
    floor.reserved(A, CALL, "general")
    floor.ringing(A, CALL)
    floor.talking(A, CALL)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"act": "ready", "by": "li"}, "'agent' is missing"),
        ({"agent": "2001", "act": "ready"}, "who orders it"),
        ({"agent": "2001", "act": "ready", "by": "li\n"}, "who orders it"),
        ({"agent": "2001", "act": "dance", "by": "li"}, "log_out"),
        ({"agent": "2001", "act": "break", "by": "li", "reason": 3}, "'reason' is a text"),
        ({"agent": "2001", "act": "extend_wrap_up", "by": "li"}, "1 to 3600 seconds"),
        ({"agent": "2001", "act": "extend_wrap_up", "by": "li", "seconds": True}, "a number"),
        ({"agent": "2001", "act": "extend_wrap_up", "by": "li", "seconds": float("nan")}, "a number"),
        ({"agent": "2009", "act": "ready", "by": "li"}, "no agent 2009"),
        ({"agent": "2001", "act": "break", "by": "li", "reason": "lunch"}, "there are: meal"),
    ],
)
def test_an_order_without_sense_is_told_what_would_have_some(floor, told, words):
    with pytest.raises(OrderError, match=words):
        carry_out(floor, read_order(told))
    assert floor.standing(A).state is AgentState.READY


def test_orders_are_carried_out_and_kept_with_who_gave_them(floor, journal):
    told = order(floor, "break", reason="meal")
    assert (told["ok"], told["state_before"], told["state"], told["reason"]) == (True, "ready", "break", "meal")
    assert journal.events[-1].by == "supervisor li"
    assert order(floor, "ready")["state"] == "ready"
    assert order(floor, "end_wrap_up")["message"] == "2001 is not in wrap-up"
    assert order(floor, "log_out")["state"] == "logged_out"
    assert [(e.cause.value, e.by) for e in journal.events[-3:]] == [
        ("took_break", "supervisor li"), ("went_ready", "supervisor li"), ("logged_out", "supervisor li"),
    ]  # fmt: skip
    refused = order(floor, "log_out")
    assert (refused["ok"], refused["message"]) == (False, "2001 is not logged in")


def test_an_order_in_a_talk_waits_for_its_end_and_can_be_taken_back(floor, clock):
    talk(floor)
    told = order(floor, "log_out")
    assert (told["ok"], told["result"], told["state"], told["pending"]) == (True, "after_call", "talking", "log_out")
    assert "goes on" in told["message"]
    assert order(floor, "ready")["pending"] == ""
    order(floor, "break", reason="meal")
    floor.talk_ended(A, CALL)
    more = order(floor, "extend_wrap_up", seconds=5)
    assert more["until"] == 1020.0
    clock.advance(16)
    floor.tick()
    assert floor.standing(A).state is AgentState.WRAP_UP
    assert order(floor, "end_wrap_up")["state"] == "break"


def test_an_order_while_a_caller_is_being_offered_says_where_the_caller_goes(floor):
    floor.reserved(A, CALL, "general")
    assert "somebody else" in order(floor, "log_out")["message"]


def test_holds_and_departments_are_seen_in_the_calls_own_events(floor):
    watch = TalkWatch(floor)
    talk(floor)
    other = CallId("other")

    def after(*events: t.Event) -> AgentState:
        for event in events:
            watch.observe(event)
        return floor.standing(A).state

    at = {"call": CALL, "at": 1.0}
    after(t.Held(**at, by="agent"))
    assert floor.standing(A).state is AgentState.TALKING, "a call that nobody was seen to answer"
    after(t.Connected(**at, agent=A, seat=SeatId("1001")))
    assert after(t.Held(call=other, at=1.0, by="agent")) is AgentState.TALKING
    assert after(t.Held(**at, by="agent")) is AgentState.ON_HOLD
    assert after(t.PartyInvited(**at, party="department:tax", number="1")) is AgentState.ON_HOLD
    assert after(t.Unheld(**at, by="agent")) is AgentState.CONSULTING
    assert after(t.PartyJoined(**at, party="department:tax")) is AgentState.CONSULTING
    assert after(t.PartyInvited(**at, party="department:water", number="2")) is AgentState.CONSULTING
    assert after(t.PartyLeft(**at, party="department:water", reason="busy")) is AgentState.CONSULTING
    assert after(t.PartyLeft(**at, party="caller")) is AgentState.CONSULTING
    assert after(t.PartyLeft(**at, party="department:tax")) is AgentState.TALKING
    assert after(t.TalkEnded(**at, agent=A, by="caller"), t.Held(**at, by="agent")) is AgentState.TALKING

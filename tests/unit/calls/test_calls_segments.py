"""Who was connected to whom: nobody is in two segments at once, and nothing is lost or counted twice."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from calls import AgentId, CallId, Outcome, SeatId
from calls import timeline as t
from calls.event import Event
from calls.segments import Segment, legs_of, segments_of
from calls.talk_events import Together

C, A = CallId("c"), AgentId("2001")
PARTIES = ["caller", "agent:2001", "agent:2002", "department:water", "department:tax"]


def connected(at: float, agent: str = "2001") -> Event:
    return t.Connected(call=C, at=at, agent=AgentId(agent), seat=SeatId("1001"))


def talk_ended(at: float, agent: str = "2001") -> Event:
    return t.TalkEnded(call=C, at=at, agent=AgentId(agent), by="agent")


def together(at: float, *groups: list[str]) -> Event:
    return Together(call=C, at=at, groups=list(groups))


def ended(at: float) -> Event:
    return t.CallEnded(call=C, at=at, outcome=Outcome.ANSWERED, cause="caller")


def test_a_plain_talk_is_one_segment_of_two() -> None:
    assert segments_of([connected(10), talk_ended(40), ended(41)]) == [Segment(("agent:2001", "caller"), 10, 40)]


def test_a_consultation_is_the_agents_and_the_departments_and_not_the_callers() -> None:
    events = [
        connected(10), together(20), together(25, ["agent:2001", "department:water"]),
        together(40, ["caller", "agent:2001", "department:water"]), together(60, ["caller", "department:water"]),
        talk_ended(60), ended(90),
    ]  # fmt: skip
    segments = segments_of(events)
    assert [(segment.parties, segment.began, segment.ended) for segment in segments] == [
        (("agent:2001", "caller"), 10, 20),
        (("agent:2001", "department:water"), 25, 40),
        (("agent:2001", "caller", "department:water"), 40, 60),
        (("caller", "department:water"), 60, 90),
    ]
    assert {leg.party: leg.connected_s for leg in legs_of(segments, 90)} == {
        "agent:2001": 45, "caller": 60, "department:water": 65,
    }  # fmt: skip


def test_a_phones_own_hold_parts_them_and_its_end_joins_them_again() -> None:
    events = [
        connected(10), t.Held(call=C, at=20, by="agent"), t.Unheld(call=C, at=30, by="agent"), talk_ended(40),
    ]  # fmt: skip
    assert [(segment.began, segment.ended) for segment in segments_of(events)] == [(10, 20), (30, 40)]


def test_a_phones_own_hold_in_a_conference_leaves_the_others_together() -> None:
    three = ["caller", "agent:2001", "department:water"]
    events = [
        connected(10), together(20, three), t.Held(call=C, at=30, by="agent"), t.Unheld(call=C, at=45, by="agent"),
        talk_ended(60), ended(70),
    ]  # fmt: skip
    assert [(segment.parties, segment.began, segment.ended) for segment in segments_of(events)] == [
        (("agent:2001", "caller"), 10, 20),
        (("agent:2001", "caller", "department:water"), 20, 30),
        (("caller", "department:water"), 30, 45),
        (("agent:2001", "caller", "department:water"), 45, 60),
        (("caller", "department:water"), 60, 70),
    ]


def test_a_phones_own_hold_in_a_consultation_parts_agent_and_third() -> None:
    events = [
        connected(10), together(20, ["agent:2001", "department:water"]), t.Held(call=C, at=30, by="agent"),
        t.Unheld(call=C, at=45, by="agent"), ended(70),
    ]  # fmt: skip
    assert [(segment.began, segment.ended) for segment in segments_of(events)] == [(10, 20), (20, 30), (45, 70)]


def test_a_second_agent_has_segments_of_their_own() -> None:
    events = [connected(10), talk_ended(20), connected(25, "2002"), talk_ended(60, "2002"), ended(61)]
    legs = {leg.party: leg.connected_s for leg in legs_of(segments_of(events), 61)}
    assert legs == {"caller": 45, "agent:2001": 10, "agent:2002": 35}


def test_a_talk_that_goes_on_has_no_end_yet() -> None:
    [segment] = segments_of([connected(10)])
    assert segment.ended is None
    assert legs_of([segment], 25)[0].connected_s == 15


happenings = st.one_of(
    st.sampled_from(["2001", "2002"]).map(lambda agent: connected(0, agent)),
    st.sampled_from(["2001", "2002"]).map(lambda agent: talk_ended(0, agent)),
    st.lists(st.lists(st.sampled_from(PARTIES), max_size=4), max_size=3).map(lambda groups: together(0, *groups)),
    st.just(t.Held(call=C, at=0, by="agent")),
    st.just(t.Unheld(call=C, at=0, by="agent")),
    st.just(t.PassedOn(call=C, at=0, party="water", number="1")),
)


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """Any events at all, in the order of time, with a clock that is set back now and then."""
    at, events = 100.0, []
    for event in draw(st.lists(happenings, max_size=25)):
        at += draw(st.sampled_from([0.0, 0.5, 3.0, 60.0, -2.0]))
        events.append(type(event)(**{**{f: getattr(event, f) for f in event.__dataclass_fields__}, "at": at}))
    return [*events, ended(at + 1)] if draw(st.booleans()) else events


@given(lives())
def test_a_party_is_never_in_two_segments_at_once_and_none_is_empty(events: list[Event]) -> None:
    segments = segments_of(events)
    for segment in segments:
        assert len(segment.parties) == len(set(segment.parties)) > 1
        assert segment.ended is None or segment.ended > segment.began
    for party in PARTIES:
        own = [segment for segment in segments if party in segment.parties]
        for before, after in pairwise(own):
            assert before.ended is not None
            assert before.ended <= after.began


@given(lives())
def test_segments_add_up_to_each_partys_connected_time(events: list[Event]) -> None:
    segments, now = segments_of(events), max((event.at for event in events), default=0.0) + 10
    for leg in legs_of(segments, now):
        own = [s for s in segments if leg.party in s.parties]
        lasted = sum((now if s.ended is None else s.ended) - s.began for s in own)
        assert abs(leg.connected_s - lasted) < 1e-6
        assert leg.connected_s <= (now if leg.ended is None else leg.ended) - leg.began + 1e-6


@given(lives())
def test_a_call_that_is_over_has_no_segment_that_goes_on(events: list[Event]) -> None:
    over = [*events, ended(max((event.at for event in events), default=0.0) + 1)]
    assert all(segment.ended is not None for segment in segments_of(over))


@given(lives())
def test_a_new_segment_begins_only_when_the_company_changes(events: list[Event]) -> None:
    for before, after in pairwise(segments_of(events)):
        assert (before.parties, before.ended) != (after.parties, after.began)

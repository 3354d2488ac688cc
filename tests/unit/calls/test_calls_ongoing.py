"""What a restarted service must know of a talk is read off the events."""

import pytest

from calls import CallId
from calls import timeline as t
from calls.conversation import State
from calls.event import Event
from calls.identity import AgentId, SeatId
from calls.ongoing import OngoingThird, ongoing_talk
from calls.recording_events import (
    ConsultRecordingEnded,
    ConsultRecordingStarted,
    RecordingContinued,
    RecordingPaused,
    RecordingStarted,
)
from calls.talk_events import PartyAnswered

C, A, B, S = CallId("n-1.1"), AgentId("2001"), AgentId("2002"), SeatId("1001")
WATER, FUND, COLLEAGUE = "department:water", "department:fund", "agent:2002"

CONNECTED = t.Connected(call=C, at=1, agent=A, seat=S)
STARTED = RecordingStarted(call=C, at=1, path="a.wav")
HELD = t.Held(call=C, at=2, by="agent", by_phone=False)
UNHELD = t.Unheld(call=C, at=3, by="agent", by_phone=False)
PHONE_HELD = t.Held(call=C, at=2, by="agent")
LEFT = t.PartyLeft(call=C, at=9, party="agent")
ENDED = t.TalkEnded(call=C, at=9, agent=A, by="agent")


def invited(party: str) -> Event:
    return t.PartyInvited(call=C, at=4, party=party, number="1")


def answered(party: str, channel: str = "n-9") -> Event:
    return PartyAnswered(call=C, at=5, party=party, channel=channel)


def joined(party: str) -> Event:
    return t.PartyJoined(call=C, at=6, party=party)


def left(party: str, reason: str = "hang_up") -> Event:
    return t.PartyLeft(call=C, at=7, party=party, reason=reason)


CONSULTING = [CONNECTED, HELD, invited(WATER), answered(WATER)]
BOSS = "supervisor:2090"
MERGED = [*CONSULTING, UNHELD, joined("caller"), joined("agent"), joined(WATER)]


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], None),
        ([CONNECTED], State.TALKING),
        ([CONNECTED, PHONE_HELD], State.TALKING),
        ([CONNECTED, HELD], State.HELD),
        ([CONNECTED, HELD, UNHELD], State.TALKING),
        ([CONNECTED, HELD, invited(WATER)], State.ASKING),
        ([CONNECTED, HELD, invited(WATER), left(WATER, "busy"), UNHELD], State.TALKING),
        (CONSULTING, State.CONSULTING),
        ([*CONSULTING, UNHELD], State.SWAPPED),
        ([*CONSULTING, left(WATER), UNHELD], State.TALKING),
        ([CONNECTED, invited(WATER)], State.INVITING),
        (MERGED, State.MERGED),
        ([*MERGED, invited(FUND)], State.MERGED),
        ([*MERGED, left(WATER)], State.TALKING),
        ([*MERGED, LEFT], None),
        ([CONNECTED, ENDED], None),
        ([CONNECTED, t.TalkEnded(call=C, at=9, agent=B, by="agent")], State.TALKING),
    ],
)
def test_the_state_of_a_talk_is_read_off_its_events(events: list[Event], state: State | None) -> None:
    talk = ongoing_talk(events)
    assert (None if talk is None else talk.state) is state


def test_of_two_who_are_brought_in_it_is_known_who_is_there_and_who_is_still_rung() -> None:
    talk = ongoing_talk([*MERGED, invited(FUND), invited(WATER), left(WATER, "no_answer")])
    assert talk is not None
    assert talk.thirds == [OngoingThird(WATER, "n-9", joined=True), OngoingThird(FUND)]


def test_who_joined_last_is_the_last_whoever_was_invited_first() -> None:
    both = [*MERGED, invited(FUND), invited(COLLEAGUE)]
    for party in (COLLEAGUE, FUND):
        both += [answered(party), t.PartyJoined(call=C, at=9, party=party)]
    talk = ongoing_talk(both)
    assert talk is not None
    assert [third.party for third in talk.thirds] == [WATER, COLLEAGUE, FUND]


def test_a_colleague_who_takes_the_caller_over_goes_on_with_the_recording_as_it_is() -> None:
    over = [CONNECTED, STARTED, HELD, invited(COLLEAGUE), answered(COLLEAGUE), LEFT, ENDED]
    talk = ongoing_talk([*over, RecordingPaused(call=C, at=9, by="agent"), t.Connected(call=C, at=9, agent=B, seat=S)])
    assert talk is not None
    assert (talk.agent, talk.state, talk.thirds, talk.recording, talk.paused) == (B, State.TALKING, [], "a.wav", True)


def test_a_recording_that_was_paused_and_continued_is_not_paused() -> None:
    paused, continued = RecordingPaused(call=C, at=2, by="agent"), RecordingContinued(call=C, at=3, by="agent")
    talk = ongoing_talk([CONNECTED, STARTED, paused, continued])
    assert talk is not None
    assert (talk.recording, talk.paused) == ("a.wav", False)


def test_a_consultation_that_is_being_recorded_is_known_until_it_ends() -> None:
    started = ConsultRecordingStarted(call=C, at=4, path="b.wav", party="department:water")
    events = [CONNECTED, STARTED, started]
    consulting, over = (
        ongoing_talk(events), ongoing_talk([*events, ConsultRecordingEnded(call=C, at=5, path="b.wav")])
    )  # fmt: skip
    assert consulting is not None
    assert over is not None
    assert (consulting.recording, consulting.consult_recording) == ("a.wav", "b.wav")
    assert (over.recording, over.consult_recording) == ("a.wav", "")


def test_a_supervisor_who_has_joined_in_is_known_and_changes_nothing_of_where_the_talk_stands() -> None:
    talk = ongoing_talk([CONNECTED, joined("caller"), joined("agent"), joined(BOSS)])
    assert talk is not None
    assert (talk.supervisors, talk.state) == ([BOSS], State.TALKING)
    talk = ongoing_talk([*MERGED, joined(BOSS), left(BOSS)])
    assert talk is not None
    assert (talk.supervisors, talk.state) == ([], State.MERGED)

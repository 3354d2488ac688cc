"""Where a call stands is read off its events; so is how it ended, and what it came to in seconds."""

import pytest

from calls import CallId, Outcome, summarise
from calls import timeline as t
from calls.identity import AgentId, SeatId, mask_number
from calls.standing import Stage, outcome_of, standing_of
from calls.timeline import from_record, to_record

C = CallId("n-1.1")
A, S = AgentId("2001"), SeatId("1001")

ARRIVED = t.CallArrived(call=C, at=0, caller="13800138000", caller_name="", dialled="12345", node="n", unique_id="1.1")
QUEUED = t.Queued(call=C, at=10, queue="general", needs={"general": 1}, priority=0, since=10)
OFFERED = t.Offered(call=C, at=12, offer="o1", agent=A, seat=S)
FAILED = t.OfferFailed(call=C, at=20, offer="o1", agent=A, seat=S, reason="no_answer")
AGAIN = t.Offered(call=C, at=21, offer="o2", agent=A, seat=S)
CONNECTED = t.Connected(call=C, at=25, agent=A, seat=S)
HELD = t.Held(call=C, at=30, by="agent")
UNHELD = t.Unheld(call=C, at=35, by="agent")
TALK_ENDED = t.TalkEnded(call=C, at=60, agent=A, by="agent")
WRAPPED = t.WrapUpEnded(call=C, at=80, agent=A, seconds=20)


def ended(outcome: Outcome) -> t.CallEnded:
    return t.CallEnded(call=C, at=61, outcome=outcome)


@pytest.mark.parametrize(
    ("events", "stage", "outcome"),
    [
        ([ARRIVED], Stage.MENU, Outcome.ABANDONED_MENU),
        ([ARRIVED, t.ServiceDelivered(call=C, at=3, service="hours")], Stage.MENU, Outcome.SELF_SERVED),
        ([ARRIVED, QUEUED], Stage.WAITING, Outcome.ABANDONED_QUEUE),
        ([ARRIVED, QUEUED, OFFERED], Stage.RINGING, Outcome.ABANDONED_QUEUE),
        ([ARRIVED, QUEUED, OFFERED, FAILED], Stage.WAITING, Outcome.ABANDONED_QUEUE),
        ([ARRIVED, QUEUED, OFFERED, CONNECTED], Stage.TALKING, Outcome.ANSWERED),
        ([ARRIVED, QUEUED, OFFERED, CONNECTED, TALK_ENDED], Stage.AFTER_TALK, Outcome.ANSWERED),
        ([ARRIVED, QUEUED, t.Dequeued(call=C, at=11, reason="nobody_staffed")], Stage.MENU, Outcome.ABANDONED_MENU),
        (
            [ARRIVED, t.MessageLeft(call=C, at=9, box="mayor", path="a.wav", duration_s=4, end="hang_up")],
            Stage.MENU,
            Outcome.VOICEMAIL,
        ),
    ],
)
def test_a_call_stands_where_its_last_events_say(events: list[t.Event], stage: Stage, outcome: Outcome) -> None:
    standing = standing_of(events)
    assert standing.stage is stage
    assert outcome_of(standing) is outcome


def test_the_wait_is_measured_from_the_first_queue_to_the_first_answer_whatever_comes_after() -> None:
    key = t.DigitsEntered(call=C, at=9, flow="12345", step="welcome", digits="1", verdict="match")
    told = [t.PlaceAnnounced(call=C, at=11 + n, place=1, wait_s=seconds) for n, seconds in enumerate((None, 60, 30))]
    later = [
        t.DigitsEntered(call=C, at=40, flow="12345", step="again", digits="2", verdict="match"),
        t.Queued(call=C, at=41, queue="english", needs={"english": 2}, priority=0, since=10),
        t.Connected(call=C, at=50, agent=A, seat=S),
    ]
    s = summarise([ARRIVED, key, QUEUED, *told, CONNECTED, *later, ended(Outcome.ANSWERED)])
    assert (s.menu_left_at, s.queued_at, s.needs, s.connected_at) == (9, 10, {"general": 1}, 25)
    assert (s.told_at, s.told_wait_s) == (12, 60)


def test_seconds_add_up_over_a_missed_offer_a_hold_and_wrap_up() -> None:
    s = summarise(
        [ARRIVED, QUEUED, OFFERED, FAILED, AGAIN, CONNECTED, HELD, UNHELD, TALK_ENDED, ended(Outcome.ANSWERED), WRAPPED]
    )
    assert (s.waiting_s, s.ringing_s, s.talking_s, s.hold_s, s.wrap_up_s) == (15, 12, 35, 5, 20)
    assert (s.queued_at, s.connected_at, s.needs) == (10, 25, {"general": 1})
    assert (s.agent, s.seat, s.offers, s.outcome) == ("2001", "1001", 2, Outcome.ANSWERED)


def test_a_caller_who_hangs_up_while_talking_ends_the_talk() -> None:
    s = summarise([ARRIVED, QUEUED, OFFERED, CONNECTED, HELD, ended(Outcome.ANSWERED)])
    assert (s.talking_s, s.hold_s) == (36, 31)


@pytest.mark.parametrize("event", [ARRIVED, QUEUED, OFFERED, CONNECTED, ended(Outcome.FAILED), WRAPPED])
def test_an_event_survives_being_stored(event: t.Event) -> None:
    assert from_record(to_record(event)) == event


def test_a_record_of_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="Teleported"):
        from_record({"kind": "Teleported", "call": "x", "at": 1})


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13812345678", "138****5678"),
        ("12345", "12345"),
        ("", ""),
        ("1234567", "123*4567"),
        ("+8613812345678", "+86*******5678"),
    ],
)
def test_private_numbers_are_masked_and_short_ones_kept(number: str, shown: str) -> None:
    assert mask_number(number) == shown

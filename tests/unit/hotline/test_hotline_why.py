"""`hotline why`: sentences from what was kept of a call."""

from typing import Any

from hotline.why import Happening, explain

ZERO = 1_000.0


def said(*events: tuple[float, str, dict[str, Any]]) -> list[str]:
    timeline = [Happening(ZERO + at, kind, data) for at, kind, data in events]
    return [each.text for each in explain(timeline, lambda agent: f"agent {agent}")]


def queued(**more: Any) -> tuple[float, str, dict[str, Any]]:
    return (
        0.0,
        "Queued",
        {"queue": "housing", "need": "housing >= 2", "needs": {}, "priority": 0, "since": ZERO, **more},
    )


def test_a_caller_who_was_served_at_once_is_told_so_with_the_rule() -> None:
    offer = {"agent": "2001", "rule": "longest_idle", "suitable": 4, "free": 3, "idle_s": 12.5}
    assert said(queued(suitable=4, free=3), (0.1, "Offered", offer), (4.0, "Connected", {"agent": "2001"})) == [
        "asked for the queue 'housing'; needed: housing >= 2",
        "3 of the 4 on duty who have that were free",
        "offered to agent 2001, who of 3 free and suitable was idle the longest (idle for 12.5 s)",
        "connected to agent 2001 after 4.0 s in the queue",
    ]


def test_why_not_sooner_is_what_the_suitable_were_doing_then_and_who_was_ahead() -> None:
    doing = {"talking": 2, "break meal": 1, "break login": 1, "not_again": 1, "sleeping": 1}
    assert said(queued(suitable=4, free=0, place=3, doing=doing))[1:] == [
        "none of the 4 on duty who have that was free; place in line: 3",
        "2 ahead in line wait for the same people: who becomes free is theirs first",
        "all logged in who have that: 2 talking, 1 on a break (meal), 1 logged in, but not ready yet, "
        "1 free, but had just not taken this caller, 1 sleeping",
    ]


def test_a_call_of_an_older_version_which_kept_less_is_explained_as_far_as_it_goes() -> None:
    offer = {"agent": "2003", "suitable": 2, "free": 1, "idle_s": 0.0}
    told = said(queued(suitable=2, free=0, place=1), (9.0, "NeedRelaxed", {"need": "tax", "after_s": 9}),
                (9.5, "Offered", offer))  # fmt: skip
    assert told[1:] == [
        "none of the 2 on duty who have that was free; place in line: 1",
        "after 9.0 s asked for less: tax",
        "offered to agent 2003, the only one of the 2 suitable who was free (idle for 0.0 s)",
    ]


def test_who_is_held_for_the_last_agent_is_told_so_and_when_that_ended() -> None:
    held = queued(suitable=6, free=5, held_for="2001", doing={"talking": 1})
    offer = {"agent": "2003", "rule": "longest_idle", "suitable": 6, "free": 5, "idle_s": 40.0}
    need = "housing >= 2"
    told = said(held, (15.0, "NeedRelaxed", {"need": need, "after_s": 15, "held_for": None}), (15.0, "Offered", offer))
    assert told[1:] == [
        "held for agent 2001, who served this caller the last time: talking",
        "5 of the 6 on duty who have that were free",
        "after 15.0 s held for agent 2001 no longer: asked everybody who has what is needed",
        "offered to agent 2003, who of 5 free and suitable was idle the longest (idle for 40.0 s)",
    ]
    still = {"need": "housing >= 1", "after_s": 5, "held_for": "2001", "doing": {"wrap_up": 1}}
    assert said(held, (5.0, "NeedRelaxed", still))[3:] == [
        "after 5.0 s asked for less: housing >= 1",
        "agent 2001: 1 in wrap-up",
    ]


def test_who_did_not_take_the_caller_is_not_asked_again_at_once_and_the_others_are_told_of() -> None:
    failed = {"agent": "2003", "reason": "declined", "not_again_s": 60.0, "doing": {"talking": 2}}
    back = {"agent": "2004", "suitable": 3, "free": 1, "idle_s": 0.1}
    told = said(queued(suitable=3, free=1), (9.0, "OfferFailed", failed), (30.0, "Offered", back))
    assert told[2:] == [
        "agent 2003 declined; the caller kept the place",
        "not to be offered to agent 2003 again for 60 s: others could serve",
        "all others logged in who have what is needed: 2 talking",
        "offered to agent 2004, the first of the 3 suitable to become free (idle for 0.1 s)",
    ]


def test_misses_relaxation_and_leaving_are_told() -> None:
    told = said(
        queued(suitable=0, priority=3),
        (20.0, "NeedRelaxed", {"need": "tax", "after_s": 20}),
        (20.1, "Offered", {"agent": "2003", "suitable": 1, "free": 1, "idle_s": 3, "passed_over": 2}),
        (40.0, "OfferFailed", {"agent": "2003", "reason": "no_answer"}),
        (90.0, "Dequeued", {"reason": "timeout"}),
    )
    assert told == [
        "asked for the queue 'housing', priority 3; needed: housing >= 2",
        "nobody on duty had that",
        "after 20.0 s asked for less: tax",
        "offered to agent 2003, the only one of the 1 suitable who was free (idle for 3.0 s)",
        "2 ahead in line need what agent 2003 has not, are held for another, or had been missed by agent 2003",
        "agent 2003 did not answer; the caller kept the place",
        "left the queue: the longest wait allowed was over",
    ]


def test_a_call_that_never_asked_for_a_person_has_nothing_to_explain() -> None:
    assert said((0.0, "StepEntered", {"flow": "12345", "step": "welcome"})) == []


def test_who_gave_up_in_line_is_told_so_with_the_time() -> None:
    ended = (31.0, "CallEnded", {"outcome": "abandoned_queue", "cause": "caller"})
    assert said(queued(suitable=0), ended)[-1] == "hung up while waiting, after 31.0 s in line"


def test_an_arrival_that_was_kept_is_told_as_with_a_redial() -> None:
    at, kind, data = queued(suitable=2, free=1)
    again = said((at, kind, data | {"since": ZERO - 42}))
    assert again[1] == "the first arrival counts, 42.0 s ago: place in line by that"
    assert not [words for words in said(queued(suitable=2, free=1)) if "first arrival" in words]


def test_overflow_and_being_passed_on_are_told_with_where_to() -> None:
    told = said(
        queued(suitable=2),
        (5.0, "Dequeued", {"reason": "overflow", "beyond": "length", "to": "department:fire"}),
        (6.0, "PassedOn", {"party": "fire", "number": "119"}),
    )
    assert told[-2:] == [
        "left the queue by its overflow rule (length) to department:fire",
        "passed on to fire, without an agent of ours",
    ]

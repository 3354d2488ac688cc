"""`hotline why`: sentences from what was kept of a call."""

from typing import Any

from hotline.why import AgentState, Happening, explain

SKILLS = {"2001": {"housing": 3}, "2002": {"housing": 2}, "2003": {"tax": 5}}
ZERO = 1_000.0


def said(*events: tuple[float, str, dict[str, Any]], agents: list[AgentState] | None = None) -> list[str]:
    timeline = [Happening(ZERO + at, kind, data) for at, kind, data in events]
    return [each.text for each in explain(timeline, agents or [], SKILLS.get, lambda agent: f"agent {agent}")]


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


def test_why_not_sooner_is_what_the_suitable_were_doing_then() -> None:
    agents = [
        AgentState("2001", ZERO - 50, "talking"),
        AgentState("2002", ZERO - 90, "talking"),
        AgentState("2002", ZERO - 40, "break", "meal"),
        AgentState("2003", ZERO - 30, "ready"),  # has not what is needed
        AgentState("2001", ZERO + 5, "ready"),  # later
        AgentState("2009", ZERO - 5, "talking"),  # left the house since
    ]
    assert said(queued(suitable=2, free=0, place=3), agents=agents)[1:] == [
        "none of the 2 on duty who have that was free; place in line: 3",
        "they were: 1 talking, 1 on a break (meal)",
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
        "offered to agent 2003, the first of the 1 suitable to become free (idle for 3.0 s)",
        "2 ahead in line need what agent 2003 has not, or had been missed by agent 2003",
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

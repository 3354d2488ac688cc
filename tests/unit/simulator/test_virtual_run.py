"""Virtual time: who is served when, in a house small enough to reckon by hand."""

import pytest

from acd.matching import Need
from simulator.virtual import Agent, Arrival, Plan, Span, arrivals_of, simulate

DAY = (0.0, 3600.0)


def log_of(arrivals: list[Arrival], agents: list[Agent], **more: float) -> list[tuple[float, str, str, str]]:
    heard: list[tuple[float, str, str, str]] = []
    simulate(arrivals, agents, DAY, told=lambda *event: heard.append(event), **more)
    return heard


def test_the_same_seed_gives_the_same_events_to_the_last() -> None:
    def run(seed: int) -> list[tuple[float, str, str, str]]:
        heard: list[tuple[float, str, str, str]] = []
        plan = Plan(300, 20, 240, 60, hours=2, seed=seed)
        simulate(arrivals_of(plan), plan.agents(), plan.measured, told=lambda *event: heard.append(event))
        return heard

    assert run(7) == run(7)
    assert run(7) != run(8)


def test_the_second_caller_waits_until_the_only_agent_is_free() -> None:
    figures = simulate([Arrival(10, 100), Arrival(20, 50)], [Agent("a")], DAY)
    assert (figures.calls, figures.answered, figures.asa_s) == (2, 2, 45.0)
    assert figures.longest_wait_s == 90
    assert figures.service_level == 0.5
    assert figures.occupancy == pytest.approx(150 / 3600)


def test_wrap_up_keeps_the_next_caller_waiting() -> None:
    figures = simulate([Arrival(0, 100), Arrival(1, 50)], [Agent("a")], DAY, wrap_up_s=30)
    assert figures.longest_wait_s == 129


def test_who_has_no_patience_is_gone_and_counted() -> None:
    figures = simulate([Arrival(0, 100), Arrival(1, 50, 20), Arrival(2, 10, 500)], [Agent("a")], DAY)
    assert (figures.answered, figures.abandoned) == (2, 1)
    assert figures.abandoned_share == pytest.approx(1 / 3)
    assert figures.longest_wait_s == 98


def test_a_caller_who_gives_up_while_it_rings_frees_the_agent_for_the_next() -> None:
    events = log_of([Arrival(0, 100, 3), Arrival(1, 50)], [Agent("a")], pick_up_s=5)
    talks = [(at, call) for at, what, call, _ in events if what == "talks"]
    assert talks == [(8.0, next(call for at, what, call, _ in events if what == "arrives" and at == 1))]


def test_skills_bind_and_the_rare_one_is_spared() -> None:
    english = Need.of({"english": 3})
    agents = [Agent("both", {"general": 3, "english": 5}), Agent("plain", {"general": 3})]
    arrivals = [
        Arrival(0, 60, need=Need.of({"general": 1})),
        Arrival(1, 60, need=english),
        Arrival(2, 60, need=english),
    ]
    talks = [(at, agent) for at, what, _, agent in log_of(arrivals, agents) if what == "talks"]
    assert talks == [(0, "plain"), (1, "both"), (61, "both")]


def test_nobody_is_served_before_somebody_comes_and_a_talk_is_finished_when_the_shift_ends() -> None:
    events = log_of([Arrival(0, 100), Arrival(300, 50), Arrival(301, 50)], [Agent("late", {}, (Span(60, 320),))])
    assert [(at, what) for at, what, _, _ in events if what in ("talks", "goes")] == [
        (60, "talks"), (300, "talks"), (350, "goes"),
    ]  # fmt: skip


def test_a_break_is_not_worked_and_a_talk_that_outlasts_it_is_no_second_coming() -> None:
    spans = (Span(0, 100), Span(200, 300), Span(320, None))
    callers = [Arrival(50, 10), Arrival(150, 10), Arrival(290, 40), Arrival(295, 10)]
    events = log_of(callers, [Agent("a", {}, spans)])
    assert [(at, what) for at, what, _, _ in events if what in ("comes", "talks", "goes")] == [
        (0, "comes"), (50, "talks"), (100, "goes"), (200, "comes"), (200, "talks"), (290, "talks"), (330, "talks"),
    ]  # fmt: skip
    figures = simulate(callers, [Agent("a", {}, spans)], (0.0, 400.0))
    assert figures.occupancy == pytest.approx(70 / 300)


def test_each_caller_may_have_a_wrap_up_of_their_own() -> None:
    callers = [Arrival(0, 100, wrap_up_s=30), Arrival(1, 50), Arrival(2, 10)]
    figures = simulate(callers, [Agent("a")], DAY, wrap_up_s=5)
    assert figures.longest_wait_s == 100 + 30 + 50 + 5 - 2


def test_more_work_than_seats_can_do_is_refused_with_the_number_needed() -> None:
    with pytest.raises(ValueError, match="At least 76 seats"):
        Plan(900, 60, 300)
    assert Plan(900, 60, 300, patience_s=60).seats == 60


def test_each_hour_is_told_by_the_callers_who_came_in_it() -> None:
    figures = simulate([Arrival(10, 60), Arrival(3700, 60), Arrival(3710, 60)], [Agent("a")], (0.0, 7200.0))
    assert [(i.calls, i.answered, i.service_level) for i in figures.intervals] == [(1, 1, 1.0), (2, 2, 0.5)]

"""A queue's settings, as ops staff write them, become what the router is asked for."""

from typing import Any, get_args

from acd import Need, Stage, Strategy, Wish
from agents.queues import Queue
from agents.queues import Strategy as StrategyName
from calls.identity import AgentId
from calls.skills import parse
from hotline.queue_plans import plan_of


def queue(**settings: Any) -> Queue:
    return Queue.model_validate({"zh": "住房", "needs": {"housing": 2, "lang.zh": 3}, **settings})


def test_levels_and_the_same_expression_ask_for_the_same() -> None:
    assert plan_of(queue()) == plan_of(queue(needs="housing >= 2 and lang.zh >= 3"))


def test_what_the_flow_asks_for_is_added_and_never_lowers() -> None:
    plan = plan_of(queue(), {"housing": 1, "lang.zh": 4, "tax": 1})
    assert plan.need.least_levels() == {"housing": 2, "lang.zh": 4, "tax": 1}
    assert plan_of(queue(needs="housing"), {"tax": 2}).need.hard == parse("housing and tax >= 2")


def test_levels_wishes_and_neighbours_change_with_waiting_time() -> None:
    plan = plan_of(
        queue(
            wishes={"near": {"that": "team.north", "weight": 20, "hold_s": 10}, "expert": {"that": "housing >= 5"}},
            relax=[
                {"after_s": 20, "lower": {"housing": 1}},
                {"after_s": 45, "drop": ["expert"]},
                {"after_s": 90, "add": "general >= 3"},
            ],
        )
    )
    near, expert = Wish(parse("team.north"), 20), Wish(parse("housing >= 5"), 10)
    hard = "housing >= 2 and lang.zh >= 3"
    lower = "housing >= 1 and lang.zh >= 3"
    assert plan.need == Need(parse(f"{hard} and team.north"), (near, expert))
    assert plan.stages == (
        Stage(10, Need(parse(hard), (near, expert))),
        Stage(20, Need(parse(lower), (near, expert))),
        Stage(45, Need(parse(lower), (near,))),
        Stage(90, Need(parse(f"({lower}) or general >= 3"), (near,))),
    )


def test_a_repeat_caller_is_held_for_the_last_agent_and_relaxed_meanwhile_all_the_same() -> None:
    settings = queue(last_agent={"hold_s": 15}, relax=[{"after_s": 10, "needs": "general"}])
    known = AgentId("2001")
    assert plan_of(settings, last_agent=known).stages == (
        Stage(10, Need(parse("general"), only=known)),
        Stage(15, Need(parse("general"))),
    )
    assert plan_of(settings, last_agent=known).need.only == known
    assert plan_of(settings).need.only is None
    assert plan_of(queue(), last_agent=known).need.only is None


def test_every_strategy_that_can_be_written_is_one_of_the_routers() -> None:
    assert set(get_args(StrategyName)) == {strategy.value for strategy in Strategy}
    assert plan_of(queue(strategy="round_robin", groups=["team.north"])).need == Need(
        parse("housing >= 2 and lang.zh >= 3"), groups=(parse("team.north"),), strategy=Strategy.ROUND_ROBIN
    )

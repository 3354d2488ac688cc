"""Who goes first, to whom, and what is asked later on: the rules a supervisor chooses from."""

from typing import Any

import pytest

from acd.decisions import Decision, MakeOffer, NobodyStaffed, Relaxed
from acd.matching import Need, Strategy, Wish
from acd.offers import OfferEvent
from acd.router import Router, RouterSettings
from acd.waiting import Stage, Waiting
from calls.identity import AgentId, CallId
from calls.skills import parse

T = 10_000.0
GENERAL = Need(parse("general"))


def caller(name: str, need: Need = GENERAL, since: float = T, **more: Any) -> Waiting:
    return Waiting(CallId(name), "q", need, more.pop("priority", 0), since, **more)


def on_duty(router: Router, agent: str, expression: str = "general=3", *, idle_s: float | None = 0) -> AgentId:
    skills = {name: int(level) for name, level in (part.split("=") for part in expression.split())}
    router.agent_on_duty(AgentId(agent), skills, T - 4000)
    if idle_s is not None:
        assert router.agent_available(AgentId(agent), T - idle_s, T) == []
    return AgentId(agent)


def offered(decisions: list[Decision]) -> list[tuple[str, str]]:
    return [(d.call, d.agent) for d in decisions if isinstance(d, MakeOffer)]


def serve(router: Router, agent: str, now: float = T) -> str:
    """Let an agent become free, take the first caller, and return who that was."""
    [offer] = router.agent_available(AgentId(agent), now, now)
    assert isinstance(offer, MakeOffer)
    router.offer_rings(offer.offer)
    router.offer_accepted(offer.offer, now)
    return offer.call


# -- to whom -----------------------------------------------------------------------------------------------------------


def first_choice(strategy: Strategy, hard: str = "general", **more: Any) -> str:
    router = Router()
    on_duty(router, "rare", "general=2 lang.en=4", idle_s=300)
    on_duty(router, "expert", "general=5", idle_s=10)
    on_duty(router, "plain", "general=2", idle_s=100)
    return offered(router.caller_waits(caller("c", Need(parse(hard), strategy=strategy, **more)), T))[0][1]


@pytest.mark.parametrize(
    ("strategy", "agent"),
    [
        (Strategy.LONGEST_IDLE, "rare"),
        (Strategy.MOST_SKILLED, "expert"),
        (Strategy.LEAST_OVER_QUALIFIED, "plain"),
    ],
)
def test_each_strategy_chooses_another_of_the_free(strategy: Strategy, agent: str) -> None:
    assert first_choice(strategy) == agent


def test_wishes_weigh_more_than_the_strategy_and_the_heavier_one_wins() -> None:
    wishes = (Wish(parse("lang.en"), 1), Wish(parse("general >= 5"), 3))
    assert first_choice(Strategy.LONGEST_IDLE, wishes=wishes) == "expert"
    assert first_choice(Strategy.LONGEST_IDLE, wishes=wishes[:1]) == "rare"


def test_ring_groups_come_before_wishes() -> None:
    groups = (parse("general < 5 and not lang.en"), parse("lang.en"))
    assert first_choice(Strategy.LONGEST_IDLE, groups=groups, wishes=(Wish(parse("lang.en"), 50),)) == "plain"


def test_the_least_occupied_is_who_was_busy_the_least_lately() -> None:
    router = Router()
    need = Need(parse("general"), strategy=Strategy.LEAST_OCCUPIED)
    for agent, talked_s in (("long", 900.0), ("short", 60.0)):
        on_duty(router, agent, idle_s=None)
        router.caller_waits(caller(f"for {agent}", need, since=T - 2000), T - 2000)
        [offer] = router.agent_available(AgentId(agent), T - 2000, T - 2000)
        assert isinstance(offer, MakeOffer)
        router.offer_rings(offer.offer)
        router.offer_accepted(offer.offer, T - 2000)
        router.agent_available(AgentId(agent), T - 2000 + talked_s, T - 2000 + talked_s)
        router.agent_unavailable(AgentId(agent), T - 100)
    router.agent_available(AgentId("long"), T - 90, T - 90)  # idle for longer, yet busier
    router.agent_available(AgentId("short"), T - 10, T - 10)
    assert offered(router.caller_waits(caller("c", need), T)) == [("c", "short")]


def talked(router: Router, agent: str, need: Need, began: float, ended: float) -> None:
    """Let an agent on duty talk from ``began`` to ``ended``, and be away then."""
    call = f"{agent} at {began}"
    router.caller_waits(caller(call, need, since=began), began)
    [offer] = router.agent_available(AgentId(agent), began, began)
    assert isinstance(offer, MakeOffer)
    router.offer_rings(offer.offer)
    router.offer_accepted(offer.offer, began)
    router.agent_unavailable(AgentId(agent), ended)


def test_an_agent_who_was_busy_hours_ago_and_idle_since_is_less_occupied_than_one_busy_lately() -> None:
    router = Router()
    need, housing = (Need(parse(skill), strategy=Strategy.LEAST_OCCUPIED) for skill in ("general", "housing"))
    on_duty(router, "rested", idle_s=None)
    on_duty(router, "lately", "general=3 housing=3", idle_s=None)
    talked(router, "rested", need, T - 3900, T - 3600)  # all the time since coming on duty, nearly
    router.agent_available(AgentId("rested"), T - 3600, T - 3600)
    for hour in range(5):  # idle on and on, while the other talks half of the time
        began = T + hour * 3600
        talked(router, "lately", housing, began, began + 1800)
        router.agent_available(AgentId("lately"), began + 1800, began + 1800)
        router.agent_unavailable(AgentId("lately"), began + 3600)
    now = T + 5 * 3600
    router.agent_available(AgentId("lately"), now, now)
    assert offered(router.caller_waits(caller("c", need, since=now), now)) == [("c", "rested")]


def test_a_break_and_coming_back_to_work_make_nobody_less_occupied_or_last_in_the_round() -> None:
    for strategy in (Strategy.LEAST_OCCUPIED, Strategy.ROUND_ROBIN):
        router = Router()
        need = Need(parse("general"), strategy=strategy)
        for agent in ("a", "b"):
            on_duty(router, agent, idle_s=None)
        talked(router, "a", need, T - 500, T - 400)
        talked(router, "b", need, T - 390, T - 300)
        talked(router, "a", need, T - 290, T - 200)
        router.agent_off_duty(AgentId("a"), T - 190)
        on_duty(router, "a", idle_s=100)
        router.agent_available(AgentId("b"), T - 50, T)
        assert offered(router.caller_waits(caller("c", need), T)) == [("c", "b")], strategy


def test_the_only_one_with_a_rare_skill_is_spared_though_others_have_more_skills_that_many_have() -> None:
    router = Router()
    on_duty(router, "0 mongolian", "general=3 lang.mn=3", idle_s=900)
    for number in range(9):
        on_duty(router, f"common {number}", "general=3 housing=3 tax=3", idle_s=10)
    served = [offered(router.caller_waits(caller(str(n)), T))[0][1] for n in range(10)]
    assert served == [*(f"common {number}" for number in range(9)), "0 mongolian"]


def test_what_is_rare_is_counted_among_those_on_duty_now() -> None:
    router = Router()
    on_duty(router, "housing", "general=3 housing=3", idle_s=900)
    for number in range(4):
        on_duty(router, f"tax {number}", "general=3 tax=3", idle_s=None)
    router.agent_available(AgentId("tax 0"), T - 10, T)
    assert offered(router.caller_waits(caller("first"), T)) == [("first", "tax 0")]  # a quarter of those with tax
    router.caller_leaves(CallId("first"), T)
    router.agent_available(AgentId("tax 0"), T - 10, T)
    for number in range(1, 4):
        router.agent_off_duty(AgentId(f"tax {number}"), T)
    for number in range(3):
        on_duty(router, f"more {number}", "housing=2", idle_s=None)
    assert offered(router.caller_waits(caller("second"), T)) == [("second", "housing")]  # now tax is the rare one


def test_round_robin_goes_round_whoever_is_idle_longest() -> None:
    router = Router()
    need = Need(parse("general"), strategy=Strategy.ROUND_ROBIN)
    for agent, idle_s in (("a", 1), ("b", 2), ("c", 3)):
        on_duty(router, agent, idle_s=idle_s)
    got = []
    for number in range(6):
        [(_, agent)] = offered(router.caller_waits(caller(str(number), need), T))
        router.caller_leaves(CallId(str(number)), T)
        router.agent_available(AgentId(agent), T - 500, T)  # as if idle the longest
        got.append(agent)
    assert got == ["c", "b", "a"] * 2


def test_ties_are_settled_by_the_agents_id() -> None:
    router = Router()
    for agent in ("b", "a", "c"):
        on_duty(router, agent)
    assert offered(router.caller_waits(caller("c"), T)) == [("c", "a")]


# -- who first ---------------------------------------------------------------------------------------------------------


def test_a_priority_is_a_head_start_and_the_old_caller_goes_first_in_the_end() -> None:
    router = Router(RouterSettings(priority_worth_s=60))
    on_duty(router, "a", idle_s=None)
    router.caller_waits(caller("old", since=T), T)
    router.caller_waits(caller("urgent", since=T + 59, priority=1), T + 59)
    router.caller_waits(caller("too late", since=T + 61, priority=1), T + 61)
    assert [serve(router, "a", T + 90) for _ in range(3)] == ["urgent", "old", "too late"]


def test_the_caller_whose_service_level_is_at_stake_goes_first() -> None:
    router = Router()
    on_duty(router, "a", idle_s=None)
    router.caller_waits(caller("patient", since=T, target_s=60), T)
    router.caller_waits(caller("urgent", since=T + 30, target_s=15), T + 30)
    assert [serve(router, "a", T + 40) for _ in range(2)] == ["urgent", "patient"]


# -- what is asked later on --------------------------------------------------------------------------------------------

EXPERT = Need(parse("general >= 4"))


def test_after_its_time_a_caller_asks_for_less_and_keeps_the_place() -> None:
    router = Router()
    on_duty(router, "expert", "general=5", idle_s=None)
    on_duty(router, "plain", "general=2", idle_s=None)
    router.caller_waits(caller("picky", EXPERT, stages=(Stage(20, GENERAL),)), T)
    router.caller_waits(caller("other", since=T + 1), T + 1)
    assert router.wakes_at() == T + 20
    assert router.pass_time(T + 19.9) == []
    assert router.pass_time(T + 20) == [Relaxed(CallId("picky"), 1)]
    assert router.place_of(CallId("picky")) == 1
    assert serve(router, "plain", T + 21) == "picky"


def test_a_free_agent_gets_the_caller_in_the_moment_of_relaxation() -> None:
    router = Router()
    on_duty(router, "expert", "general=5", idle_s=None)
    on_duty(router, "plain", "general=2")
    assert router.caller_waits(caller("c", EXPERT, stages=(Stage(20, GENERAL),)), T) == []
    assert offered(router.pass_time(T + 20)) == [("c", "plain")]


def test_somebody_ringing_does_not_hold_relaxation_up() -> None:
    router = Router()
    on_duty(router, "expert", "general=5")
    on_duty(router, "plain", "general=2")
    [offer] = router.caller_waits(caller("c", EXPERT, stages=(Stage(20, GENERAL),)), T)
    assert isinstance(offer, MakeOffer)
    router.offer_rings(offer.offer)
    assert router.pass_time(T + 20) == [Relaxed(CallId("c"), 1)]
    assert offered(router.offer_failed(offer.offer, T + 25, OfferEvent.MISS)) == [("c", "plain")]
    assert router.check() == []


def test_stages_that_nobody_on_duty_can_serve_are_not_waited_for() -> None:
    router = Router()
    on_duty(router, "plain", "general=2")
    decisions = router.caller_waits(caller("c", EXPERT, stages=(Stage(20, GENERAL),)), T)
    assert decisions[0] == Relaxed(CallId("c"), 1)
    assert offered(decisions) == [("c", "plain")]


def test_when_the_last_expert_goes_home_their_callers_ask_for_less_at_once_in_their_order() -> None:
    router = Router()
    on_duty(router, "plain", "general=2")
    expert = on_duty(router, "expert", "general=5", idle_s=None)
    for name, since in (("second", T + 1), ("first", T)):
        assert router.caller_waits(caller(name, EXPERT, since, stages=(Stage(90, GENERAL),)), T + 1) == []
    router.caller_waits(caller("stubborn", EXPERT, T + 2), T + 2)
    decisions = router.agent_off_duty(expert, T + 3)
    assert NobodyStaffed(CallId("stubborn")) in decisions
    assert offered(decisions) == [("first", "plain")]


def test_a_caller_taken_over_is_at_the_stage_that_the_waiting_time_gives() -> None:
    router = Router()
    on_duty(router, "expert", "general=5", idle_s=None)
    on_duty(router, "plain", "general=2")
    decisions = router.caller_waits(caller("c", EXPERT, T - 30, stages=(Stage(20, GENERAL),)), T)
    assert decisions[0] == Relaxed(CallId("c"), 1)
    assert offered(decisions) == [("c", "plain")]


# -- the last agent ----------------------------------------------------------------------------------------------------


def held_for(agent: str, for_s: float = 15) -> dict[str, Any]:
    return {"need": Need(parse("general"), only=AgentId(agent)), "stages": (Stage(for_s, GENERAL),)}


def test_a_repeat_caller_gets_the_last_agent_though_others_are_free() -> None:
    router = Router()
    on_duty(router, "other", idle_s=100)
    on_duty(router, "known")
    assert offered(router.caller_waits(caller("c", **held_for("known")), T)) == [("c", "known")]
    assert router.check() == []


def test_a_repeat_caller_waits_for_the_last_agent_so_long_and_no_longer() -> None:
    router = Router()
    on_duty(router, "known", idle_s=None)
    on_duty(router, "other")
    assert router.caller_waits(caller("c", **held_for("known")), T) == []
    assert offered(router.pass_time(T + 15)) == [("c", "other")]
    assert router.check() == []


def test_a_repeat_caller_whose_last_agent_is_away_or_misses_gets_another_at_once() -> None:
    router = Router()
    on_duty(router, "other")
    assert offered(router.caller_waits(caller("away", **held_for("known")), T)) == [("away", "other")]
    router.caller_leaves(CallId("away"), T)
    router.agent_available(AgentId("other"), T, T)
    on_duty(router, "known")
    [offer] = router.caller_waits(caller("missed", **held_for("known")), T)
    assert isinstance(offer, MakeOffer)
    assert offered(router.offer_failed(offer.offer, T, OfferEvent.MISS)) == [("missed", "other")]
    assert router.check() == []


def test_classes_for_one_agent_are_forgotten_with_their_last_caller() -> None:
    router = Router()
    on_duty(router, "known")
    for number in range(500):
        name = str(number)
        router.caller_waits(caller(name, Need(parse("general"), wishes=(Wish(GENERAL.hard, 1 + number),),
                                              only=AgentId("known"))), T)  # fmt: skip
        router.caller_leaves(CallId(name), T)
        router.agent_available(AgentId("known"), T, T)
    assert len(router._classes) == 0


# -- skills that change while somebody waits and rings -----------------------------------------------------------------


def test_a_free_agent_who_learns_is_offered_who_waits_for_that() -> None:
    router = Router()
    on_duty(router, "expert", "general=5", idle_s=None)
    plain = on_duty(router, "plain", "general=2")
    router.caller_waits(caller("c", EXPERT), T)
    assert offered(router.agent_on_duty(plain, {"general": 4}, T)) == [("c", "plain")]


def test_a_ringing_phone_is_left_alone_when_the_new_skills_still_fit() -> None:
    router = Router()
    plain = on_duty(router, "plain", "general=2")
    [offer] = router.caller_waits(caller("c"), T)
    assert isinstance(offer, MakeOffer)
    assert router.agent_on_duty(plain, {"general": 4, "housing": 1}, T) == []
    router.offer_rings(offer.offer)
    router.offer_accepted(offer.offer, T - 2000)
    assert router.check() == []


def test_why_an_agent_was_chosen_can_be_asked() -> None:
    router = Router()
    on_duty(router, "idle", idle_s=30)
    on_duty(router, "fresh", idle_s=5)
    on_duty(router, "busy", idle_s=None)
    router.caller_waits(caller("french", Need(parse("lang.fr")), T - 50), T)
    [offer] = router.caller_waits(caller("c"), T)
    assert isinstance(offer, MakeOffer)
    why = router.reasons(offer.offer)
    assert (why.rule, why.suitable, why.free, why.idle_s) == ("least_over_qualified", 3, 2, 30)
    assert (why.passed_over, why.last_agent) == (1, False)

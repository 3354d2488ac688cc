"""The router's decisions, one rule at a time."""

import pytest

from acd.decisions import MakeOffer, NobodyStaffed, Withdrawal, WithdrawOffer
from acd.matching import Need
from acd.offers import OfferError
from acd.router import Router, RouterError, RouterSettings
from acd.waiting import Waiting
from calls.identity import AgentId, CallId

GENERAL = Need.of({"general": 1})
ENGLISH = Need.of({"general": 1, "lang.en": 3})
T = 1000.0


def caller(name: str, need: Need = GENERAL, priority: int = 0, since: float = T) -> Waiting:
    return Waiting(CallId(name), "english" if need is ENGLISH else "general", need, priority, since)


def staffed(router: Router, agent: str, *, since: float | None = T, **skills: int) -> AgentId:
    chosen = {name.replace("_", "."): level for name, level in skills.items()} or {"general": 3}
    router.agent_on_duty(AgentId(agent), chosen, T)
    if since is not None:
        assert router.agent_available(AgentId(agent), since, T) == []
    return AgentId(agent)


def offered(decisions: list[object]) -> list[tuple[str, str]]:
    return [(d.call, d.agent) for d in decisions if isinstance(d, MakeOffer)]


def test_a_caller_is_offered_to_a_free_agent_at_once():
    router = Router(series="s")
    staffed(router, "a")
    assert router.caller_waits(caller("c"), T) == [MakeOffer("s1", CallId("c"), AgentId("a"))]
    assert router.check() == []


def test_an_agent_without_the_level_is_not_offered():
    router = Router()
    staffed(router, "a", general=3, lang_en=2)
    assert router.caller_waits(caller("c", ENGLISH), T) == [NobodyStaffed(CallId("c"))]


def test_the_rare_skill_is_spared_and_then_the_longest_idle_goes_first():
    router = Router()
    staffed(router, "rare", since=T - 100, general=3, lang_en=4)
    staffed(router, "fresh", since=T - 1)
    staffed(router, "idle", since=T - 50)
    chosen = [offered(router.caller_waits(caller(f"c{i}"), T))[0][1] for i in range(3)]
    assert chosen == ["idle", "fresh", "rare"]


def test_a_freed_agent_takes_priority_before_waiting_time_across_queues():
    router = Router()
    agent = staffed(router, "a", since=None, general=3, lang_en=4)
    router.caller_waits(caller("late", since=T + 5), T)
    router.caller_waits(caller("early", ENGLISH, since=T + 1), T)
    router.caller_waits(caller("urgent", since=T + 9, priority=5), T)
    order = []
    for _ in range(3):
        [offer] = router.agent_available(agent, T, T)
        order.append(offer.call)
        router.offer_rings(offer.offer)
        router.offer_accepted(offer.offer, T)
    assert order == ["urgent", "early", "late"]


def test_a_caller_whose_offer_failed_keeps_the_head_of_the_line():
    router = Router()
    first = staffed(router, "a")
    [offer] = router.caller_waits(caller("first"), T)
    second = staffed(router, "b", since=None)
    router.caller_waits(caller("second", since=T + 1), T + 1)
    router.offer_rings(offer.offer)
    assert router.offer_failed(offer.offer, T + 20) == []
    assert router.place_of(CallId("first")) == 1
    assert router.place_of(CallId("second")) == 2
    assert offered(router.agent_available(second, T, T + 21)) == [("first", "b")]
    assert offered(router.agent_available(first, T, T + 22)) == [("second", "a")]


def test_an_agent_who_missed_a_caller_is_offered_others_until_the_time_is_over():
    router = Router(RouterSettings(avoid_s=60))
    agent = staffed(router, "a")
    staffed(router, "other", since=None)
    [offer] = router.caller_waits(caller("first"), T)
    router.offer_failed(offer.offer, T)
    assert router.agent_available(agent, T, T + 1) == []
    assert router.wakes_at() == T + 60
    assert router.pass_time(T + 59) == []
    assert offered(router.pass_time(T + 60)) == [("first", "a")]
    assert router.check() == []


def test_the_only_agent_is_offered_the_same_caller_again():
    router = Router()
    agent = staffed(router, "a")
    [offer] = router.caller_waits(caller("c"), T)
    router.offer_failed(offer.offer, T)
    assert offered(router.agent_available(agent, T, T + 1)) == [("c", "a")]


def test_a_failed_offer_goes_to_the_next_agent_in_the_same_step():
    router = Router()
    staffed(router, "a", since=T - 5)
    staffed(router, "b", since=T)
    [offer] = router.caller_waits(caller("c"), T)
    router.offer_rings(offer.offer)
    assert offered(router.offer_failed(offer.offer, T)) == [("c", "b")]


def test_a_leaving_caller_withdraws_the_offer_and_leaves_the_agent_reserved_until_told():
    router = Router()
    agent = staffed(router, "a")
    [offer] = router.caller_waits(caller("c"), T)
    assert router.caller_leaves(CallId("c"), T) == [
        WithdrawOffer(offer.offer, CallId("c"), agent, Withdrawal.CALLER_LEFT)
    ]
    assert router.caller_waits(caller("d"), T) == []
    assert offered(router.agent_available(agent, T, T)) == [("d", "a")]
    assert router.caller_leaves(CallId("unknown"), T) == []


def test_an_agent_who_goes_away_while_ringing_gives_the_caller_to_another():
    router = Router()
    agent = staffed(router, "a", since=T - 5)
    staffed(router, "b")
    [offer] = router.caller_waits(caller("c"), T)
    withdrawn, again = router.agent_unavailable(agent, T)
    assert withdrawn == WithdrawOffer(offer.offer, CallId("c"), agent, Withdrawal.AGENT_LEFT)
    assert isinstance(again, MakeOffer) and again.agent == "b"


def test_callers_are_told_when_the_last_who_could_serve_them_leaves():
    router = Router()
    english = staffed(router, "e", since=None, general=3, lang_en=4)
    general = staffed(router, "g", since=None)
    assert router.caller_waits(caller("c"), T) == []
    assert router.caller_waits(caller("d", ENGLISH), T) == []
    assert router.agent_off_duty(english, T) == [NobodyStaffed(CallId("d"))]
    assert router.agent_off_duty(general, T) == [NobodyStaffed(CallId("c"))]
    assert router.staffed(GENERAL) == 0


def test_place_counts_only_callers_who_compete_for_the_same_people():
    router = Router()
    staffed(router, "g", since=None)
    staffed(router, "e", since=None, lang_en=4)
    only_english = Need.of({"lang.en": 3})
    router.caller_waits(caller("g1", since=T), T)
    router.caller_waits(caller("e1", only_english, since=T + 1), T)
    router.caller_waits(caller("g2", since=T + 2), T)
    assert [router.place_of(CallId(c)) for c in ("g1", "e1", "g2")] == [1, 1, 2]
    staffed(router, "both", since=None, general=3, lang_en=4)
    assert [router.place_of(CallId(c)) for c in ("g1", "e1", "g2")] == [1, 2, 3]


def test_held_offers_are_made_in_order_when_released():
    router = Router()
    router.hold_offers()
    staffed(router, "a")
    assert router.caller_waits(caller("second", since=T + 1), T) == []
    assert router.caller_waits(caller("first", since=T), T) == []
    assert router.caller_waits(caller("foreign", ENGLISH), T) == []
    decisions = router.release_offers(T)
    assert offered(decisions) == [("first", "a")]
    assert NobodyStaffed(CallId("foreign")) in decisions
    assert router.check() == []


def test_what_cannot_be_is_an_error():
    router = Router()
    agent = staffed(router, "a")
    [offer] = router.caller_waits(caller("c"), T)
    with pytest.raises(RouterError, match="waits already"):
        router.caller_waits(caller("c"), T)
    with pytest.raises(RouterError, match="open offer"):
        router.agent_available(agent, T, T)
    with pytest.raises(RouterError, match="not on duty"):
        router.agent_available(AgentId("nobody"), T, T)
    with pytest.raises(OfferError, match="not possible"):
        router.offer_accepted(offer.offer, T)
    with pytest.raises(OfferError, match="not open"):
        router.offer_rings("unknown")


def test_queue_length_counts_callers_whose_offer_rings():
    router = Router()
    staffed(router, "a")
    router.caller_waits(caller("c"), T)
    router.caller_waits(caller("d"), T)
    assert router.length("general") == 2
    router.caller_leaves(CallId("c"), T)
    router.caller_leaves(CallId("d"), T)
    assert router.length("general") == 0

"""A random walk through the router: after every event the invariants hold, and each decision is the best one."""

import math
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd.decisions import Decision, MakeOffer, NobodyStaffed, Relaxed, WithdrawOffer
from acd.matching import Need, Strategy, Wish
from acd.offers import OfferEvent
from acd.router import Router, RouterSettings
from acd.waiting import Stage, Waiting
from calls.identity import AgentId, CallId
from calls.skills import parse

NEEDS = [
    Need.of({"general": 1}),
    Need(parse("general >= 3"), strategy=Strategy.MOST_SKILLED),
    Need(parse("general and lang.en >= 3"), wishes=(Wish(parse("housing"), 5), Wish(parse("general >= 4"), 2))),
    Need(parse("housing >= 2 and not team.night"), strategy=Strategy.ROUND_ROBIN),
    Need(parse("housing >= 2 or lang.en >= 4"), strategy=Strategy.LONGEST_IDLE, groups=(parse("team.night"),)),
    Need(parse("general >= 2 or housing"), strategy=Strategy.LEAST_OCCUPIED),
]
PLANS: list[list[Any]] = [[need] for need in NEEDS] + [
    [NEEDS[2], Stage(5, Need(parse("general and lang.en"))), Stage(20, NEEDS[0])],
    [NEEDS[1], Stage(8, NEEDS[4])],
    [NEEDS[5]],
]
FAILURES = [OfferEvent.MISS, OfferEvent.DECLINE, OfferEvent.FAIL]


class Walk:
    """A shell that knows the truth independently: who is away, busy, waiting, and which offers are open."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.router = Router(RouterSettings(avoid_s=30))
        self.now = 0.0
        self.skills: dict[AgentId, dict[str, int]] = {}
        self.free: dict[AgentId, float] = {}
        self.waiting: dict[CallId, Waiting] = {}
        self.offers: dict[str, MakeOffer] = {}
        self.ringing: set[str] = set()
        self.avoid: dict[tuple[CallId, AgentId], float] = {}
        self.needs: dict[CallId, Need] = {}  # what is asked for now
        self.stages: dict[CallId, int] = {}
        self.turns: dict[AgentId, int] = {}
        self.busy_since: dict[AgentId, float] = {}
        self.busy: dict[AgentId, list[tuple[float, float]]] = {}  # every time spent busy, from when until when
        self.long_ago: dict[AgentId, float] = {}  # the sum of the first of them, at the time 0
        self.relaxed = self.withdrawn = 0
        self.served = 0
        self.calls = 0

    def carry_out(self, decisions: list[Decision]) -> None:
        for decision in decisions:
            match decision:
                case Relaxed():
                    self.relax(decision)
                case NobodyStaffed():
                    self.nobody_indeed(decision.call)
                case MakeOffer():
                    assert decision.agent in self.free, "an offer to somebody who is not available"
                    assert decision.call in self.waiting
                    assert all(o.call != decision.call for o in self.offers.values()), "two offers for a caller"
                    assert self.suits(self.needs[decision.call], decision.agent)
                    assert self.avoid.get((decision.call, decision.agent), 0) <= self.now
                    self.no_better_pair(decision)
                    del self.free[decision.agent]
                    self.turns[decision.agent] = int(decision.offer)
                    self.busy_since[decision.agent] = self.now
                    self.offers[decision.offer] = decision
                case WithdrawOffer():
                    del self.offers[decision.offer]
                    self.ringing.discard(decision.offer)
                    self.withdrawn += 1

    def relax(self, told: Relaxed) -> None:
        assert told.stage > self.stages[told.call], "a caller asked for more again"
        self.stages[told.call] = told.stage
        self.needs[told.call] = self.waiting[told.call].stages[told.stage - 1].need
        self.relaxed += 1

    def nobody_indeed(self, call: CallId) -> None:
        later = self.waiting[call].stages[self.stages[call] :]
        for need in (self.needs[call], *(stage.need for stage in later)):
            assert not any(self.suits(need, agent) for agent in self.skills), "somebody on duty could serve"

    def nobody_held_up(self) -> None:
        """Stages are reached by waiting time alone, ringing or not."""
        for call, caller in self.waiting.items():
            assert self.stages[call] >= sum(1 for s in caller.stages if caller.since + s.after_s <= self.now)

    def suits(self, need: Need, agent: AgentId) -> bool:
        return need.only in (None, agent) and need.satisfied_by(self.skills[agent])

    def may_get(self, call: CallId, agent: AgentId) -> bool:
        return self.suits(self.needs[call], agent) and self.avoid.get((call, agent), 0) <= self.now

    def rank(self, need: Need, agent: AgentId) -> tuple[int, float, float, str]:
        own = 0 if need.only else need.rank(self.skills[agent], self.weight)
        beside = 0.0
        if need.strategy is Strategy.ROUND_ROBIN:
            beside = self.turns.get(agent, 0)
        elif need.strategy is Strategy.LEAST_OCCUPIED:
            beside = self.occupied(agent)
        return own, beside, self.free[agent], agent

    def weight(self, skill: str) -> int:
        """Half as much with each doubling of those on duty who have the skill."""
        holders = sum(skill in skills for skills in self.skills.values())
        return 0 if skill.startswith("team.") else 65536 // 2 ** int(math.log2(holders))

    def occupied(self, agent: AgentId) -> float:
        """Each busy second counts half an hour later: summed anew from all of them, to nine digits."""
        summed = self.summed(self.busy.get(agent, []))
        summed += self.long_ago.get(agent, 0.0) * self.faded(0.0)
        return float(f"{summed:.9g}")

    def summed(self, times: list[tuple[float, float]]) -> float:
        return sum(self.faded(ended) - self.faded(began) for began, ended in times)

    def faded(self, at: float) -> float:
        return math.exp(-math.log(2) / 3600 * (self.now - at))

    def busy_no_more(self, agent: AgentId) -> None:
        began = self.busy_since.pop(agent, None)
        if began is not None and self.now > began:
            times = self.busy.setdefault(agent, [])
            times.append((began, self.now))
            if len(times) > 500:  # else a million events take hours
                before = self.long_ago.get(agent, 0.0)
                self.long_ago[agent] = before + self.summed(times[:400]) / self.faded(0.0)
                del times[:400]

    @staticmethod
    def due(caller: Waiting) -> tuple[float, float]:
        return caller.since + caller.target_s - 60 * caller.priority, caller.since

    def no_better_pair(self, made: MakeOffer) -> None:
        """No other free agent suited this caller better; nobody ahead in line was passed over for this agent."""
        need = self.needs[made.call]
        for agent in self.free:
            if self.may_get(made.call, agent):
                assert self.rank(need, made.agent) <= self.rank(need, agent)
        offered = {o.call for o in self.offers.values()}
        for other in self.waiting.values():
            if other.call not in offered and self.may_get(other.call, made.agent):
                assert self.due(self.waiting[made.call]) <= self.due(other), "somebody ahead was passed over"

    def step(self) -> None:
        self.now += self.random.expovariate(1.0)
        self.carry_out(self.router.pass_time(self.now))
        self.nobody_held_up()
        hang_up = 4 if len(self.waiting) < 10 else 40  # keeps the line short enough for a full check at each step
        weights = {
            self.arrive: 24, self.hang_up: hang_up, self.duty: 6, self.off: 2, self.available: 24, self.away: 3,
            self.ring: 14, self.fail: 5, self.accept: 12, self.learn: 2, self.edit: 2,
        }  # fmt: skip
        self.random.choices(list(weights), list(weights.values()))[0]()

    def some(self, things: object) -> object:
        listed = sorted(things)  # type: ignore[call-overload]
        return self.random.choice(listed) if listed else None

    def arrive(self) -> None:
        self.calls += 1
        since = self.now - self.random.choice([0, 0, 0, 40])
        need, *later = self.random.choice(PLANS)
        if self.random.random() < 0.2:  # a repeat caller, held for the last agent a while
            need, later = replace(need, only=AgentId(f"a{self.random.randrange(8)}")), [Stage(4, need), *later]
        priority, target = self.random.choice([0, 0, 5]), self.random.choice([15.0, 60.0])
        caller = Waiting(CallId(f"c{self.calls}"), "q", need, priority, since, tuple(later), target)
        self.waiting[caller.call] = caller
        self.needs[caller.call], self.stages[caller.call] = need, 0
        self.carry_out(self.router.caller_waits(caller, self.now))

    def hang_up(self) -> None:
        call = self.some(self.waiting)
        if call is not None:
            decisions = self.router.caller_leaves(call, self.now)
            del self.waiting[call]
            self.carry_out(decisions)

    def edit(self) -> None:
        """Somebody's queue asks for something else from now on; perhaps the offer rings already."""
        call = self.some(self.waiting)
        if call is not None:
            need, *later = self.random.choice(PLANS)
            if (self.waiting[call].need, self.waiting[call].stages) == (need, tuple(later)):
                return
            caller = self.waiting[call] = replace(self.waiting[call], need=need, stages=tuple(later))
            reached = self.stages[call] = sum(1 for s in later if caller.since + s.after_s <= self.now)
            self.needs[call] = later[reached - 1].need if reached else need
            place = self.places()
            self.carry_out(self.router.caller_asks_anew(call, need, tuple(later), self.now))
            assert [c for c in self.places() if c in place] == [c for c in place if c in self.waiting], (
                "a place was lost"
            )

    def places(self) -> list[CallId]:
        return [caller.call for caller in self.router.waiting()]

    def duty(self) -> None:
        agent = AgentId(f"a{self.random.randrange(8)}")
        if agent not in self.skills:
            self.train(agent)

    def learn(self) -> None:
        """Somebody on duty, free, ringing or talking, gets other skills."""
        agent = self.some(self.skills)
        if agent is not None:
            self.train(agent)

    def train(self, agent: AgentId) -> None:
        names = ("general", "lang.en", "housing", "team.night")
        self.skills[agent] = {s: self.random.randint(1, 5) for s in names if self.random.random() < 0.6}
        self.carry_out(self.router.agent_on_duty(agent, self.skills[agent], self.now))

    def off(self) -> None:
        agent = self.some(self.skills)
        if agent is not None:
            self.free.pop(agent, None)
            self.busy_no_more(agent)
            del self.skills[agent]
            self.carry_out(self.router.agent_off_duty(agent, self.now))

    def available(self) -> None:
        busy = {o.agent for o in self.offers.values()}
        agent = self.some(a for a in self.skills if a not in busy and a not in self.free)
        if agent is not None:
            self.free[agent] = self.now
            self.busy_no_more(agent)
            self.carry_out(self.router.agent_available(agent, self.now, self.now))

    def away(self) -> None:
        agent = self.some(self.skills)
        if agent is not None:
            self.free.pop(agent, None)
            self.busy_no_more(agent)
            self.carry_out(self.router.agent_unavailable(agent, self.now))

    def ring(self) -> None:
        offer = self.some(set(self.offers) - self.ringing)
        if offer is not None:
            self.router.offer_rings(offer)
            self.ringing.add(offer)

    def fail(self) -> None:
        offer = self.some(self.offers)
        if offer is not None:
            made = self.offers.pop(offer)
            self.ringing.discard(offer)
            self.busy_no_more(made.agent)
            decisions = self.router.offer_failed(offer, self.now, self.random.choice(FAILURES))
            if self.needs[made.call].only and decisions and isinstance(decisions[0], Relaxed):
                self.relax(decisions.pop(0))  # type: ignore[arg-type]
            if any(a != made.agent and self.suits(self.needs[made.call], a) for a in self.skills):
                self.avoid[made.call, made.agent] = self.now + 30
            self.carry_out(decisions)

    def accept(self) -> None:
        offer = self.some(self.ringing)
        if offer is not None:
            self.router.offer_accepted(offer, self.now)
            self.ringing.discard(offer)
            del self.waiting[self.offers.pop(offer).call]
            self.served += 1


def test_invariants_hold_after_every_event_of_a_long_random_walk():
    walk = Walk(seed=12345)
    for _ in range(20_000):
        walk.step()
        assert walk.router.check() == []
    assert walk.served > 1_000
    assert all(c.users for c in walk.router._classes.values() if c.need.only), "a class for one agent was kept"
    assert min(walk.relaxed, walk.withdrawn) > 500
    assert len(walk.router.waiting()) == len(walk.waiting)
    assert {o.id for o in walk.router.open_offers()} == set(walk.offers)


@pytest.mark.soak
def test_a_random_walk_of_a_million_events_breaks_no_invariant():
    walk = Walk(seed=20261124)
    for _ in range(1_000_000):
        walk.step()
        assert walk.router.check() == []
    print(f"\n1,000,000 events: {walk.calls} callers, {walk.served} served, {walk.relaxed} relaxed")


@given(st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_invariants_hold_on_any_walk(seed: int):
    walk = Walk(seed)
    for _ in range(150):
        walk.step()
        assert walk.router.check() == []


@given(st.lists(st.integers(0, 50)))
def test_place_in_line_is_what_counting_by_hand_gives(sinces: list[int]):
    router = Router()
    router.agent_on_duty(AgentId("a"), {"general": 3}, 0)
    for number, since in enumerate(sinces):
        router.caller_waits(Waiting(CallId(str(number)), "q", NEEDS[0], 0, since), 0)
    order = sorted(range(len(sinces)), key=lambda n: (sinces[n], n))
    assert [router.place_of(CallId(str(n))) for n in order] == list(range(1, len(sinces) + 1))

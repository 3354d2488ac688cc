"""A random walk through the router: after every event the invariants hold, and each decision is the best one."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from acd.decisions import Decision, MakeOffer, WithdrawOffer
from acd.matching import Need
from acd.ordered import Ordered
from acd.router import Router, RouterSettings
from acd.waiting import Waiting
from calls.identity import AgentId, CallId

NEEDS = [
    Need.of({"general": 1}),
    Need.of({"general": 3}),
    Need.of({"general": 1, "lang.en": 3}),
    Need.of({"housing": 2}),
    Need.of({"housing": 2, "lang.en": 1}),
]


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
        self.served = 0
        self.calls = 0

    def carry_out(self, decisions: list[Decision]) -> None:
        for decision in decisions:
            match decision:
                case MakeOffer():
                    assert decision.agent in self.free, "an offer to somebody who is not available"
                    assert decision.call in self.waiting
                    assert all(o.call != decision.call for o in self.offers.values()), "two offers for a caller"
                    need = self.waiting[decision.call].need
                    assert need.satisfied_by(self.skills[decision.agent])
                    assert self.avoid.get((decision.call, decision.agent), 0) <= self.now
                    self.no_better_pair(decision)
                    del self.free[decision.agent]
                    self.offers[decision.offer] = decision
                case WithdrawOffer():
                    del self.offers[decision.offer]
                    self.ringing.discard(decision.offer)

    def no_better_pair(self, made: MakeOffer) -> None:
        """No other free agent suited this caller better; nobody ahead in line was passed over for this agent."""
        mine = self.waiting[made.call]
        rank = (mine.need.excess(self.skills[made.agent]), self.free[made.agent])
        for agent, since in self.free.items():
            if mine.need.satisfied_by(self.skills[agent]) and self.avoid.get((made.call, agent), 0) <= self.now:
                assert rank <= (mine.need.excess(self.skills[agent]), since)
        offered = {o.call for o in self.offers.values()}
        for other in self.waiting.values():
            if other.call in offered or not other.need.satisfied_by(self.skills[made.agent]):
                continue
            if self.avoid.get((other.call, made.agent), 0) <= self.now:
                assert (-mine.priority, mine.since) <= (-other.priority, other.since), "somebody ahead was passed over"

    def step(self) -> None:
        self.now += self.random.expovariate(1.0)
        self.carry_out(self.router.pass_time(self.now))
        hang_up = 4 if len(self.waiting) < 10 else 40  # keeps the line short enough for a full check at each step
        weights = {
            self.arrive: 24, self.hang_up: hang_up, self.duty: 6, self.off: 2, self.available: 24, self.away: 3,
            self.ring: 14, self.fail: 5, self.accept: 12,
        }  # fmt: skip
        self.random.choices(list(weights), list(weights.values()))[0]()

    def some(self, things: object) -> object:
        listed = sorted(things)  # type: ignore[call-overload]
        return self.random.choice(listed) if listed else None

    def arrive(self) -> None:
        self.calls += 1
        since = self.now - self.random.choice([0, 0, 0, 40])
        caller = Waiting(CallId(f"c{self.calls}"), "q", self.random.choice(NEEDS), self.random.choice([0, 0, 5]), since)
        self.waiting[caller.call] = caller
        self.carry_out(self.router.caller_waits(caller, self.now))

    def hang_up(self) -> None:
        call = self.some(self.waiting)
        if call is not None:
            decisions = self.router.caller_leaves(call, self.now)
            del self.waiting[call]
            self.carry_out(decisions)

    def duty(self) -> None:
        agent = AgentId(f"a{self.random.randrange(8)}")
        if agent not in self.skills:
            drawn = {
                s: self.random.randint(1, 5) for s in ("general", "lang.en", "housing") if self.random.random() < 0.6
            }
            self.skills[agent] = drawn
            self.carry_out(self.router.agent_on_duty(agent, drawn, self.now))

    def off(self) -> None:
        agent = self.some(self.skills)
        if agent is not None:
            self.free.pop(agent, None)
            self.carry_out(self.router.agent_off_duty(agent, self.now))
            del self.skills[agent]

    def available(self) -> None:
        busy = {o.agent for o in self.offers.values()}
        agent = self.some(a for a in self.skills if a not in busy and a not in self.free)
        if agent is not None:
            self.free[agent] = self.now
            self.carry_out(self.router.agent_available(agent, self.now, self.now))

    def away(self) -> None:
        agent = self.some(self.skills)
        if agent is not None:
            self.free.pop(agent, None)
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
            need = self.waiting[made.call].need
            if any(a != made.agent and need.satisfied_by(s) for a, s in self.skills.items()):
                self.avoid[made.call, made.agent] = self.now + 30
            self.carry_out(self.router.offer_failed(offer, self.now))

    def accept(self) -> None:
        offer = self.some(self.ringing)
        if offer is not None:
            self.router.offer_accepted(offer)
            self.ringing.discard(offer)
            del self.waiting[self.offers.pop(offer).call]
            self.served += 1


def test_invariants_hold_after_every_event_of_a_long_random_walk():
    walk = Walk(seed=12345)
    for _ in range(20_000):
        walk.step()
        assert walk.router.check() == []
    assert walk.served > 1_000
    assert len(walk.router.waiting()) == len(walk.waiting)
    assert {o.id for o in walk.router.open_offers()} == set(walk.offers)


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


def test_the_ordered_sequence_equals_a_sorted_list_through_splits_and_removals():
    rng = random.Random(1)
    kept: list[int] = []
    ordered: Ordered[int] = Ordered()
    for key in rng.sample(range(100_000), 6_000):
        ordered.add(key)
        kept.append(key)
    for key in rng.sample(kept, 5_000):
        ordered.remove(key)
        kept.remove(key)
    kept.sort()
    assert list(ordered) == kept
    assert ordered.first() == kept[0]
    assert len(ordered) == len(kept)
    assert [ordered.count_before(k) for k in range(0, 100_001, 997)] == [
        sum(x < k for x in kept) for k in range(0, 100_001, 997)
    ]

"""Nobody starves: whatever callers come later, each is served within a bound that can be told beforehand.

A house of two, one of them an expert, short of people: callers arrive with any priority and target, some at an old
place, some ask for the expert first, some hang up; offers are missed. Time is the test's own.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from acd.decisions import Decision, MakeOffer, Relaxed
from acd.matching import Need
from acd.offers import OfferEvent
from acd.router import Router, RouterSettings
from acd.waiting import Stage, Waiting
from calls.identity import AgentId, CallId

GENERAL, EXPERT = Need.of({"general": 1}), Need.of({"general": 5})
SKILLS = {AgentId("plain"): {"general": 2}, AgentId("expert"): {"general": 5}}
HEAD_START_S = 3 * 60 + (60 - 15)  # the greatest priority and the tightest target, against the least of both
RELAXED_S, AVOID_S = 20.0, 60.0
ANSWER_S, RING_S, ASIDE_S = 2.0, 5.0, 5.0


@dataclass
class Arrival:
    """How somebody comes: so long after the one before, and with what."""

    gap_s: float
    priority: int
    target_s: float
    expert: bool
    returned_s: float  # the place is so much older
    patience_s: float | None


@dataclass
class Life:
    """What became of one caller."""

    caller: Waiting
    need: Need
    came: float
    in_line: bool = True
    served: float | None = None
    gone: bool = False
    missed: dict[AgentId, float] = field(default_factory=dict)  # until when not offered again
    misses: int = 0


class House:
    """A router, two people, and what happens by time."""

    def __init__(self, talk_s: float, misses: list[bool]) -> None:
        self.router = Router(RouterSettings(avoid_s=AVOID_S, priority_worth_s=60))
        self.talk_s, self.misses = talk_s, misses[::-1]
        self.now = 0.0
        self.due: list[tuple[float, int, Callable[[], None]]] = []
        self.lives: dict[CallId, Life] = {}
        self.missed = self.planned = 0
        for agent, skills in SKILLS.items():
            self.router.agent_on_duty(agent, skills, 0.0)
            self.later(0.0, lambda agent=agent: self.free(agent))  # type: ignore[misc]

    def later(self, after_s: float, what: Callable[[], None]) -> None:
        self.planned += 1
        heapq.heappush(self.due, (self.now + after_s, self.planned, what))

    def run(self) -> None:
        while True:
            wakes_at = self.router.wakes_at()
            if wakes_at is not None and (not self.due or wakes_at <= self.due[0][0]):
                self.now = max(self.now, wakes_at)
                self.carry_out(self.router.pass_time(self.now))
            elif self.due:
                self.now, _, what = heapq.heappop(self.due)
                what()
            else:
                return

    def arrive(self, name: str, how: Arrival) -> None:
        need, stages = (EXPERT, (Stage(RELAXED_S, GENERAL),)) if how.expert else (GENERAL, ())
        since = self.now - how.returned_s
        caller = Waiting(CallId(name), "q", need, how.priority, since, stages, how.target_s)
        self.lives[caller.call] = Life(caller, need, self.now)
        self.carry_out(self.router.caller_waits(caller, self.now))
        if how.patience_s is not None:
            self.later(how.patience_s, lambda: self.hang_up(caller.call))

    def hang_up(self, call: CallId) -> None:
        life = self.lives[call]
        if life.in_line:
            life.in_line, life.gone = False, True
            self.carry_out(self.router.caller_leaves(call, self.now))

    def free(self, agent: AgentId) -> None:
        self.carry_out(self.router.agent_available(agent, self.now, self.now))

    def carry_out(self, decisions: list[Decision]) -> None:
        for decision in decisions:
            life = self.lives[decision.call]
            if isinstance(decision, Relaxed):
                life.need = life.caller.stages[decision.stage - 1].need
            elif isinstance(decision, MakeOffer):
                life.in_line = False
                self.nobody_was_passed_over_for_a_much_later_one(decision, life)
                self.ring(decision, life)

    def nobody_was_passed_over_for_a_much_later_one(self, offer: MakeOffer, chosen: Life) -> None:
        for life in self.lives.values():
            could = life.need.satisfied_by(SKILLS[offer.agent]) and life.missed.get(offer.agent, 0.0) <= self.now
            if life.in_line and could:
                assert chosen.caller.since <= life.caller.since + HEAD_START_S

    def ring(self, offer: MakeOffer, life: Life) -> None:
        self.router.offer_rings(offer.offer)
        if self.misses and self.misses.pop():
            self.missed += 1
            self.later(RING_S, lambda: self.miss(offer, life))
        else:
            life.served = self.now
            self.later(ANSWER_S, lambda: self.talk(offer))

    def miss(self, offer: MakeOffer, life: Life) -> None:
        life.in_line, life.misses = True, life.misses + 1
        life.missed[offer.agent] = self.now + AVOID_S
        self.carry_out(self.router.offer_failed(offer.offer, self.now, OfferEvent.MISS))
        self.later(ASIDE_S, lambda: self.free(offer.agent))

    def talk(self, offer: MakeOffer) -> None:
        self.router.offer_accepted(offer.offer, self.now)
        self.later(self.talk_s, lambda: self.free(offer.agent))

    def most_s(self, life: Life) -> float:
        """The bound: both work all the time for those who are due before, and what they had begun; and less is asked
        for, and nobody avoided any more, after so long."""
        ahead = sum(due(other.caller) <= due(life.caller) for other in self.lives.values() if other is not life)
        work_s = ahead * (ANSWER_S + self.talk_s) + self.missed * (RING_S + ASIDE_S)
        begun_s = ANSWER_S + self.talk_s + RING_S + ASIDE_S
        return RELAXED_S + begun_s + work_s / len(SKILLS) + life.misses * (AVOID_S + RING_S + ASIDE_S)


def due(caller: Waiting) -> float:
    return caller.since + caller.target_s - 60 * caller.priority


ARRIVALS = st.builds(
    Arrival, gap_s=st.floats(0, 15), priority=st.integers(0, 3), target_s=st.sampled_from([15.0, 60.0]),
    expert=st.booleans(), returned_s=st.sampled_from([0.0, 0.0, 40.0]),
    patience_s=st.sampled_from([None, None, None, 5.0, 90.0]),
)  # fmt: skip


@given(st.lists(ARRIVALS, min_size=1, max_size=60), st.floats(5, 120), st.lists(st.booleans(), max_size=12))
def test_nobody_starves_whatever_comes_later(arrivals: list[Arrival], talk_s: float, misses: list[bool]) -> None:
    house = House(talk_s, misses)
    at = 0.0
    for number, how in enumerate(arrivals):
        at += how.gap_s
        house.later(at, lambda name=str(number), how=how: house.arrive(name, how))  # type: ignore[misc]
    house.run()
    assert house.router.waiting() == []
    for life in house.lives.values():
        if not life.gone:
            assert life.served is not None
            assert life.served - life.came <= house.most_s(life)


def test_a_stream_of_urgent_callers_without_end_keeps_an_old_one_waiting_no_longer_than_the_head_start() -> None:
    house, urgent = House(10.0, []), Arrival(0, 3, 15.0, False, 0.0, None)
    for second in range(0, 1200, 3):  # faster than both can talk
        house.later(second, lambda name=f"urgent {second}": house.arrive(name, urgent))  # type: ignore[misc]
    house.later(60, lambda: house.arrive("old", Arrival(0, 0, 60.0, False, 0.0, None)))
    house.run()
    old = house.lives[CallId("old")]
    assert old.served is not None
    before = [life.caller.since for life in house.lives.values() if (life.served or 1e9) < old.served]
    assert 60 + HEAD_START_S - 3 <= max(before) <= 60 + HEAD_START_S
    assert old.served - 60 <= house.most_s(old)

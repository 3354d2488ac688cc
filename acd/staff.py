"""The agents on duty, indexed by the needs they satisfy.

Agents with equal skills share a ``Profile``, which knows once and for all which need classes it satisfies and with
what rank. An agent who becomes free and is not taken at once is pushed into the heap of each of those classes; entries
that no longer hold are dropped when they surface, and a heap that is mostly such entries is rebuilt. So nothing scans
all agents.

What skills weigh (``acd.rarity``) changes now and then when people come and go. Ranks are computed anew when somebody
is next looked for in a class, or becomes free with a profile: at most once for each change.

Classes for one agent only (the last agent of a repeat caller) are kept with that agent, and forgotten when empty.
"""

import heapq
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING

from acd.matching import Need, Skills, Strategy
from acd.ordered import Ordered
from acd.rarity import Rarity
from acd.workload import Workload
from calls.identity import AgentId

if TYPE_CHECKING:
    from acd.waiting import Entry

_Ready = tuple[int, float, float, AgentId, int]
"""An entry of a class's heap: rank, what the strategy looks at besides, idle since, agent, stamp."""

_SLACK = 32


class Served:
    """The indexes of the classes that somebody serves, and how to look all of them up in a list at once.

    ``of(values)`` returns the values at these indexes, as a tuple in the same order. Number 0, which is no class's, is
    among them twice: so there are always several, and it is a tuple.
    """

    __slots__ = ("indexes", "of")

    def __init__(self, indexes: Iterable[int] = ()) -> None:
        self.indexes = (0, 0, *indexes)
        self.of = itemgetter(*self.indexes)

    def and_also(self, classes: Iterable["NeedClass"]) -> "Served":
        """Return the same with more."""
        return Served((*self.indexes[2:], *(each.index for each in classes)))


class NeedClass:
    """All that concerns one distinct need: who waits with it, who is on duty for it, who is free."""

    __slots__ = ("callers", "index", "need", "on_duty", "ready", "turn", "users")

    def __init__(self, need: Need, index: int) -> None:
        self.need = need
        self.index = index
        self.callers: Ordered[Entry] = Ordered()
        self.on_duty: set[AgentId] = set()
        self.ready: list[_Ready] = []
        self.users = 0  # waiting callers who ask for this now, and open offers made for it
        self.turn = 0  # of the weights that the heap's ranks are of


class Profile:
    """A distinct set of skills, and the need classes it satisfies with the rank in each."""

    __slots__ = ("classes", "served", "skills", "turn")

    def __init__(self, skills: Skills) -> None:
        self.skills = dict(skills)
        self.classes: list[tuple[NeedClass, int]] = []
        self.served = Served()
        self.turn = 0  # of the weights that the ranks are of

    def learn(self, need_class: NeedClass, rarity: Rarity) -> bool:
        """Remember a new class if this profile satisfies it; return whether it does."""
        self.weigh(rarity)
        if not need_class.need.satisfied_by(self.skills):
            return False
        self.classes.append((need_class, need_class.need.rank(self.skills, rarity.weight)))
        self.served = self.served.and_also([need_class])
        return True

    def weigh(self, rarity: Rarity) -> None:
        """Make the ranks those of the present weights."""
        if self.turn == rarity.turn:
            return
        self.turn = rarity.turn
        self.classes = [
            (each, each.need.rank(self.skills, rarity.weight) if each.need.weighs_skills else rank)
            for each, rank in self.classes
        ]


@dataclass(slots=True)
class Seated:
    """An agent on duty."""

    agent: AgentId
    profile: Profile
    workload: Workload
    served: Served  # the classes: the profile's, and those for this agent only
    personal: list[NeedClass] = field(default_factory=list)
    idle_since: float = 0.0
    turn: int = 0  # number of the last offer; 0: none yet
    available: bool = False
    serves: tuple[str, float] | None = None  # the queue of the caller being served, and when that was offered
    stamp: int = 0  # heap entries with another stamp no longer hold

    def refresh_served(self) -> None:
        """Take the classes served from the profile and the personal ones, for either has changed."""
        served = self.profile.served
        self.served = served.and_also(self.personal) if self.personal else served

    def classes(self) -> Iterator[tuple[NeedClass, int]]:
        """Walk over all classes served, with the rank in each."""
        yield from self.profile.classes
        for need_class in self.personal:
            yield need_class, 0


class Staff:
    """Agents on duty and free agents, found by need class."""

    def __init__(self) -> None:
        self._profiles: dict[frozenset[tuple[str, int]], Profile] = {}
        self._seated: dict[AgentId, Seated] = {}
        self.get = self._seated.get
        """Returns the agent if on duty, or None. The dictionary's own, for every decision asks."""
        self._general: list[NeedClass] = []
        self._personal: dict[AgentId, list[NeedClass]] = {}
        self._rarity = Rarity()
        self._former: dict[AgentId, tuple[Workload, int]] = {}  # off duty: how busy they were, and their last turn
        self._stamp = 0
        self._turn = 0

    def all(self) -> list[Seated]:
        """Return all agents on duty."""
        return list(self._seated.values())

    # -- needs -----------------------------------------------------------------------------------------------------

    def learn(self, need_class: NeedClass) -> None:
        """Take a new need class into the index (the only walk over all agents, once per distinct need)."""
        only = need_class.need.only
        if only is not None:
            self._personal.setdefault(only, []).append(need_class)
            seated = self._seated.get(only)
            if seated is not None:
                self._learn_personally(seated, need_class)
            return
        self._general.append(need_class)
        need_class.turn = self._rarity.turn
        fitting = {id(profile) for profile in self._profiles.values() if profile.learn(need_class, self._rarity)}
        for seated in self._seated.values():
            if id(seated.profile) in fitting:
                seated.refresh_served()
                need_class.on_duty.add(seated.agent)
                if seated.available:
                    self._push(need_class, seated.profile.classes[-1][1], seated)

    def forget(self, need_class: NeedClass) -> None:
        """Drop a class for one agent only."""
        only = need_class.need.only
        if only is None:
            return
        kept = self._personal.get(only, [])
        kept.remove(need_class)
        if not kept:
            self._personal.pop(only, None)
        seated = self._seated.get(only)
        if seated is not None and need_class in seated.personal:
            seated.personal.remove(need_class)
            seated.refresh_served()

    def _learn_personally(self, seated: Seated, need_class: NeedClass) -> None:
        if not need_class.need.satisfied_by(seated.profile.skills):
            return
        seated.personal.append(need_class)
        seated.refresh_served()
        need_class.on_duty.add(seated.agent)
        if seated.available:
            self._push(need_class, 0, seated)

    # -- coming and going ------------------------------------------------------------------------------------------

    def come(self, agent: AgentId, skills: Skills, now: float) -> Seated:
        """Put an agent on duty, not available yet."""
        profile = self._profile(skills)
        workload, turn = self._former.pop(agent, (Workload(now), 0))
        seated = self._seated[agent] = Seated(agent, profile, workload, profile.served, turn=turn)
        self._rarity.come(profile.skills)
        self._enter(seated)
        return seated

    def go(self, seated: Seated, now: float) -> list[NeedClass]:
        """Take an agent off duty; return the classes that now have nobody."""
        self.take(seated)
        seated.workload.away(now)
        self._former[seated.agent] = seated.workload, seated.turn
        self._rarity.go(seated.profile.skills)
        del self._seated[seated.agent]
        return self._withdraw(seated)

    def retrain(self, seated: Seated, skills: Skills) -> list[NeedClass]:
        """Replace an agent's skills, not available until freed again; return the classes that now have nobody."""
        self.take(seated)
        left = self._withdraw(seated)
        self._rarity.go(seated.profile.skills)
        seated.profile, seated.personal = self._profile(skills), []
        self._rarity.come(seated.profile.skills)
        seated.refresh_served()
        self._enter(seated)
        return [need_class for need_class in left if not need_class.on_duty]

    def _profile(self, skills: Skills) -> Profile:
        key = frozenset(skills.items())
        profile = self._profiles.get(key)
        if profile is None:
            profile = self._profiles[key] = Profile(skills)
            for need_class in self._general:
                profile.learn(need_class, self._rarity)
        return profile

    def _enter(self, seated: Seated) -> None:
        for need_class, _ in seated.profile.classes:
            need_class.on_duty.add(seated.agent)
        for need_class in self._personal.get(seated.agent, ()):
            self._learn_personally(seated, need_class)

    def _withdraw(self, seated: Seated) -> list[NeedClass]:
        bare = []
        for need_class, _ in seated.classes():
            need_class.on_duty.discard(seated.agent)
            if not need_class.on_duty:
                bare.append(need_class)
        return bare

    # -- free agents -----------------------------------------------------------------------------------------------

    def free(self, seated: Seated) -> None:
        """Show an agent as available to all classes served."""
        self._stamp += 1
        seated.available, seated.stamp = True, self._stamp
        seated.profile.weigh(self._rarity)
        for need_class, rank in seated.profile.classes:
            self._push(need_class, rank, seated)
        for need_class in seated.personal:
            self._push(need_class, 0, seated)

    def take(self, seated: Seated) -> None:
        """Make an agent unavailable; the heap entries die by their stamp."""
        seated.available, seated.stamp = False, 0

    def offered(self, seated: Seated) -> None:
        """Remember whose turn it was."""
        self._turn += 1
        seated.turn = self._turn

    def best(self, need_class: NeedClass, avoid: Container[AgentId]) -> Seated | None:
        """Return the first of a class's free agents, in its order, who is not to be avoided."""
        if need_class.turn != self._rarity.turn:
            self._weigh(need_class)
        heap, aside = need_class.ready, []
        found = None
        while heap:
            seated = self._holding(heap[0])
            if seated is None:
                heapq.heappop(heap)
            elif seated.agent in avoid:
                aside.append(heapq.heappop(heap))
            else:
                found = seated
                break
        for entry in aside:
            heapq.heappush(heap, entry)
        return found

    def free_in(self, need_class: NeedClass) -> int:
        """Return how many of a class are free. A walk over those on duty for it: for explanations."""
        return sum(1 for agent in need_class.on_duty if self._seated[agent].available)

    def working_in(self, need_class: NeedClass) -> int:
        """Return how many of a class are free or serve somebody: those on a break or lost to sight do not."""
        seats = (self._seated[agent] for agent in need_class.on_duty)
        return sum(1 for seated in seats if seated.available or not seated.workload.is_away)

    def _holding(self, entry: _Ready) -> Seated | None:
        """Return the agent of a heap entry if the entry still holds."""
        seated = self._seated.get(entry[3])
        return seated if seated is not None and seated.available and seated.stamp == entry[4] else None

    def _weigh(self, need_class: NeedClass) -> None:
        """Make the ranks in a class's heap those of the present weights."""
        need_class.turn = self._rarity.turn
        need = need_class.need
        if not need.weighs_skills or need.only is not None:
            return
        ranks: dict[int, int] = {}  # of profiles
        fresh: list[_Ready] = []
        for entry in need_class.ready:
            seated = self._holding(entry)
            if seated is not None:
                profile = seated.profile
                if id(profile) not in ranks:
                    ranks[id(profile)] = need.rank(profile.skills, self._rarity.weight)
                fresh.append((ranks[id(profile)], *entry[1:]))
        heapq.heapify(fresh)
        need_class.ready[:] = fresh

    def _push(self, need_class: NeedClass, rank: int, seated: Seated) -> None:
        heap = need_class.ready
        if len(heap) > 2 * len(need_class.on_duty) + _SLACK:
            heap[:] = [entry for entry in heap if self._holding(entry) is not None]
            heapq.heapify(heap)
        strategy, beside = need_class.need.strategy, 0.0
        if strategy is Strategy.LEAST_OCCUPIED:
            beside = seated.workload.busier()
        elif strategy is Strategy.ROUND_ROBIN:
            beside = seated.turn
        heapq.heappush(heap, (rank, beside, seated.idle_since, seated.agent, seated.stamp))

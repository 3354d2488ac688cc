"""The agents on duty, indexed by the needs they satisfy.

Agents with equal skills share a ``Profile``, which knows once and for all which need classes it satisfies. An agent who
becomes free and is not taken at once is pushed into the heap of each of those classes; entries that no longer hold are
dropped when they surface, and a heap that is mostly such entries is rebuilt. So nothing scans all agents.
"""

import heapq
from dataclasses import dataclass, field

from acd.matching import Need, Skills
from acd.ordered import Ordered
from calls.identity import AgentId, CallId

Key = tuple[int, float, int, CallId]
"""A caller's place in the order of all lines: minus priority, waiting since, order of arrival, call."""

_Ready = tuple[int, float, AgentId, int]
"""An entry of a class's heap: excess, idle since, agent, stamp."""

_SLACK = 32


class NeedClass:
    """All that concerns one distinct need: who waits with it, who is on duty for it, who is free."""

    __slots__ = ("callers", "index", "need", "on_duty", "ready")

    def __init__(self, need: Need, index: int) -> None:
        self.need = need
        self.index = index
        self.callers: Ordered[Key] = Ordered()
        self.on_duty: set[AgentId] = set()
        self.ready: list[_Ready] = []


class Profile:
    """A distinct set of skills, and the need classes it satisfies with the excess for each."""

    __slots__ = ("classes", "indexes", "skills")

    def __init__(self, skills: Skills) -> None:
        self.skills = dict(skills)
        self.classes: list[tuple[NeedClass, int]] = []
        self.indexes: set[int] = set()

    def learn(self, need_class: NeedClass) -> bool:
        """Remember a new class if this profile satisfies it; return whether it does."""
        if not need_class.need.satisfied_by(self.skills):
            return False
        self.classes.append((need_class, need_class.need.excess(self.skills)))
        self.indexes.add(need_class.index)
        return True


@dataclass(slots=True)
class Seated:
    """An agent on duty."""

    agent: AgentId
    profile: Profile
    idle_since: float = 0.0
    available: bool = False
    stamp: int = field(default=0)  # heap entries with another stamp no longer hold


class Staff:
    """Agents on duty and free agents, found by need class."""

    def __init__(self) -> None:
        self._profiles: dict[frozenset[tuple[str, int]], Profile] = {}
        self._seated: dict[AgentId, Seated] = {}
        self._stamp = 0

    def get(self, agent: AgentId) -> Seated | None:
        """Return the agent if on duty."""
        return self._seated.get(agent)

    def all(self) -> list[Seated]:
        """Return all agents on duty."""
        return list(self._seated.values())

    def learn(self, need_class: NeedClass) -> None:
        """Take a new need class into the index (the only walk over all agents, once per distinct need)."""
        fitting = {id(profile) for profile in self._profiles.values() if profile.learn(need_class)}
        for seated in self._seated.values():
            if id(seated.profile) in fitting:
                need_class.on_duty.add(seated.agent)
                if seated.available:
                    self._push(need_class, need_class.need.excess(seated.profile.skills), seated)

    def come(self, agent: AgentId, skills: Skills, classes: list[NeedClass]) -> Seated:
        """Put an agent on duty, not available yet."""
        key = frozenset(skills.items())
        profile = self._profiles.get(key)
        if profile is None:
            profile = self._profiles[key] = Profile(skills)
            for need_class in classes:
                profile.learn(need_class)
        seated = self._seated[agent] = Seated(agent, profile)
        for need_class, _ in profile.classes:
            need_class.on_duty.add(agent)
        return seated

    def go(self, seated: Seated) -> list[NeedClass]:
        """Take an agent off duty; return the classes that now have nobody."""
        self.take(seated)
        del self._seated[seated.agent]
        bare = []
        for need_class, _ in seated.profile.classes:
            need_class.on_duty.discard(seated.agent)
            if not need_class.on_duty:
                bare.append(need_class)
        return bare

    def free(self, seated: Seated) -> None:
        """Show an agent as available to all classes served."""
        self._stamp += 1
        seated.available, seated.stamp = True, self._stamp
        for need_class, excess in seated.profile.classes:
            self._push(need_class, excess, seated)

    def take(self, seated: Seated) -> None:
        """Make an agent unavailable; the heap entries die by their stamp."""
        seated.available, seated.stamp = False, 0

    def best(self, need_class: NeedClass, avoid: dict[AgentId, float]) -> Seated | None:
        """Return the least over-qualified, then longest idle free agent of a class who is not to be avoided."""
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

    def _holding(self, entry: _Ready) -> Seated | None:
        """Return the agent of a heap entry if the entry still holds."""
        seated = self._seated.get(entry[2])
        return seated if seated is not None and seated.available and seated.stamp == entry[3] else None

    def _push(self, need_class: NeedClass, excess: int, seated: Seated) -> None:
        heap = need_class.ready
        if len(heap) > 2 * len(need_class.on_duty) + _SLACK:
            heap[:] = [entry for entry in heap if self._holding(entry) is not None]
            heapq.heapify(heap)
        heapq.heappush(heap, (excess, seated.idle_since, seated.agent, seated.stamp))

"""Who can serve whom, and who best: a caller's need against an agent's skills.

Hard needs bind: an agent who does not satisfy them is never offered the caller. Ring groups and wishes weigh: among
the free, an agent of an earlier group goes first, then one who misses the lesser weight of wishes, then the
strategy's choice.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from calls.identity import AgentId
from calls.skills import ANYBODY, Expression, Skills, at_least, mentioned

__all__ = ["Need", "Skills", "Strategy", "Wish"]


Weight = Callable[[str], int]
"""Says what a skill weighs, the more the rarer it is (``acd.rarity``)."""


class Strategy(StrEnum):
    """Who of several free agents gets the caller. Ties: longest idle, then the agent's id."""

    LEAST_OVER_QUALIFIED = "least_over_qualified"  # fewest, least rare skills that the caller does not need
    LONGEST_IDLE = "longest_idle"
    LEAST_OCCUPIED = "least_occupied"  # the least share of recent time spent busy (``acd.workload``)
    MOST_SKILLED = "most_skilled"  # the highest levels in the skills named
    ROUND_ROBIN = "round_robin"  # who was offered anybody the longest ago


@dataclass(frozen=True, slots=True)
class Wish:
    """What would be good in an agent, and how much (1 to 100) it weighs against other wishes."""

    that: Expression
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Need:
    """What a caller needs of an agent. Equal needs are one class to the router: make few, and use them often."""

    hard: Expression = ANYBODY
    wishes: tuple[Wish, ...] = ()
    groups: tuple[Expression, ...] = ()  # ring groups, in order; who is in none goes last
    strategy: Strategy = Strategy.LEAST_OVER_QUALIFIED
    only: AgentId | None = None  # nobody else: the agent of a repeat caller's last talk
    _hash: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        value = hash((self.hard, self.wishes, self.groups, self.strategy, self.only))
        object.__setattr__(self, "_hash", value)  # trees are hashed once, not at each look-up

    def __hash__(self) -> int:
        return self._hash

    @classmethod
    def of(cls, skills: Skills) -> "Need":
        """Return the need for these least levels; their order does not matter."""
        return cls(at_least(skills))

    def satisfied_by(self, skills: Skills) -> bool:
        """Return whether an agent with ``skills`` may serve this need."""
        return self.hard.satisfied_by(skills)

    def for_anybody(self) -> "Need":
        """Return the same for whoever has the skills, not for the last agent only."""
        return self if self.only is None else replace(self, only=None)

    def least_levels(self) -> dict[str, int]:
        """Return skill -> least level, as far as the need can be said so: for figures and lists."""
        return {part.skill: part.level for part in self.hard.levels() if part.compare == ">="}

    def excess(self, skills: Skills, weight: Weight) -> int:
        """Return how over-qualified an agent is: what the skills weigh that this need leaves unused.

        Levels do not count, so that equals share the work by idle time instead of the least expert getting it all.
        """
        used = set(mentioned(self.hard))
        return sum(weight(skill) for skill in skills if skill not in used)

    def group(self, skills: Skills) -> int:
        """Return the agent's ring group: 0 is the first; their number when in none."""
        for number, group in enumerate(self.groups):
            if group.satisfied_by(skills):
                return number
        return len(self.groups)

    def missed_wishes(self, skills: Skills) -> tuple[Wish, ...]:
        """Return the wishes that an agent does not fulfil."""
        return tuple(wish for wish in self.wishes if not wish.that.satisfied_by(skills))

    @property
    def weighs_skills(self) -> bool:
        """Whether ``rank`` depends on what skills weigh."""
        return self.strategy is Strategy.LEAST_OVER_QUALIFIED

    def rank(self, skills: Skills, weight: Weight) -> int:
        """Return what orders the free agents before their idle time and the like: the least goes first."""
        match self.strategy:
            case Strategy.LEAST_OVER_QUALIFIED:
                static = self.excess(skills, weight)
            case Strategy.MOST_SKILLED:
                static = _MANY - 1 - sum(skills.get(skill, 0) for skill in mentioned(self.hard))
            case _:
                static = 0
        penalty = sum(wish.weight for wish in self.missed_wishes(skills))
        return (self.group(skills) * _MANY + penalty) * _MANY + static


_MANY = 1 << 30  # more than any sum of levels, weights of wishes, or weights of skills

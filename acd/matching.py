"""Who can serve whom: a caller's need against an agent's skills."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Skills: TypeAlias = Mapping[str, int]
"""An agent's skills: name -> level, 1 (some) to 5 (expert). Languages are skills too: ``lang.zh``, ``lang.en``."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a caller needs of an agent: every named skill, at least at the level given. Equal needs are one class."""

    skills: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of(cls, skills: Skills) -> "Need":
        """Return the need for these least levels; their order does not matter."""
        return cls(tuple(sorted(skills.items())))

    def satisfied_by(self, skills: Skills) -> bool:
        """Return whether an agent with ``skills`` may serve this need."""
        return all(skills.get(skill, 0) >= level for skill, level in self.skills)

    def excess(self, skills: Skills) -> int:
        """Return how over-qualified an agent is: the number of skills that this need leaves unused.

        Levels do not count, so that equals share the work by idle time instead of the least expert getting it all.
        """
        used = sum(1 for skill, _ in self.skills if skill in skills)
        return len(skills) - used

    def as_dict(self) -> dict[str, int]:
        """Return skill -> least level."""
        return dict(self.skills)

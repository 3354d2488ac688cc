"""How rare each skill is among those on duty, so that who has a rare one is spared.

An agent's skill weighs its share of the house: who is the only one with it weighs 1, one of two or three a half, one of
four to seven a quarter, and so on by powers of two. By steps, so that hardly any coming or going changes a weight: what
is computed from weights stays good as long as ``turn`` is the same.
"""

from collections.abc import Iterable

ALONE = 1 << 16
"""The weight of a skill that one agent alone has; a whole number, for all others are fractions of it."""

TEAM = "team."
"""Being in a team is no skill to be spared."""


class Rarity:
    """Counts who has what."""

    __slots__ = ("_holders", "turn")

    def __init__(self) -> None:
        self._holders: dict[str, int] = {}
        self.turn = 0  # another whenever a weight is another

    def come(self, skills: Iterable[str]) -> None:
        """Somebody with these skills comes on duty."""
        self._count(skills, 1)

    def go(self, skills: Iterable[str]) -> None:
        """Somebody with these skills leaves."""
        self._count(skills, -1)

    def weight(self, skill: str) -> int:
        """Return what this skill weighs in an agent; ``ALONE`` at the most, 0 for teams."""
        if skill.startswith(TEAM):
            return 0
        return ALONE >> max(0, self._holders.get(skill, 0).bit_length() - 1)

    def _count(self, skills: Iterable[str], change: int) -> None:
        for skill in skills:
            if skill.startswith(TEAM):
                continue
            before = self._holders.get(skill, 0)
            after = self._holders[skill] = before + change
            if before.bit_length() != after.bit_length():
                self.turn += 1

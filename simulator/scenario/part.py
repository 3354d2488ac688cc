"""A run's part that one process carries. Pure: every process comes to the same conclusions by itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """Part ``index`` (from 0) of ``of``."""

    index: int = 0
    of: int = 1

    def has(self, place: int) -> bool:
        """Tell whether the call or seat with this place in the whole run is of this part."""
        return place % self.of == self.index

    def share(self, total: int) -> int:
        """Return this part's share of a bound: all shares together are the whole."""
        return total // self.of + (self.index < total % self.of)

    def ports(self, whole: tuple[int, int]) -> tuple[int, int]:
        """Return this part's own ports of a range (first, last), so that parts do not try each other's."""
        size = (whole[1] - whole[0] + 1) // self.of & ~1
        first = whole[0] + size * self.index
        return (first, first + size - 1) if self.of > 1 else whole

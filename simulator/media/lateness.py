"""How late a process's ticks came in a whole run, however long, and in parts of it: also in the worst second, which a
long run would hide."""

from collections.abc import Mapping
from statistics import median

from simulator.measures.quantiles import Quantiles

WORST_SECOND = "worst_second"
_MOST_LEFT_OUT = 12_000  # a minute's
Parts = Mapping[int, Mapping[str, float]]
"""Figures of each part."""
_SHARES: Mapping[str, float] = {"p50": 0.5, "p99": 0.99, "max": 1.0}


class Lateness:
    """Lateness of ticks, in memory that does not grow. That of several processes can be put together."""

    def __init__(self) -> None:
        self._all = Quantiles()
        self._second = 0  # the one that is going on, of a clock that never goes back
        self._within: list[float] = []  # what came in it
        self._worst = 0.0  # of the seconds before it
        self._split: tuple[float, float] | None = None  # when the first part began, and how long each is
        self._part = -1  # the one that goes on
        self._in_part: Lateness | None = None
        self._parts: dict[int, dict[str, float]] = {}  # those before it

    def add(self, late_s: float, at: float, *, left_out_every: float = 0.0) -> None:
        """Take a tick that was due ``late_s`` before ``at`` (monotonic).

        ``left_out_every``: it stands for all ticks that were due since, one in so many seconds, and never came.
        """
        if int(at) != self._second:
            self._worst, self._second, self._within = self.worst_second_s, int(at), []
        came = min(max(int(late_s / left_out_every), 1), _MOST_LEFT_OUT) if left_out_every else 1
        for place in range(came):
            late = max(late_s - place * left_out_every, 0.0)
            self._all.add(late)
            self._within.append(late)
        if self._split is not None:
            self._add_to_part(late_s, at, left_out_every)

    def split(self, began: float, every_s: float) -> None:
        """Keep apart, too, what comes in each part of ``every_s`` seconds, of which the first begins at ``began``."""
        self._split = began, every_s

    def by_part(self) -> dict[int, dict[str, float]]:
        """Return the figures of each part in which a tick came; of several processes, those of the latest one."""
        if self._in_part is None:
            return dict(self._parts)
        return _later(self._parts, {self._part: self._in_part.figures()})

    def take(self, other: "Lateness") -> None:
        """Take what another process has measured."""
        self._all.take(other._all)
        self._worst = max(self.worst_second_s, other.worst_second_s)
        self._parts, self._in_part = _later(self.by_part(), other.by_part()), None

    def _add_to_part(self, late_s: float, at: float, left_out_every: float) -> None:
        began, every_s = self._split or (at, 1.0)
        part = int((at - began) // every_s)
        if part < 0:
            return
        if part != self._part or self._in_part is None:
            self._parts, self._part, self._in_part = self.by_part(), part, Lateness()
        self._in_part.add(late_s, at, left_out_every=left_out_every)

    @property
    def worst_second_s(self) -> float:
        """How late half of the ticks were, or more, in the worst second."""
        return max(self._worst, median(self._within) if self._within else 0.0)

    def ms(self, quantile: float) -> float:
        """Return how late ticks were, in milliseconds, at a quantile of the whole run; 0 without any."""
        return 1000 * (self._all.at(quantile) or 0.0)

    def figures(self) -> dict[str, float]:
        """Return what reports tell, in milliseconds; nothing where no tick came."""
        if not self._all.count:
            return {}
        return {**{name: self.ms(share) for name, share in _SHARES.items()}, WORST_SECOND: 1000 * self.worst_second_s}


def _later(one: Parts, other: Parts) -> dict[int, dict[str, float]]:
    """Return, of each part, the higher of two figures."""
    return {
        part: {
            name: max(one.get(part, {}).get(name, 0.0), other.get(part, {}).get(name, 0.0))
            for name in {**one.get(part, {}), **other.get(part, {})}
        }
        for part in sorted({*one, *other})
    }

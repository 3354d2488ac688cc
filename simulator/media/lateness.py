"""How late a process's ticks came in a whole run, however long: also its worst second, which a long run would hide."""

from collections.abc import Mapping
from statistics import median

from simulator.measures.quantiles import Quantiles

WORST_SECOND = "worst_second"
_MOST_LEFT_OUT = 12_000  # a minute's
_SHARES: Mapping[str, float] = {"p50": 0.5, "p99": 0.99, "max": 1.0}


class Lateness:
    """Lateness of ticks, in memory that does not grow. That of several processes can be put together."""

    def __init__(self) -> None:
        self._all = Quantiles()
        self._second = 0  # the one that is going on, of a clock that never goes back
        self._within: list[float] = []  # what came in it
        self._worst = 0.0  # of the seconds before it

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

    def take(self, other: "Lateness") -> None:
        """Take what another process has measured."""
        self._all.take(other._all)
        self._worst = max(self.worst_second_s, other.worst_second_s)

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

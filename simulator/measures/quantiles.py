"""Percentiles by HDR histogram: each value counts, to three digits, in memory that never grows."""

import math
from collections.abc import Iterable

from hdrh.histogram import HdrHistogram

_HIGHEST = 36_000_000
"""In units: an hour, where the unit is 0.1 ms."""
_DIGITS = 3


class Quantiles:
    """Values from 0 to an hour, kept to 0.1 ms or a thousandth of themselves, whichever is more."""

    def __init__(self, values: Iterable[float] = (), *, unit: float = 1e-4) -> None:
        """``unit`` is the least difference that is kept."""
        self._unit = unit
        self._histogram = HdrHistogram(1, _HIGHEST, _DIGITS)
        self._sum = 0.0
        self._least, self._most = float("inf"), 0.0
        for value in values:
            self.add(value)

    def add(self, value: float) -> None:
        """Take a value; one beyond the highest counts as the highest."""
        self._histogram.record_value(min(max(round(value / self._unit), 1), _HIGHEST))
        self._sum += value
        self._least, self._most = min(self._least, value), max(self._most, value)

    def take(self, other: "Quantiles") -> None:
        """Take all values of another, of the same unit."""
        self._histogram.add(other._histogram)
        self._sum += other._sum
        self._least, self._most = min(self._least, other._least), max(self._most, other._most)

    def __getstate__(self) -> tuple[float, bytes, float, float, float]:
        """Return what another process can read."""
        return self._unit, self._histogram.encode(), self._sum, self._least, self._most

    def __setstate__(self, state: tuple[float, bytes, float, float, float]) -> None:
        """Be what another process has written."""
        self._unit, histogram, self._sum, self._least, self._most = state
        self._histogram = HdrHistogram.decode(histogram)

    @property
    def count(self) -> int:
        """How many values there are."""
        return int(self._histogram.get_total_count())

    def at(self, quantile: float) -> float | None:
        """Return the least value that this part (0 to 1) of all does not exceed, None without any."""
        if not self.count:
            return None
        rank = max(math.ceil(quantile * self.count), 1)  # the library itself would round to the nearest rank
        found = self._histogram.get_value_at_percentile(100 * rank / self.count) * self._unit
        return float(min(max(found, self._least), self._most))

    def as_dict(self, digits: int = 4) -> dict[str, float | int | None]:
        """Return the usual figures."""
        if not self.count:
            return {"count": 0}
        told: dict[str, float | int | None] = {"count": self.count, "mean": round(self._sum / self.count, digits)}
        for name, quantile in (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)):
            told[name] = round(self.at(quantile) or 0.0, digits)
        told["max"] = round(self._most, digits)
        return told

"""Arrivals that rise in steps until one fails. Pure."""

from collections import Counter
from collections.abc import Sequence

from simulator.scenario.arriving import Steps, had_its_time, plateau_at, rate_at
from simulator.scenario.record import CallRecord, Went


class Plateaus:
    """Judges each step by the calls that came on it. Each record is looked at once."""

    def __init__(self, how: Steps, records: Sequence[CallRecord]) -> None:
        """``records`` grows: calls that are over are put at its end."""
        self._how = how
        self._records = records
        self._counted = 0
        self._came: Counter[int] = Counter()  # by step
        self._bad: Counter[int] = Counter()
        self._last_at = 0.0  # when the last of the calls that are over was to come
        self.reached = 0.0
        """The latest moment for which somebody had a call to place: steps before it had all their time."""

    def step(self, at: float) -> int:
        """Return which step a moment lies on, from 0."""
        return plateau_at(self._how, at)

    def begins(self, step: int) -> float:
        """Return when a step begins, in seconds from the run's beginning."""
        return step * self._how.every_s

    def over(self, at: float) -> bool:
        """Tell whether no call is to come at ``at`` any more: a step before has failed, or the last one is done."""
        here = plateau_at(self._how, at)
        self.reached = max(self.reached, at)
        if here and self._how.first + self._how.by * (here - 1) >= self._how.last:
            return True
        self._count()
        return any(self._failed(step) for step in self._bad if step < here)

    def verdict(self) -> tuple[float | None, float | None]:
        """Return the rate of the highest step that held with all below it, and of the first that did not.

        A step that was cut short, for the calls were used up, say, has not held.
        """
        self._count()
        broke = min((step for step in self._bad if self._failed(step)), default=None)
        had = (step for step in self._came if had_its_time(self._how, step, self._last_at, self.reached))
        whole = max(had, default=-1)
        held = whole if broke is None else min(whole, broke - 1)
        return (
            self._rate(held) if held >= 0 else None,
            None if broke is None else self._rate(broke),
        )

    def _count(self) -> None:
        while self._counted < len(self._records):
            record = self._records[self._counted]
            self._counted += 1
            step = plateau_at(self._how, record.planned_at)
            self._came[step] += 1
            self._last_at = max(self._last_at, record.planned_at)
            if record.went is Went.FAILED:
                self._bad[step] += 1

    def _failed(self, step: int) -> bool:
        return self._bad[step] > self._how.until_failed_share * self._came[step]

    def _rate(self, step: int) -> float:
        return rate_at(self._how, self.begins(step))

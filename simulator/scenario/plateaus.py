"""Arrivals that rise in steps until one fails. Pure."""

from collections.abc import Sequence

from simulator.scenario.arriving import Steps, plateau_at, rate_at
from simulator.scenario.record import CallRecord, Went


class Plateaus:
    """Judges each step by the calls that came on it."""

    def __init__(self, how: Steps) -> None:
        self._how = how

    def over(self, at: float, records: Sequence[CallRecord]) -> bool:
        """Tell whether no call is to come at ``at`` any more: a step before has failed, or the last one is done."""
        here = plateau_at(self._how, at)
        if here and self._how.first + self._how.by * (here - 1) >= self._how.last:
            return True
        return any(self._failed(step, records) for step in range(here))

    def verdict(self, records: Sequence[CallRecord]) -> tuple[float | None, float | None]:
        """Return the rate of the highest step that held with all below it, and of the first that did not."""
        steps = 1 + max((self._step(record) for record in records), default=-1)
        broke = next((step for step in range(steps) if self._failed(step, records)), None)
        held = (steps if broke is None else broke) - 1
        return (
            self._rate(held) if held >= 0 else None,
            None if broke is None else self._rate(broke),
        )

    def _failed(self, step: int, records: Sequence[CallRecord]) -> bool:
        here = [record for record in records if self._step(record) == step]
        bad = sum(record.went is Went.FAILED for record in here)
        return bool(here) and bad > self._how.until_failed_share * len(here)

    def _step(self, record: CallRecord) -> int:
        return plateau_at(self._how, record.planned_at)

    def _rate(self, step: int) -> float:
        return rate_at(self._how, step * self._how.every_s)

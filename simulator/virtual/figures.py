"""What came of a run, by the definitions by which hotlines are judged."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Interval:
    """A part of the day, by the callers who came in it."""

    from_s: float
    calls: int
    answered: int
    service_level: float | None
    asa_s: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares are 0 to 1, times seconds; None where there was nothing to take a share of.

    Service level: answered within the threshold / answered. ASA: mean wait of those answered. Calls: answered,
    abandoned, and those whom nobody ever served though they waited on.
    """

    calls: int
    answered: int
    abandoned: int
    unserved: int
    threshold_s: float
    service_level: float | None
    asa_s: float | None
    wait_p95_s: float | None
    longest_wait_s: float
    abandoned_share: float | None
    occupancy: float | None
    intervals: tuple[Interval, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the figures for machines; the service level's key names its threshold."""
        told = asdict(self)
        told[f"service_level_{self.threshold_s:g}s"] = told.pop("service_level")
        return told


class Tally:
    """Counts callers as they are answered or give up."""

    def __init__(self, measured: tuple[float, float], threshold_s: float, interval_s: float) -> None:
        self._from, self._until = measured
        self._threshold = threshold_s
        self._interval = interval_s
        self._waits: list[tuple[float, float]] = []  # came at, waited: who was answered
        self._gone: list[float] = []  # came at: who gave up
        self._left: list[float] = []  # came at: who was never served
        self._busy = 0.0
        self._staffed = 0.0

    def counts(self, came: float) -> bool:
        """Return whether a caller who came then is measured."""
        return self._from <= came < self._until

    def answered(self, came: float, waited: float) -> None:
        """A measured caller was answered."""
        self._waits.append((came, waited))

    def gave_up(self, came: float) -> None:
        """A measured caller gave up."""
        self._gone.append(came)

    def never_served(self, came: float) -> None:
        """A measured caller still waited when the run ended."""
        self._left.append(came)

    def busy(self, since: float, until: float) -> None:
        """Somebody talked, or wrote up, for this time."""
        self._busy += max(0.0, min(until, self._until) - max(since, self._from))

    def staffed(self, since: float, until: float) -> None:
        """Somebody was on duty for this time."""
        self._staffed += max(0.0, min(until, self._until) - max(since, self._from))

    def figures(self) -> Figures:
        """Sum up."""
        waits = sorted(wait for _, wait in self._waits)
        calls = len(waits) + len(self._gone) + len(self._left)
        return Figures(
            calls=calls,
            answered=len(waits),
            abandoned=len(self._gone),
            unserved=len(self._left),
            threshold_s=self._threshold,
            service_level=_share(sum(wait <= self._threshold for wait in waits), len(waits)),
            asa_s=_share(sum(waits), len(waits)),
            wait_p95_s=waits[min(len(waits) - 1, int(0.95 * len(waits)))] if waits else None,
            longest_wait_s=waits[-1] if waits else 0.0,
            abandoned_share=_share(len(self._gone), calls),
            occupancy=_share(self._busy, self._staffed),
            intervals=tuple(self._intervals()),
        )

    def _intervals(self) -> Sequence[Interval]:
        count = max(1, round((self._until - self._from) / self._interval))
        waits: list[list[float]] = [[] for _ in range(count)]
        calls = [0] * count
        for came, wait in self._waits:
            at = min(count - 1, int((came - self._from) / self._interval))
            waits[at].append(wait)
            calls[at] += 1
        for came in self._gone + self._left:
            calls[min(count - 1, int((came - self._from) / self._interval))] += 1
        return [
            Interval(
                self._from + index * self._interval, calls[index], len(here),
                _share(sum(wait <= self._threshold for wait in here), len(here)), _share(sum(here), len(here)),
            )
            for index, here in enumerate(waits)
        ]  # fmt: skip


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None

"""Does the engine's memory grow with the calls it has served? Thousands of calls, and a look after each portion."""

from collections.abc import Sequence
from statistics import linear_regression

from benchmarks.compare_phones import LASTS_S, ComparePhones
from benchmarks.compare_spread import Turn
from benchmarks.compare_systems import System
from benchmarks.drain_site import DrainSite
from benchmarks.progress import Standing, say

RATE = 10.0
FLAT_MB_PER_1000 = 0.2
"""An engine that grows by no more than this in a thousand calls counts as flat (2 MB in 10,000)."""
WARM = 0.2
"""The first part of the calls, in which caches are filled, is left out of the slope."""
_PORTION = 500


class SoakTurn:
    """Serves the calls, and tells how memory went."""

    def __init__(self, phones: ComparePhones, site: DrainSite, system: System, calls: int) -> None:
        self._phones, self._site, self._system, self._calls = phones, site, system, calls
        self._failed = 0
        self._looks = [(0, *system.rss_mb(site))]
        self.due_s = calls / RATE
        self.rest_s = (calls / _PORTION + 1) * LASTS_S  # the last call of each portion is waited for

    async def run(self) -> None:
        """Serve one portion after the other, and look. Raises ``BenchmarkFailed``."""
        while (done := self._looks[-1][0]) < self._calls:
            portion = min(_PORTION, self._calls - done)
            served = await self._phones.at_rate(
                self._system.number, RATE, portion, lambda: self._system.cpu(self._site)
            )  # fmt: skip
            self._failed += served.failed
            self._looks.append((done + portion, *self._system.rss_mb(self._site)))
            calls, asterisk_mb, engine_mb = self._looks[-1]
            say(f"{calls} calls, {self._failed} failed: engine {engine_mb:.1f} MB, Asterisk {asterisk_mb:.1f} MB")

    def standing(self) -> Standing:
        """Return how the calls of the portions stand that are over."""
        done = self._looks[-1][0]
        return Standing(done, done - self._failed, done, self._failed, 0)

    def left(self) -> tuple[int, int]:
        """Return how many calls of the portion are not over, which is not known, and how many were to come."""
        return 0, self._calls - self._looks[-1][0]

    def figures(self) -> Turn:
        """Return what was measured, of the portions that are over."""
        return {"calls": self._looks[-1][0], "failed": self._failed, **memory_of(self._looks)}

    async def end(self) -> None:
        """Let seats do nothing by themselves again; calls are ended by who placed them."""
        self._phones.by_hand()


def memory_of(looks: Sequence[tuple[int, float, float]]) -> Turn:
    """Return how memory went; ``looks`` are calls served, Asterisk's megabytes and the engine's."""
    warm = [look for look in looks if look[0] >= WARM * looks[-1][0]]
    return {
        "engine_first_mb": looks[0][2],
        "engine_warm_mb": warm[0][2],
        "engine_last_mb": looks[-1][2],
        "engine_mb_per_1000": _slope([(calls, engine) for calls, _, engine in warm]),
        "asterisk_warm_mb": warm[0][1],
        "asterisk_last_mb": looks[-1][1],
        "asterisk_mb_per_1000": _slope([(calls, asterisk) for calls, asterisk, _ in warm]),
    }


def _slope(points: Sequence[tuple[int, float]]) -> float | None:
    """Return the line's rise in a thousand calls, None with fewer than two points."""
    if len(points) < 2:
        return None
    return 1000 * linear_regression([calls for calls, _ in points], [mb for _, mb in points]).slope

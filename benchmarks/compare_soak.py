"""Does the engine's memory grow with the calls it has served? Thousands of calls, and a look after each portion."""

from collections.abc import Callable, Sequence
from statistics import linear_regression

from benchmarks.compare_phones import ComparePhones
from benchmarks.compare_spread import Turn
from benchmarks.compare_systems import System
from benchmarks.drain_site import DrainSite

RATE = 10.0
FLAT_MB_PER_1000 = 0.2
"""An engine that grows by no more than this in a thousand calls counts as flat (2 MB in 10,000)."""
WARM = 0.2
"""The first part of the calls, in which caches are filled, is left out of the slope."""
_PORTION = 500


async def soak_turn(
    phones: ComparePhones, site: DrainSite, system: System, calls: int, say: Callable[[str], None]
) -> Turn:
    """Serve the calls, and tell how memory went."""
    failed, looks = 0, [(0, *system.rss_mb(site))]
    while (done := looks[-1][0]) < calls:
        portion = min(_PORTION, calls - done)
        served = await phones.at_rate(system.number, RATE, portion, lambda: system.cpu(site))
        failed += served.failed
        looks.append((done + portion, *system.rss_mb(site)))
        say(f"{looks[-1][0]} calls, {failed} failed: engine {looks[-1][2]:.1f} MB, Asterisk {looks[-1][1]:.1f} MB")
    phones.by_hand()
    return {"calls": calls, "failed": failed, **memory_of(looks)}


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

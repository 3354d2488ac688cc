"""The highest rate that a system holds: coarse steps up, then halves, down to one call a second. Pure but for turns."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from benchmarks.compare_figures import Served

Serve = Callable[[float, int], Awaitable[Served]]
"""Serves so many calls at a rate."""


@dataclass(frozen=True, slots=True)
class Search:
    """How the limit is looked for."""

    coarse: tuple[float, ...]  # calls a second, rising
    coarse_s: float  # seconds at each of them
    calls: int  # of a turn that decides: enough to tell whether one in a thousand fails
    most_turns: int = 8  # that decide; bounds the time
    step: float = 1.0

    def coarse_calls(self, rate: float) -> int:
        """Return how many calls come in a coarse step: the same for all systems."""
        return max(round(rate * self.coarse_s), 2)

    def most_s(self, highest: float) -> float:
        """Return how many seconds a search lasts at most that ends at this rate, all coarse steps tried twice."""
        coarse = 2 * self.coarse_s * sum(rate <= highest for rate in self.coarse)
        return coarse + self.most_turns * self.calls / highest


@dataclass(slots=True)
class Found:
    """What was tried, and what came of it."""

    coarse: list[Served] = field(default_factory=list)  # one for each step
    deciding: list[Served] = field(default_factory=list)
    stopped_by: Served | None = None  # the lowest turn that did not hold
    max_cps: float | None = None
    or_more: bool = False  # the highest rate that is tried held
    proven: bool = False  # by a turn that decides


async def highest(serve: Serve, how: Search) -> Found:
    """Return the highest rate that held.

    A coarse step that does not hold is tried once more, for one stumble of the machine would cut the search short. What
    is told has held in a turn of ``how.calls`` calls, unless ``most_turns`` were too few (``proven``).
    """
    found = Found()
    held, above = await _coarse(serve, how, found)
    while len(found.deciding) < how.most_turns:
        low = held[-1] if held else 0.0
        if held and not _proven(found, low):
            rate = low
        elif above is not None and above - low > how.step:
            rate = low + max((above - low) // (2 * how.step), 1) * how.step
        else:
            break
        served = await serve(rate, how.calls)
        found.deciding.append(served)
        if served.held:
            held = [each for each in held if each < rate] + [rate]
            if above is None:
                break
        else:
            above, found.stopped_by = rate, served
            held = [each for each in held if each < rate]
    found.max_cps = held[-1] if held else None
    found.proven = bool(held) and _proven(found, held[-1])
    found.or_more = above is None and found.proven
    return found


async def _coarse(serve: Serve, how: Search, found: Found) -> tuple[list[float], float | None]:
    """Return the steps that held, and the first that did not."""
    held: list[float] = []
    for rate in how.coarse:
        served = await serve(rate, how.coarse_calls(rate))
        if not served.held:
            served = await serve(rate, how.coarse_calls(rate))
        found.coarse.append(served)
        if not served.held:
            found.stopped_by = served
            return held, rate
        held.append(rate)
    return held, None


def _proven(found: Found, rate: float) -> bool:
    return any(served.rate == rate and served.held for served in found.deciding)

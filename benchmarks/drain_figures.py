"""What is told of a drain: gaps, percentiles, medians over rounds. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from statistics import median


@dataclass(frozen=True, slots=True)
class Stay:
    """A call at a seat: from its INVITE to the hang-up, monotonic seconds."""

    invited_at: float
    ended_at: float


@dataclass(frozen=True, slots=True)
class Drained:
    """One turn, or the medians of several. ``cpu_s`` is Asterisk's and the engine's together; ``machine_busy`` the
    share of all cores that anybody used during the drain: near 1, gaps are of a full machine, not of routing."""

    total_s: float
    idle_gap_p50_ms: float
    idle_gap_p95_ms: float
    cpu_s: float
    machine_busy: float

    def as_dict(self) -> dict[str, float]:
        """Return it for JSON."""
        return {name: round(value, 2) for name, value in asdict(self).items()}


def percentile(values: Sequence[float], share: float) -> float:
    """Return the least value that ``share`` (0 to 1) of all values do not exceed. Raises ``ValueError`` for none."""
    if not values:
        raise ValueError("nothing was measured")
    ranked = sorted(values)
    return ranked[max(0, -int(-share * len(ranked) // 1) - 1)]


def gaps_ms(seats: Iterable[Sequence[Stay]]) -> list[float]:
    """Return how long each seat was idle between two of its calls, in milliseconds."""
    found: list[float] = []
    for stays in seats:
        ordered = sorted(stays, key=lambda stay: stay.invited_at)
        found += [(after.invited_at - before.ended_at) * 1000 for before, after in pairwise(ordered)]
    return found


def drained(seats: Sequence[Sequence[Stay]], began: float, cpu_s: float, machine_busy: float) -> Drained:
    """Return the figures of one turn that began to drain at ``began``."""
    gaps = gaps_ms(seats)
    last = max(stay.ended_at for stays in seats for stay in stays)
    return Drained(last - began, percentile(gaps, 0.5), percentile(gaps, 0.95), cpu_s, machine_busy)


def medians(turns: Sequence[Drained]) -> Drained:
    """Return the median of each figure."""
    return Drained(**{field.name: median(getattr(turn, field.name) for turn in turns) for field in fields(Drained)})


def lines(title: str, ours: Sequence[Drained], theirs: Sequence[Drained]) -> list[str]:
    """Return a table for people: medians, their spread over the rounds, and ours over app_queue's."""
    told = [f"{title}, {len(ours)} rounds, interleaved", f"{'':<18}{'ours':>26}{'app_queue':>26}{'ratio':>8}"]
    for field in fields(Drained):
        cells, mids = "", []
        for turns in (ours, theirs):
            values = [getattr(turn, field.name) for turn in turns]
            mids.append(median(values))
            cells += f"{f'{mids[-1]:.2f} ({min(values):.2f}-{max(values):.2f})':>26}"
        ratio = f"{mids[0] / mids[1]:.2f}" if mids[1] else "-"
        told.append(f"{field.name:<18}{cells}{ratio:>8}")
    return told

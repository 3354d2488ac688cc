"""What is told of a drain: gaps, percentiles, medians over rounds, and whether the goals were kept. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from benchmarks import compare_spread
from benchmarks.compare_spread import Goal, Turn
from benchmarks.compare_systems import APP_QUEUE, HOTLINE

GOALS: tuple[Goal, ...] = (("idle_gap_p95_ms", "most", 150.0), ("idle_gap_p95_ms", "below_in_every_round", 1.0))


@dataclass(frozen=True, slots=True)
class Stay:
    """A call at a seat: from its INVITE to the hang-up, monotonic seconds."""

    invited_at: float
    ended_at: float


@dataclass(frozen=True, slots=True)
class Drained:
    """One turn. ``cpu_s`` is Asterisk's and the engine's together; ``machine_busy`` the
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


def case_as_dict(ours: Sequence[Drained], theirs: Sequence[Drained]) -> dict[str, Any]:
    """Return one case for JSON: each system's medians, every round's figures, and which goals were kept."""
    told = compare_spread.as_dict(_turns(ours, theirs), GOALS)
    turns = told["turns"]
    return {
        "ours": told[HOTLINE],
        "app_queue": told[APP_QUEUE],
        "ratios_to_app_queue": told["ratios_to_app_queue"],
        "goals": told["goals"],
        "goals_kept": all(goal["kept"] for goal in told["goals"]),
        "turns": {"ours": turns[HOTLINE], "app_queue": turns[APP_QUEUE]},
    }


def lines(title: str, ours: Sequence[Drained], theirs: Sequence[Drained]) -> list[str]:
    """Return a table for people: medians, their spread over the rounds, ours over app_queue's, and the goals."""
    return compare_spread.lines(title, _turns(ours, theirs), GOALS)


def _turns(ours: Sequence[Drained], theirs: Sequence[Drained]) -> dict[str, list[Turn]]:
    return {HOTLINE: [turn.as_dict() for turn in ours], APP_QUEUE: [turn.as_dict() for turn in theirs]}

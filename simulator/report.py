"""What a load run came to: figures, a table for people, a mapping for machines, and a verdict."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from rich.table import Table

from simulator.load_profile import MAX_RATE, Limits

LATE_MS = 20.0
"""A simulator whose own ticks are later than this at the 99th percentile measures itself."""


class LoadOutcome(StrEnum):
    """How a simulated call ended, as the caller knows it."""

    ANSWERED = "answered"  # heard an agent's tone
    ABANDONED = "abandoned"  # hung up after the patience was over
    FAILED = "failed"  # anything else: refused, no prompt, cut off while waiting


@dataclass(slots=True)
class CallResult:
    """One simulated call. Times in seconds, None where it did not come so far."""

    index: int
    number: str
    outcome: LoadOutcome = LoadOutcome.FAILED
    reason: str = ""  # of a failure
    setup_s: float | None = None  # from INVITE to its 200
    answer_s: float | None = None  # from pressing the last digit to the first of the agent's tone
    talk_s: float | None = None
    seat: str = ""
    two_way: bool | None = None  # the agent heard the caller, too; None when it was not looked at
    dropped: bool = False  # the talk was ended by the far side before its time
    lost: int = 0  # RTP packets the caller missed
    longest_gap_s: float = 0.0  # without any RTP


@dataclass(slots=True)
class LoadReport:
    """A whole run."""

    results: Sequence[CallResult]
    seconds: float
    seats: int  # registered and logged in
    seat_faults: Sequence[str] = field(default_factory=tuple)
    doubled: int = 0  # offers to a seat that was in a call already
    held_back: int = 0  # calls that came later than planned, for too many were up
    slowed: int = 0  # calls that the bound on their rate let wait
    late_ms_p99: float = 0.0  # of the simulator's own media ticks
    unsent_s: float = 0.0  # of audio that the simulator was too late to send
    unfinished: int = 0  # calls that had begun when the run was stopped; they are in no other figure
    stopped: bool = False  # before its end, by whoever runs it

    def count(self, outcome: LoadOutcome) -> int:
        """Return how many calls ended so."""
        return sum(result.outcome is outcome for result in self.results)

    @property
    def one_way(self) -> int:
        """Answered calls in which the agent did not hear the caller."""
        return sum(result.two_way is False for result in self.results)

    @property
    def reasons(self) -> dict[str, int]:
        """Failures by reason, most frequent first."""
        return dict(Counter(r.reason for r in self.results if r.outcome is LoadOutcome.FAILED).most_common())

    def answer_s(self, quantile: float) -> float | None:
        """Return the time to answer at a quantile (nearest rank over answered calls), None without any."""
        return percentile((r.answer_s for r in self.results if r.answer_s is not None), quantile)

    def as_dict(self) -> dict[str, Any]:
        """Return all figures in JSON-able form."""
        return {
            "placed": len(self.results),
            "answered": self.count(LoadOutcome.ANSWERED),
            "abandoned": self.count(LoadOutcome.ABANDONED),
            "failed": self.count(LoadOutcome.FAILED),
            "answer_p50_s": _rounded(self.answer_s(0.50)),
            "answer_p95_s": _rounded(self.answer_s(0.95)),
            "answer_p99_s": _rounded(self.answer_s(0.99)),
            "one_way": self.one_way,
            "two_way_checked": sum(result.two_way is not None for result in self.results),
            "dropped": sum(result.dropped for result in self.results),
            "failures": self.reasons,
            "setup_p95_s": _rounded(percentile((r.setup_s for r in self.results if r.setup_s is not None), 0.95)),
            "rtp_lost": sum(result.lost for result in self.results),
            "rtp_longest_gap_s": _rounded(max((r.longest_gap_s for r in self.results), default=0.0)),
            "seats": self.seats,
            "seat_faults": list(self.seat_faults),
            "seats_offered_twice": self.doubled,
            "held_back": self.held_back,
            "slowed": self.slowed,
            "seconds": _rounded(self.seconds),
            "simulator_late_ms_p99": _rounded(self.late_ms_p99),
            "simulator_unsent_s": _rounded(self.unsent_s),
            "stopped": self.stopped,
            "unfinished": self.unfinished,
        }

    def misses(self, limits: Limits) -> list[str]:
        """Return which limits were missed, in words; empty: the run passed."""
        p95 = self.answer_s(0.95)
        checks = (
            ("failed calls", self.count(LoadOutcome.FAILED), limits.max_failed),
            ("abandoned calls", self.count(LoadOutcome.ABANDONED), limits.max_abandoned),
            ("one-way calls", self.one_way, limits.max_one_way),
            ("time to answer (p95, s)", math.inf if p95 is None else round(p95, 3), limits.answer_p95_s),
        )
        return [
            f"{name}: {value}, allowed {limit}" for name, value, limit in checks if limit is not None and value > limit
        ]

    def warnings(self) -> list[str]:
        """Return what makes these figures less trustworthy, in words."""
        found = [f"seat {fault}" for fault in self.seat_faults]
        if self.late_ms_p99 > LATE_MS:
            found.append(f"the simulator itself was late ({self.late_ms_p99:.0f} ms at p99): it lacks CPU")
        if self.held_back:
            found.append(f"{self.held_back} calls came later than planned: too many were up at once")
        if self.stopped:
            found.append(f"the run was stopped before its end: {self.unfinished} calls were on the line")
        if self.slowed:
            found.append(f"{self.slowed} calls had to wait: no more than {MAX_RATE:.0f} a second may leave")
        return found

    def table(self) -> Table:
        """Return the report as a table for a terminal."""
        table = Table(title=f"{len(self.results)} calls, {self.seats} seats, {self.seconds:.0f} s", show_header=False)
        table.add_column(style="bold")
        table.add_column(justify="right")
        figures = self.as_dict()
        for key in ("placed", "answered", "abandoned", "failed"):
            table.add_row(key, str(figures[key]))
        for quantile in (0.50, 0.95, 0.99):
            value = self.answer_s(quantile)
            table.add_row(f"time to answer p{quantile * 100:.0f}", "-" if value is None else f"{value:.2f} s")
        table.add_row("one-way / checked", f"{figures['one_way']} / {figures['two_way_checked']}")
        table.add_row("talks cut off", str(figures["dropped"]))
        table.add_row("RTP lost, longest gap", f"{figures['rtp_lost']}, {figures['rtp_longest_gap_s']:.2f} s")
        table.add_row("simulator late p99", f"{self.late_ms_p99:.1f} ms")
        for reason, count in self.reasons.items():
            table.add_row(f"failed: {reason}", str(count))
        for warning in self.warnings():
            table.add_row("warning", warning)
        return table


def percentile(values: Iterable[float], quantile: float) -> float | None:
    """Return the nearest-rank percentile (the smallest value with at least that part at or below it), None for none."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(math.ceil(quantile * len(ordered)) - 1, 0)]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)

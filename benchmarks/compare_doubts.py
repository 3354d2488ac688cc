"""Which figures are to be doubted, because the simulator itself was late while they were measured, or because the turn
was cut off. Pure.

CPU and memory are read from the operating system, so lateness does not touch them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

LATE_MS = 20.0
"""One RTP packet: a simulator that is later than this at the 99th percentile measures itself."""
CONNECT = ("connect_p50_ms", "connect_p95_ms", "connect_p99_ms")
MENU = ("menu_p50_ms", "menu_p95_ms", "menu_p99_ms")


@dataclass(frozen=True, slots=True)
class Late:
    """How late the simulator was in a turn, and which figures come from it."""

    system: str
    figures: tuple[str, ...]
    ms: float  # at the 99th percentile


@dataclass(frozen=True, slots=True)
class Doubt:
    """Figures of a system that may not be what they seem."""

    system: str
    figures: tuple[str, ...]
    why: str

    def __str__(self) -> str:
        """Return it in words."""
        return f"in doubt: {self.system}: {', '.join(self.figures)}: {self.why}"

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def doubts_of(late: Iterable[Late]) -> list[Doubt]:
    """Return one doubt for each group of figures that was measured by a late simulator, with the worst of it."""
    worst: dict[tuple[str, tuple[str, ...]], float] = {}
    for one in late:
        key = one.system, one.figures
        worst[key] = max(worst.get(key, 0.0), one.ms)
    return [
        Doubt(system, figures, f"the simulator itself was {ms:.0f} ms late (p99; a packet is {LATE_MS:.0f} ms)")
        for (system, figures), ms in worst.items()
        if ms > LATE_MS
    ]


def limited_by_itself(system: str, late_ms: float) -> list[Doubt]:
    """Return the doubt about a highest rate, when the simulator was late in the turn that ended the search."""
    if late_ms <= LATE_MS:
        return []
    why = f"at the rate that did not hold the simulator itself was {late_ms:.0f} ms late: it may be more"
    return [Doubt(system, ("max_cps",), why)]


def not_all_held(systems: Sequence[str], rate: float, figures: tuple[str, ...]) -> list[Doubt]:
    """Return the doubts about figures of a rate that not all held, told because they held none together."""
    why = f"no rate was held by all, so these are of {rate:g} calls/s, failures and all"
    return [Doubt(system, figures, why) for system in systems]


def cut_off_at(system: str, figures: tuple[str, ...], rate: float, unfinished: int) -> list[Doubt]:
    """Return the doubt about figures of a turn at a rate, when it was cut off."""
    if not unfinished:
        return []
    why = f"the turn at {rate:g} calls/s was cut off: {unfinished} calls unfinished, which count as failed"
    return [Doubt(system, figures, why)]


def cut_off(system: str, figures: tuple[str, ...], why: str, unfinished: int, not_begun: int) -> Doubt:
    """Return the doubt about all figures of a turn that was cut off: they are of a part of it only."""
    return Doubt(system, figures, f"cut off: {why}: {unfinished} calls unfinished, {not_begun} not begun")

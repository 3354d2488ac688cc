"""Two reports beside each other. Pure."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.telling.report import STOPPED, Report

_FIGURES: tuple[tuple[str, ...], ...] = (
    ("placed",), ("done",), ("answered",), ("abandoned_share",), ("failed_share",), ("misrouted",), ("overtaken",),
    ("one_way",), ("gaps",), ("wait_s", "p50"), ("wait_s", "p95"), ("wait_s", "p99"), ("request_delay_s", "p95"),
    ("registration_delay_s", "p95"),
    ("post_dial_delay_s", "p95"), ("first_prompt_s", "p95"), ("reaction_s", "p95"), ("free_to_ring_s", "p95"),
    ("connect_s", "p95"), ("transfer_clip_s", "p95"), ("sound", "loss_share"), ("sound", "jitter_ms", "p95"),
    ("sound", "mos", "p5"),
    ("simulator", "late_ms", "p99"), ("simulator", "late_ms", "worst_second"),
    ("cost", "engine_cpu_ms_per_call"), ("cost", "asterisk_cpu_ms_per_call"), ("cost", "engine_rss_mb"),
    ("cost", "database_cpu_ms_per_call"), ("cost", "database_rss_mb"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of both; None where it was not measured."""

    name: str
    first: float | None
    second: float | None

    @property
    def ratio(self) -> float | None:
        """The second over the first."""
        return self.second / self.first if self.first and self.second is not None else None

    def as_dict(self) -> dict[str, Any]:
        """Return it in JSON-able form."""
        ratio = None if self.ratio is None else round(self.ratio, 4)
        return {"name": self.name, "first": self.first, "second": self.second, "ratio": ratio}


def comparable(report: Any) -> bool:
    """Tell whether something has all of a report that is looked at here."""
    return (
        isinstance(report, Mapping)
        and all(name in report for name in ("report", "scenario", "seed", "media", "target", "stopped"))
        and isinstance(report.get("kinds"), Mapping)
        and isinstance(report.get("limits_missed"), list)
        and isinstance(report.get("simulator"), Mapping)
        and isinstance(report["simulator"].get("doubts"), list)
    )


def compared(first: Report, second: Report) -> list[Compared]:
    """Return the figures that either has."""
    rows = [Compared(" ".join(path), _value(first, path), _value(second, path)) for path in _FIGURES]
    for kind in sorted({*first["kinds"], *second["kinds"]}):
        for key in ("failed_share", "wait_s p95"):
            path = ("kinds", kind, *key.split())
            rows.append(Compared(f"{kind}: {key}", _value(first, path), _value(second, path)))
    return [row for row in rows if row.first is not None or row.second is not None]


def unlike(first: Report, second: Report) -> Iterator[str]:
    """Yield why the two should not be compared without a thought, in words."""
    for name in ("scenario", "seed", "media", "target"):
        if first[name] != second[name]:
            yield f"{name}: {first[name]} against {second[name]}"
    for which, report, other in (("first", first, second), ("second", second, first)):
        if report["stopped"]:
            yield f"{which}: {STOPPED}"
        for missed in report["limits_missed"]:
            if missed not in (STOPPED, *other["limits_missed"]):
                yield f"{which}: a limit was missed: {missed}"
        for doubt in report["simulator"]["doubts"]:
            yield f"{which}: {doubt}"


def _value(report: Report, path: tuple[str, ...]) -> float | None:
    found: Any = report
    for part in path:
        found = found.get(part) if isinstance(found, Mapping) else None
    return float(found) if isinstance(found, int | float) and abs(found) <= sys.float_info.max else None

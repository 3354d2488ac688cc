"""Small plots over time: one for each figure, with a line for each kind of callers; SIP failures; CPU and memory."""

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.telling.plots import lines
from simulator.telling.report import Report

MOST_LINES = 8
"""Kinds in a plot: those with the most callers."""
_OF_KINDS = (
    ("came", "callers that came", 1.0),
    ("up", "callers on the line", 1.0),
    ("failed", "failed", 1.0),
    ("abandoned", "abandoned", 1.0),
    ("wait_p95_s", "wait p95, s", 1.0),
    ("mos_p5", "MOS p5", 1.0),
    ("jitter_p95_ms", "jitter p95, ms", 1.0),
    ("loss_share", "RTP lost, %", 100.0),
)
_OF_PROCESSES = (("cores", "CPU, cores busy"), ("rss_mb", "memory, MB"))
Series = dict[str, Sequence[float | None]]


def plots_over_time(report: Report) -> list[str]:
    """Return the drawings (SVG); a figure that was never measured has none."""
    kinds = sorted(report["kinds"], key=lambda kind: -report["kinds"][kind]["placed"])[:MOST_LINES]
    rows = {kind: report["kinds"][kind]["over_time"] for kind in kinds}
    drawn = [
        _drawn(report["over_time"], {kind: _values(rows[kind], name, factor) for kind in kinds}, y)
        for name, y, factor in _OF_KINDS
    ]
    drawn.append(_drawn(report["over_time"], _codes(report["over_time"]), "SIP failures"))
    cost = report.get("cost_over_time", ())
    for what, y in _OF_PROCESSES:
        names = [name for name in (cost[0] if cost else ()) if name.endswith(f"_{what}")]
        drawn.append(_drawn(cost, {name.removesuffix(f"_{what}"): _values(cost, name) for name in names}, y))
    return [each for each in drawn if each]


def kinds_left_out(report: Report) -> int:
    """Return how many kinds of callers have no line."""
    return max(len(report["kinds"]) - MOST_LINES, 0)


def _values(rows: Sequence[Mapping[str, Any]], name: str, factor: float = 1.0) -> Sequence[float | None]:
    return [None if row[name] is None else row[name] * factor for row in rows]


def _codes(rows: Sequence[Mapping[str, Any]]) -> Series:
    codes = sorted({code for row in rows for code in row["failed_codes"]})
    return {code: [row["failed_codes"].get(code, 0) for row in rows] for code in codes}


def _drawn(rows: Sequence[Mapping[str, Any]], series: Series, y: str) -> str:
    """Return the drawing, "" when there is nothing in it."""
    known = {name: values for name, values in series.items() if any(value is not None for value in values)}
    return lines([row["at_s"] for row in rows], known, y, small=True) if known else ""

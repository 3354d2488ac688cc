"""Steps of arrivals for people: a line for each, and who gave in first."""

from collections.abc import Sequence
from typing import Any

from simulator.measures.plateaus import words
from simulator.telling.report import Report


def columns(report: Report) -> list[str]:
    """Return the headings of the table of steps."""
    busy = [f"{words(name)}, cores" for name in _watched(report)]
    return ["calls/s", "calls", "failed", "came late", "simulator late p99", "worst second", *busy]


def lines(report: Report) -> list[list[str]]:
    """Return the table's lines, one for each step."""
    watched = _watched(report)
    return [
        [
            f"{row['rate']:g}{' (cut short)' if row['cut_short'] else ''}", str(row["calls"]),
            f"{100 * row['failed_share']:.3g} %", str(row["came_late"]),
            *(_number(row["late_ms"].get(name), 1, " ms") for name in ("p99", "worst_second")),
            *(_number(row["cores"].get(name), 2) for name in watched),
        ]
        for row in report["plateaus"]
    ]  # fmt: skip


def _watched(report: Report) -> Sequence[str]:
    """Return what was seen at all."""
    found: dict[str, Any] = {}
    for row in report["plateaus"]:
        found |= {name: value for name, value in row["cores"].items() if value is not None}
    return list(found)


def _number(value: float | None, digits: int, unit: str = "") -> str:
    return "-" if value is None else f"{value:.{digits}f}{unit}"

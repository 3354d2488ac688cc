"""Figures of ``benchmarks.recording``."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn. CPU is milliseconds: for each second of a talk, and for a call's beginning and end together;
    ``finishing_ms`` is the engine's for a recording after its call."""

    asterisk_ms_per_talk_s: float
    engine_ms_per_talk_s: float
    asterisk_ms_per_call: float
    engine_ms_per_call: float
    finishing_ms: float
    recorded: float  # recordings that are there
    flagged: float  # of them, with something wrong


def medians(turns: Sequence[Turn]) -> dict[str, float]:
    """Return the medians by name."""
    rows = [asdict(turn) for turn in turns]
    return {field.name: round(statistics.median(row[field.name] for row in rows), 2) for field in fields(Turn)}


def lines(told: Mapping[str, Any]) -> list[str]:
    """Return a table."""
    names = [name for name, value in told.items() if isinstance(value, dict)]
    head = f"{told['calls']} talks at one time, {told['seconds']:g} s, medians of {told['rounds']}"
    rows = [f"{field.name:<24}" + "".join(f"{told[name][field.name]:>12}" for name in names) for field in fields(Turn)]
    return [head, " " * 24 + "".join(f"{name:>12}" for name in names), *rows, told["machine"]]

"""Arrivals in steps: how each step went, what kept the machine busy meanwhile, and who gave in first. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulator.measures.verdict import LATE_MS, lateness_told
from simulator.scenario.arriving import Steps, had_its_time, plateau_at, rate_at
from simulator.scenario.record import CallRecord, Went
from simulator.scenario.run import HELD_BACK_S

FULL = 0.95
"""The part of the cores that something may use from which it counts as full."""
OTHERS = 0.2
"""So many cores that others kept busy are worth a word."""
MACHINE, SIMULATOR = "machine", "simulator"
"""Of what is watched, those that are no part of the target."""
_WORDS = {
    "asterisk": "Asterisk", "engine_loop": "the engine's loop", "asterisks_core": "Asterisk's core",
    "simulators_core": "the simulator's core",
}  # fmt: skip
_WITHIN = ("engine_loop", "asterisks_core", "simulators_core")
"""Of what is watched, what is within something else, or has it within."""
_SUBJECTS = {"target": "The target", "simulator": "The simulator itself"}
Row = Mapping[str, Any]


def _nothing(low: float, high: float) -> Mapping[str, float | None]:
    del low, high
    return {}


@dataclass(frozen=True, slots=True)
class Watched:
    """Processors, as somebody saw them who watched a run."""

    busy: Callable[[float, float], Mapping[str, float | None]] = _nothing
    """Returns how many cores each (``machine``, ``simulator``, the target's parts by name) kept busy between two
    moments, in seconds from the run's beginning; None: not seen."""
    cores: Mapping[str, float] = field(default_factory=dict)
    """How many cores each could use: one process that has but one thread uses 1, however many there are."""


def plateau_rows(
    how: Steps,
    records: Sequence[CallRecord],
    late_ms: Mapping[int, Mapping[str, float]],
    watched: Watched,
    reached_s: float = 0.0,
) -> list[dict[str, Any]]:
    """Return a row for each step on which calls came. ``late_ms``: the simulator's own lateness on each step;
    ``reached_s``: steps that end by then had all their time, whatever calls are known."""
    by_step: dict[int, list[CallRecord]] = {}
    for record in records:
        by_step.setdefault(plateau_at(how, record.planned_at), []).append(record)
    last_at = max((record.planned_at for record in records), default=0.0)
    return [
        _row(how, step, by_step[step], late_ms.get(step, {}), watched)
        | {"cut_short": not had_its_time(how, step, last_at, reached_s)}
        for step in sorted(by_step)
    ]


def _row(
    how: Steps, step: int, records: Sequence[CallRecord], late_ms: Mapping[str, float], watched: Watched
) -> dict[str, Any]:
    begins = step * how.every_s
    rate = rate_at(how, begins)
    last = max(record.planned_at for record in records)
    ends = min(begins + how.every_s, last + 1 / rate)  # a step on which a run ended is shorter
    failed = sum(record.went is Went.FAILED for record in records)
    busy = watched.busy(begins, ends)
    return {
        "rate": rate, "begins_s": round(begins, 2), "ends_s": round(ends, 2), "calls": len(records), "failed": failed,
        "failed_share": round(failed / len(records), 6),
        "came_late": sum(record.began_at - record.planned_at > HELD_BACK_S for record in records),
        "late_ms": {name: round(value, 2) for name, value in late_ms.items()},
        "cores": {name: None if value is None else round(value, 3) for name, value in busy.items()},
    }  # fmt: skip


def gave_in(rows: Sequence[Row], until_failed_share: float, cores: Mapping[str, float]) -> dict[str, Any]:
    """Return who gave in first as rates rose (``who``: target, simulator or nobody), at which rate, and that in words.

    On one step, ticks of the simulator that came late go before everything: what failed then may be its own doing.
    """
    for row in rows:
        who, why = _of_step(row, until_failed_share, cores)
        if who:
            told = f"{_SUBJECTS[who]} gave in first, at {row['rate']:g} calls a second: {why}{_busy(row, cores)}."
            return {"who": who, "at_rate": row["rate"], "told": told}
    whole = [row for row in rows if not row.get("cut_short")]
    highest = f", up to {whole[-1]['rate']:g} calls a second" if whole else "" if rows else ": no call came"
    told = f"Nobody gave in{highest}{_machine_full(rows, cores)}{_cut_short(rows)}."
    return {"who": "nobody", "at_rate": None, "told": told}


def _cut_short(rows: Sequence[Row]) -> str:
    """Return what is to be said of a step that had not all its time, and so proves nothing."""
    if not rows or not rows[-1].get("cut_short"):
        return ""
    last, before = rows[-1], "; " if len(rows) > 1 else ", but "
    return (
        f"{before}the step of {last['rate']:g} was cut short, after {last['calls']} calls in "
        f"{last['ends_s'] - last['begins_s']:.1f} s, and does not count as held"
    )


def _of_step(row: Row, until_failed_share: float, cores: Mapping[str, float]) -> tuple[str, str]:
    """Return who gave in on a step and how, "" when nobody did."""
    if late := lateness_told(row["late_ms"]):
        return "simulator", (
            f"its own ticks came late ({late}; at most {LATE_MS:.0f} is good), so what failed from there on may be its "
            "own doing: give it cores of its own, or --processes"
        )
    if row["failed_share"] > until_failed_share:
        return "target", f"{_percent(row['failed_share'])} of its calls failed{_on_time(row)}"
    if full := _full(row, cores):
        return "target", f"{' and '.join(full)} was full{_on_time(row)}"
    if row["came_late"]:
        return "simulator", (
            f"{row['came_late']} calls came more than {HELD_BACK_S:g} s later than planned, though its ticks were on "
            "time: max_concurrent, or the bound on the rate, kept them"
        )
    return "", ""


def _on_time(row: Row) -> str:
    late = row["late_ms"].get("p99")
    return " while the simulator was on time" + ("" if late is None else f" ({late:.1f} ms late at p99)")


def _full(row: Row, cores: Mapping[str, float]) -> list[str]:
    """Return the parts of the target that used all that they could."""
    return [
        words(name)
        for name, most in cores.items()
        if name not in (MACHINE, SIMULATOR) and (row["cores"].get(name) or 0.0) >= FULL * most
    ]


def _busy(row: Row, cores: Mapping[str, float]) -> str:
    seen = [
        f"{words(name)} {value:.2f}" + (f" of {cores[name]:g}" if name in cores else "")
        for name, value in row["cores"].items()
        if value is not None
    ]
    if (others := _others(row)) > OTHERS:
        seen.append(f"others {others:.2f}")
    return f"; cores busy: {', '.join(seen)}" if seen else ""


def _others(row: Row) -> float:
    """Return how many cores were busy with what is not watched, 0 where the machine was not."""
    parts = (value for name, value in row["cores"].items() if name != MACHINE and name not in _WITHIN)
    return max((row["cores"].get(MACHINE) or 0.0) - sum(value or 0.0 for value in parts), 0.0)


def _machine_full(rows: Sequence[Row], cores: Mapping[str, float]) -> str:
    most = cores.get(MACHINE)
    full = [row for row in rows if most and (row["cores"].get(MACHINE) or 0.0) >= FULL * most]
    if not full:
        return ""
    return f", but from {full[0]['rate']:g} on the machine was full ({full[0]['cores'][MACHINE]:.2f} of {most:g} cores)"


def words(name: str) -> str:
    """Return what is watched, for people."""
    return _WORDS.get(name, name)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"

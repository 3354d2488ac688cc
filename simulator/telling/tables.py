"""The report as a table for a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simulator.telling.report import Report
from simulator.telling.rising import columns, lines

_TIMES = (
    ("wait for an agent", "wait_s"),
    ("session request delay", "request_delay_s"),
    ("post-dial delay", "post_dial_delay_s"),
    ("registration request delay", "registration_delay_s"),
    ("time to first prompt", "first_prompt_s"),
    ("digit to reaction", "reaction_s"),
    ("agent free to ring", "free_to_ring_s"),
    ("answer to being heard", "connect_s"),
    ("clipped at transfers", "transfer_clip_s"),
)


def report_table(report: Report) -> RenderableType:
    """Return the whole report: what happened to each kind, how long things took, limits, verdict."""
    return Group(_kinds(report), _times(report), _facts(report), *_rising(report), *_verdict(report))


def _kinds(report: Report) -> Table:
    title = f"{report['scenario']}: {report['placed']} calls in {report['seconds']:.0f} s, seed {report['seed']}"
    table = Table("callers", "placed", "done", "answered", "abandoned", "failed", "misrouted", "one way", "wait p95",
                  "MOS p5", title=title, title_justify="left")  # fmt: skip
    for name, figures in (*report["kinds"].items(), ("all", report)):
        cells = [figures[key] for key in
                 ("placed", "done", "answered", "abandoned", "failed", "misrouted", "one_way")]  # fmt: skip
        wait, score = figures["wait_s"].get("p95"), figures["sound"]["mos"].get("p5")
        table.add_row(Text(name), *map(str, cells), _number(wait, "s"), _number(score))
    return table


def _times(report: Report) -> Table:
    table = Table("seconds", "calls", "p50", "p95", "p99", "max")
    for name, key in _TIMES:
        figures = report[key]
        table.add_row(name, str(figures["count"]), *(_number(figures.get(q)) for q in ("p50", "p95", "p99", "max")))
    return table


def _facts(report: Report) -> Table:
    table = Table.grid(padding=(0, 2))
    sip, sound = report["sip"], report["sound"]
    rows: list[tuple[str, object]] = [
        ("SIP", ", ".join(f"{code}: {count}" for code, count in sip["codes"].items())),
        ("RTP lost", f"{sound['lost']} of {sound['lost'] + sound['packets']}"),
        ("jitter p95, delay p95", f"{_number(sound['jitter_ms'].get('p95'), 'ms')}, "
                                  f"{_number(sound['delay_ms'].get('p95'), 'ms')}"),
        ("overtaken, offered twice", f"{report['overtaken']}, {report['agents']['doubled']}"),
        ("simulator late p99", _number(report["simulator"]["late_ms"].get("p99"), "ms")),
        *_processes(report["simulator"].get("processes", ())),
        *((f"failed {count} x", why) for why, count in report["reasons"].items()),
        *(("seat", fault) for fault in report["agents"]["faults"]),
        *_steps(report["steps"]),
        *((name.replace("_", " "), value) for name, value in report.get("cost", {}).items() if value is not None),
    ]  # fmt: skip
    for name, value in rows:
        table.add_row(Text(name, style="bold"), Text(str(value)))
    return table


def _processes(processes: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, object]]:
    for one in processes:
        died = f", died: {one['died']}" if one["died"] else ""
        late = _number(one["late_ms"].get("p99"), "ms")
        yield f"process {one['process']}", f"{one['placed']} callers, {one['seats']} seats, late p99 {late}{died}"


def _steps(steps: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    if steps["sustained_rate"] is not None:
        yield "held, calls a second", steps["sustained_rate"]
    if steps["broke_at_rate"] is not None:
        yield "did not hold", steps["broke_at_rate"]


def _rising(report: Report) -> list[RenderableType]:
    if not report["plateaus"]:
        return []
    table = Table(*columns(report))
    for line in lines(report):
        table.add_row(*line)
    return [table, Text(report["gave_in"]["told"])]


def _verdict(report: Report) -> list[RenderableType]:
    kept = [one for one in report["limits"] if one["kept"]]
    told: list[RenderableType] = [Text(f"kept: {one['name']} {one['value']:g} ({one['limit']:g})") for one in kept]
    if report["stopped"]:
        told.append(Text(f"stopped early: {report['unfinished']} callers were still on the line", style="yellow"))
    told += [Text(f"warning: {doubt}", style="yellow") for doubt in report["simulator"]["doubts"]]
    good = report["verdict"] == "passed"
    passed = "passed: every stated limit was kept" if report["limits"] else "passed: no limit was stated"
    words = passed if good else "failed: " + "; ".join(report["limits_missed"])
    return [*told, Text(words, style="green" if good else "red")]


def _number(value: float | None, unit: str = "") -> str:
    return "-" if value is None else f"{value:.2f} {unit}".rstrip()

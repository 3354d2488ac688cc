"""``hotline simulate check``, ``schema`` and ``compare``: scenarios and reports as files."""

import json
from pathlib import Path

import typer

from hotline.cli import show
from simulator.scenario import ScenarioMistakes, read_scenario, scenario_schema
from simulator.telling.comparing import comparable, compared, unlike
from simulator.telling.report import VERSION, Report


def check(files: list[Path], *, as_json: bool) -> None:
    """Tell every mistake of every file, and leave with 1 when there is one."""
    mistakes: list[str] = []
    told = []
    for file in files:
        try:
            scenario = read_scenario(file).scenario
        except ScenarioMistakes as error:
            mistakes += error.told
            continue
        agents = sum(kind.count for kind in scenario.agents.values())
        told.append(f"{file}: {scenario.name}: {len(scenario.callers)} kinds of callers, {agents} agents")
    if as_json:
        show.give_json({"checked": len(files), "mistakes": mistakes})
    elif told:
        typer.echo("\n".join(told))
    if mistakes:
        show.fail("\n".join(mistakes), show.EXIT_FAILED)


def schema(to: Path | None) -> None:
    """Print the schema, or write it."""
    if to is None:
        typer.echo(scenario_schema(), nl=False)
        return
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(scenario_schema(), encoding="utf-8")
    except OSError as error:
        show.fail(f"--to: {to} cannot be written: {error.strerror or error}", show.EXIT_FAILED)
    typer.echo(f"written: {to}")


def compare(first: Path, second: Path, *, as_json: bool) -> None:
    """Show two reports (JSON, of ``simulate --json FILE``) beside each other."""
    reports = [_report(file) for file in (first, second)]
    rows, remarks = compared(*reports), list(unlike(*reports))
    if as_json:
        show.give_json({"figures": [row.as_dict() for row in rows], "remarks": remarks})
        return
    show.table(
        "",
        ["figure", first.name, second.name, "ratio"],
        [[row.name, _told(row.first), _told(row.second), _told(row.ratio)] for row in rows],
        empty="No figures.",
    )
    for remark in remarks:
        typer.echo(f"warning: {remark}", err=True)


def _report(file: Path) -> Report:
    no_report = f"{file} is no report: write one with `hotline simulate SCENARIO.yaml --json {file}`"
    try:
        report = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        show.fail(f"{file} cannot be read: {error.strerror or error}", show.EXIT_MISTAKE)
    except (ValueError, RecursionError):
        show.fail(no_report, show.EXIT_MISTAKE)
    if isinstance(report, dict) and report.get("report", VERSION) != VERSION:
        show.fail(f"{file} is a report of another version ({report['report']})", show.EXIT_MISTAKE)
    if not comparable(report):
        show.fail(no_report, show.EXIT_MISTAKE)
    return dict(report)


def _told(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"

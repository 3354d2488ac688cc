"""``hotline departments``: how the departments behind the hotline stand now, asked of the running service."""

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from hotline.cli import show
from hotline.cli.live import asked
from hotline.settings import Settings


def departments(settings: Settings, *, as_json: bool) -> None:
    """Show every department."""
    rows = asked(settings, "departments")
    if as_json:
        show.give_json(rows)
        return
    show.table(
        "", ("department", "code", "name", "now", "calls", "telephones", "closed / busy / no answer", "may call it"),
        [_row(row) for row in rows], empty="The directory has no departments.",
    )  # fmt: skip


def _row(row: Mapping[str, Any]) -> tuple[object, ...]:
    now = Text("open", style="green") if row["open"] else Text("closed", style="yellow")
    if row["hours"]:
        now.append(f" ({row['hours']})", style="dim")
    most = row["max_calls"]
    return (
        row["department"], row["code"], row["name"], now, row["calls"] if most is None else f"{row['calls']} of {most}",
        ", ".join(_phone(each) for each in row["phones"]),
        " / ".join(row[rule] for rule in ("closed", "busy", "no_answer")), _may_call(row["may_call"]),
    )  # fmt: skip


def _phone(phone: Mapping[str, Any]) -> str:
    name = f"seat {phone['seat']}" if phone["seat"] else str(phone["number"])
    return f"{name} {phone['ring_s']:g} s" if phone["reachable"] else f"{name} (no trunk)"


def _may_call(who: Mapping[str, Any] | None) -> str:
    return "all agents" if who is None else ", ".join([*who["roles"], *who["teams"]])

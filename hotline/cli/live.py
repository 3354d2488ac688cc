"""``hotline status``, ``agents`` and ``queue``: asked of the running service."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import typer
from rich.text import Text

from hotline.cli import show
from hotline.cli.closing import closed_line
from hotline.cli.running import NotRunning, Refused, ask, tell
from hotline.settings import Settings

_COLOURS = {
    "ready": "green", "talking": "cyan", "on_hold": "cyan", "consulting": "cyan", "dialling": "cyan",
    "ringing": "yellow", "reserved": "yellow", "wrap_up": "magenta",
    "break": "blue", "unreachable": "red", "logged_out": "dim",
}  # fmt: skip


def status(settings: Settings, *, as_json: bool) -> None:
    """Show how the service is."""
    try:
        told = ask(settings.control_file, "status")
    except NotRunning as error:
        if as_json:
            show.give_json({"running": False, "error": str(error)})
        show.fail(str(error), show.EXIT_NOT_RUNNING)
    except Refused as error:
        show.fail(str(error), show.EXIT_FAILED)
    if as_json:
        show.give_json({"running": True, **told})
        return
    show.facts(_facts(told, ZoneInfo(settings.time_zone)))


def _facts(told: Mapping[str, Any], zone: tzinfo) -> list[tuple[str, object]]:
    pairs: list[tuple[str, object]] = []
    for name, value in told.items():
        if name == "closed":
            pairs.append(("CLOSED", [closed_line(one, zone) for one in value]))
            continue
        title = name.replace("_", " ").removesuffix(" s")
        if name.endswith("_at") and isinstance(value, float):
            pairs.append((title, show.moment(value, zone)))
        elif name.endswith("_s") and isinstance(value, int | float):
            pairs.append((title, show.duration(value)))
        elif isinstance(value, Mapping):
            pairs.append((title, ", ".join(_fact(inner, one) for inner, one in value.items() if _worth(one))))
        else:
            pairs.append((title, value))
    return pairs


def _worth(value: object) -> bool:
    """Whether a part of a fact is worth its place: zero seats and unknown figures are not."""
    return value is not None and (isinstance(value, bool) or value not in (0, ""))


def _fact(name: str, value: object) -> str:
    title = name.replace("_", " ")
    if isinstance(value, bool):
        return title if value else f"not {title}"
    unit = next((unit for unit in ("ms", "s") if name.endswith(f"_{unit}")), "")
    return f"{title.removesuffix(f' {unit}')} {value} {unit}" if unit else f"{title} {value}"


def agents(settings: Settings, *, as_json: bool, everybody: bool, state: str | None) -> None:
    """Show who works, where, and what they do."""
    rows = asked(settings, "agents")
    if state is not None:
        rows = [row for row in rows if row["state"] == state]
    elif not everybody:
        rows = [row for row in rows if row["state"] != "logged_out" or row.get("attendance") == "absent"]
    if as_json:
        show.give_json(rows)
        return
    show.table(
        "", ("agent", "name", "seat", "state", "for", "reason", "call", "queue", "phone", "plan"),
        [_agent_row(row) for row in rows],
        empty="Nobody is logged in." if state is None else f"Nobody is in the state {state}.",
    )  # fmt: skip


def _agent_row(row: Mapping[str, Any]) -> tuple[object, ...]:
    state = Text(str(row["state"]), style=_COLOURS.get(str(row["state"]), ""))
    if row.get("pending"):
        state.append(f" (then {row['pending']})")
    return (
        row["agent"], row["name"], row["seat"], state, show.duration(row["for_s"]), row["reason"], row["call"],
        row["queue"], row["phone"], row.get("attendance", ""),
    )  # fmt: skip


def queue(settings: Settings, *, as_json: bool, only: str | None) -> None:
    """Show who waits in which queue."""
    rows = asked(settings, "queue")
    if only is not None:
        known = [str(row["queue"]) for row in rows]
        rows = [row for row in rows if row["queue"] == only]
        if not rows:
            show.fail(f"there is no queue {only!r}; there are: {', '.join(known)}", show.EXIT_MISTAKE)
    if as_json:
        show.give_json(rows)
        return
    show.table(
        "", ("queue", "name", "waiting", "longest", "logged in", "ready", "talking"),
        [
            (row["queue"], row["name"], row["waiting"], show.duration(row["longest_wait_s"]), row["logged_in"],
             row["ready"], row["talking"])
            for row in rows
        ],
        empty="The directory has no queues.",
    )  # fmt: skip
    callers = [(row["queue"], caller) for row in rows for caller in row["callers"]]
    if callers:
        show.table(
            "", ("place", "call", "queue", "waits", "still to wait", "priority", "needs", "rings at"),
            [
                (caller["place"], caller["call"], name, show.duration(caller["waiting_s"]),
                 show.duration(caller["expected_s"]), caller["priority"], caller["need"], caller["ringing"])
                for name, caller in callers
            ],
            empty="",
        )  # fmt: skip


def reload(settings: Settings, *, as_json: bool, dry_run: bool) -> None:
    """Have the edited files taken, or say what that would change, and show what came of it."""
    try:
        told = tell(settings.control_file, "reload-dry-run" if dry_run else "reload")
    except NotRunning as error:
        show.fail(str(error), show.EXIT_NOT_RUNNING)
    except Refused as error:
        show.fail(str(error), show.EXIT_FAILED)
    if as_json:
        show.give_json(told)
    if told["mistakes"]:
        show.fail("\n".join([*told["mistakes"], "What ran before goes on."]), show.EXIT_FAILED)
    if as_json:
        return
    typer.echo("\n".join(told["changes"] or ["the directory is the same"]))
    if dry_run:
        typer.echo(f"files that differ: {', '.join(told['files']) or 'none'}; nothing was changed")
    else:
        typer.echo(f"taken: {', '.join(told['flows'])}; calls that are in a menu stay in the version they came into")


def asked(settings: Settings, page: str) -> list[dict[str, Any]]:
    """Return the rows of a page of the running service, or leave with why there are none."""
    try:
        rows: list[dict[str, Any]] = ask(settings.control_file, page)
    except NotRunning as error:
        show.fail(str(error), show.EXIT_NOT_RUNNING)
    except Refused as error:
        show.fail(str(error), show.EXIT_FAILED)
    return rows

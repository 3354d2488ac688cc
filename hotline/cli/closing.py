"""``hotline close``, ``reopen`` and ``announcement``: told to the running service."""

import time
from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer

from hotline.cli import show
from hotline.cli.ordered import ordered
from hotline.cli.supervise import user
from hotline.cli.until import parse_until
from hotline.settings import Settings


def close(
    settings: Settings, *, flow: str | None, number: str | None, until: str | None, prompt: str | None, as_json: bool
) -> None:
    """Close, and say what is closed until when."""
    zone = ZoneInfo(settings.time_zone)
    order = {"flow": flow, "number": number, "until": _moment(until, zone), "prompt": prompt}
    done = _told(settings, "close", order)
    if as_json:
        show.give_json(done)
        return
    typer.echo(f"closed: {closed_line(done['closed'], zone)}")


def reopen(settings: Settings, *, flow: str | None, number: str | None, as_json: bool) -> None:
    """Open again; leaves with 1 when nothing was closed."""
    done = _told(settings, "reopen", {"flow": flow, "number": number})
    if as_json:
        show.give_json(done)
    if not done["opened"]:
        show.fail("nothing of that was closed", show.EXIT_FAILED)
    if as_json:
        return
    zone = ZoneInfo(settings.time_zone)
    typer.echo("open again: " + ", ".join(one["what"] for one in done["opened"]))
    for one in done["closed"]:
        typer.echo(f"still closed: {closed_line(one, zone)}")


def announcement(settings: Settings, file: Path | None, *, until: str | None, remove: bool, as_json: bool) -> None:
    """Show the announcement of the day, have a sound file said, or remove it."""
    if remove and (file is not None or until is not None):
        show.fail("--remove goes without a file and --until", show.EXIT_MISTAKE)
    if until is not None and file is None:
        show.fail("--until is for a file that is to be said", show.EXIT_MISTAKE)
    if file is not None and not file.is_file():
        show.fail(f"there is no file {file}", show.EXIT_MISTAKE)
    zone = ZoneInfo(settings.time_zone)
    order = {"file": str(file.absolute()) if file else None, "until": _moment(until, zone), "remove": remove}
    done = _told(settings, "announcement", order)
    if as_json:
        show.give_json(done)
        return
    current = done["announcement"]
    if current is None:
        typer.echo("removed" if done["removed"] else "callers are told nothing today")
        return
    typer.echo(
        f"callers hear {current['seconds']:g} s, since {show.moment(current['since'], zone)}{_end(current, zone)}"
    )


def closed_line(closure: Mapping[str, Any], zone: tzinfo) -> str:
    """Return a closure in one line."""
    return f"{closure['what']}{_end(closure, zone)} (by {closure['by']})"


def _end(what: Mapping[str, Any], zone: tzinfo) -> str:
    return "" if what["until"] is None else f", until {show.moment(what['until'], zone)}"


def _moment(until: str | None, zone: tzinfo) -> float | None:
    if until is None:
        return None
    try:
        return parse_until(until, time.time(), zone)
    except ValueError as error:
        show.fail(f"--until: {error}", show.EXIT_MISTAKE)


def _told(settings: Settings, command: str, order: Mapping[str, Any]) -> dict[str, Any]:
    return ordered(settings, command, {"by": user(), **order})

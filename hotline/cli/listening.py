"""A supervisor's phone is rung for somebody's talk; the audit log is shown."""

from collections import deque
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import typer

from hotline.audit import entries
from hotline.cli import show
from hotline.cli.ordered import carry_out
from hotline.cli.supervise import user
from hotline.settings import Settings

_SHOWN = (
    "by",
    "role",
    "ticket",
    "caller",
    "file",
    "reason",
    "person",
    "at_seat",
    "seat",
    "agent",
    "call",
    "ordered_by",
)


def order(settings: Settings, mode: str, seat: str, at: str | None, *, as_json: bool) -> None:
    """Have the phone rung and wait until it is answered; leaves with 1 when nothing came of it."""
    told = {"seat": seat, "at": at or "", "by": user()}
    carry_out(settings, mode, told, as_json=as_json)


def audit(settings: Settings, limit: int, *, as_json: bool) -> None:
    """Show the newest entries of the audit log, oldest first."""
    try:
        newest = list(deque(entries(settings.audit_file), maxlen=limit))
    except OSError as error:
        show.fail(f"{settings.audit_file} cannot be read: {error.strerror}", show.EXIT_FAILED)
    if as_json:
        show.give_json(newest)
        return
    zone = ZoneInfo(settings.time_zone)
    for entry in newest:
        facts = [f"{key.replace('_', ' ')} {entry[key]}" for key in _SHOWN if entry.get(key)]
        typer.echo("  ".join([_moment(entry, zone), str(entry.get("act")), *facts]))
    if not newest:
        typer.echo("nothing is noted yet")


def _moment(entry: dict[str, Any], zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(float(entry.get("at", 0)), zone).strftime("%Y-%m-%d %H:%M:%S")

"""``hotline prompts record`` and what else the running service does with prompts: ringing a seat, taking recordings."""

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import typer

from calls import Language
from hotline.cli import show
from hotline.cli.ordered import ordered
from hotline.cli.running import NotRunning, Refused, tell
from hotline.settings import Settings

_LOOK_EVERY_S = 0.5
_DONE = frozenset({"played", "kept", "given_up", "not_answered", "hung_up", "failed"})
_WELL = frozenset({"played", "kept"})


def record(settings: Settings, name: str, seat: str, language: Language, *, as_json: bool) -> None:
    """Have a seat rung and a prompt recorded there; leaves with 1 unless one was kept."""
    order(settings, "prompt-record", {"name": name, "language": language.value, "seat": seat}, as_json=as_json)


def order(settings: Settings, command: str, what: Mapping[str, Any], *, as_json: bool) -> None:
    """Give an order that a seat's phone is needed for, and follow it to its end."""
    job = _tell(settings, command, what)
    shown = ""
    while True:
        if job["message"] != shown and not as_json:
            shown = job["message"]
            typer.echo(shown)
        if job["state"] in _DONE:
            break
        time.sleep(_LOOK_EVERY_S)
        job = _tell(settings, "prompt-job", {"job": job["job"]})
    if as_json:
        show.give_json(job)
    if job["state"] not in _WELL:
        raise typer.Exit(show.EXIT_FAILED)


def refresh(settings: Settings) -> bool:
    """Have the running service take what was recorded, if there is one; return whether it did."""
    with suppress(NotRunning, Refused):
        tell(settings.control_file, "prompts-refresh")
        return True
    return False


def _tell(settings: Settings, command: str, what: Mapping[str, Any]) -> dict[str, Any]:
    return ordered(settings, command, what)

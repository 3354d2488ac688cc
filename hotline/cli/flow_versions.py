"""``hotline flow diff``, ``versions``, ``load`` and ``back``."""

from dataclasses import asdict
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import typer

from hotline.cli import live, show
from hotline.cli.flow_check import mistake_data, told
from hotline.cli.running import NotRunning, Refused, Senseless, tell
from hotline.flow_files import settings_or_none
from hotline.flow_sides import changes, not_there, side
from hotline.logging import set_up_cli_log
from hotline.settings import Settings
from hotline.versions import Version, Versions
from ivr import FlowErrors
from ivr.comparison import grouped


def diff(old: str, new: str, *, as_json: bool) -> None:
    """Say what changes for callers from one side to the other."""
    set_up_cli_log()
    settings = settings_or_none()
    sides = []
    for word in (old, new):
        try:
            sides.append(side(word, settings))
        except LookupError as error:
            _refuse(FlowErrors([not_there(word, error)]), as_json=as_json)
        except FlowErrors as error:
            _refuse(error, as_json=as_json)
    found = changes(sides[0], sides[1])
    if as_json:
        show.give_json({"ok": True, "same": not found, "changes": [{**asdict(one), "text": one.text} for one in found]})
        return
    for flow, some in grouped(found).items():
        typer.echo(f"{flow}:")
        for change in some:
            typer.echo(f"  {change.what + ': ' if change.what else ''}{change.text}")
    typer.echo(f"{len(found)} change{'s' * (len(found) != 1)} for callers" if found else "nothing changes for callers")


def _refuse(error: FlowErrors, *, as_json: bool) -> NoReturn:
    if as_json:
        show.give_json({"ok": False, "errors": [mistake_data(one) for one in error.mistakes]})
        raise typer.Exit(show.EXIT_FAILED)
    show.fail("\n".join(told("error", one, None) for one in error.mistakes), show.EXIT_FAILED)


def versions(settings: Settings, *, as_json: bool) -> None:
    """List the versions that are kept."""
    kept = Versions(settings).kept()
    if as_json:
        show.give_json([
            {"version": one.name, "taken_at": one.taken_at, "in_use": one.in_use, "changed": list(one.changed)}
            for one in kept
        ])  # fmt: skip
        return
    zone = ZoneInfo(settings.time_zone)
    rows = [(one.name, show.moment(one.taken_at, zone), "yes" * one.in_use, ", ".join(one.changed)) for one in kept]
    empty = "No version is kept yet; the first is made when the hotline starts."
    show.table("", ("version", "taken", "in use", "differs from the one before"), rows, empty=empty)


def load(settings: Settings, *, as_json: bool, dry_run: bool) -> None:
    """Have the running service take the edited files."""
    live.reload(settings, as_json=as_json, dry_run=dry_run)


def back(settings: Settings, name: str | None, *, edit: bool, as_json: bool) -> None:
    """Put an earlier version in use again, live where the service runs, and say what is to be done about the files."""
    kept = Versions(settings)
    try:
        version = kept.version(name)
    except LookupError as error:
        show.fail(str(error.args[0]), show.EXIT_MISTAKE)
    done = _put_in_use(settings, kept, version)
    if done["mistakes"]:
        if as_json:
            show.give_json(done)
        show.fail("\n".join([*done["mistakes"], "What ran before goes on."]), show.EXIT_FAILED)
    if edit:
        try:
            done["edited_kept_in"] = str(kept.edit(version))
        except OSError as error:
            show.fail(f"{version.name} is in use, but its files could not be put there: {error}", show.EXIT_FAILED)
    if as_json:
        show.give_json(done)
        return
    typer.echo("\n".join(_told(settings, version, done)))


def _put_in_use(settings: Settings, kept: Versions, version: Version) -> dict[str, Any]:
    try:
        told_back = tell(settings.control_file, "flow-back", {"version": version.name})
    except NotRunning:
        mistakes = kept.use(version)
        return {"version": version.name, "running": False, "mistakes": mistakes, "changes": [], "flows": []}
    except Senseless as error:
        show.fail(str(error), show.EXIT_MISTAKE)
    except Refused as error:
        show.fail(str(error), show.EXIT_FAILED)
    return {"version": version.name, "running": True, **told_back}


def _told(settings: Settings, version: Version, done: dict[str, Any]) -> list[str]:
    dialplans = settings.files.dialplans
    if done["running"]:
        lines = [f"{version.name} is in use; calls that are in a menu stay in the version they came into"]
        lines += done["changes"]
    else:
        lines = [f"{version.name} will be used by `hotline serve`; the hotline is not running now"]
    if "edited_kept_in" in done:
        return [*lines, f"{dialplans} holds its files now; what was there is kept in {done['edited_kept_in']}"]
    return [
        *lines,
        f"Mind: {dialplans} still holds what was edited, and the next `hotline flow load` or `hotline up` takes that.",
        "  What it would change:   hotline flow diff current edited",
        f"  Edit on from {version.name}: hotline flow back {version.name} --edited   (what is there now is kept)",
    ]

"""``hotline import`` and ``export``, on the ticket store itself."""

import time
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from agents import DirectoryError, load_directory
from calls import SystemClock
from hotline.audit import AuditLog
from hotline.cli import show, stored
from hotline.cli.categories import code_of, tree_of
from hotline.cli.supervise import user
from hotline.cli.tickets import checked
from hotline.settings import Settings
from hotline.ticket_rules import deadlines_of
from tickets import WantedOrders
from tickets.transfer import (
    ExportFailed,
    ImportRefused,
    Known,
    TableUnreadable,
    export_tickets,
    import_tickets,
)


def take_in(settings: Settings, file: Path, by: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Import a file, or say what is wrong in it and change nothing."""
    known, who = _known(settings), by or user()
    try:
        count = stored.read(settings, lambda store: import_tickets(
            store, file, known, deadlines_of(settings), who, trial=dry_run
        ))  # fmt: skip
    except TableUnreadable as error:
        show.fail(f"{error}\nNothing was imported.", show.EXIT_MISTAKE)
    except ImportRefused as refused:
        _tell(refused, as_json=as_json)
    else:
        if as_json:
            show.give_json({"ok": True, "tickets": count, "dry_run": dry_run, "mistakes": []})
        else:
            typer.echo(f"{count:,} tickets " + ("could be imported" if dry_run else "imported"))


def give_out(
    settings: Settings, file: Path, wanted: WantedOrders, *, since: str | None, category: str | None, by: str | None,
    force: bool, as_json: bool,
) -> None:  # fmt: skip
    """Export tickets into a file. Who did so is kept in the audit log."""
    if file.suffix.lower() not in (".csv", ".xlsx"):
        show.fail(
            f"{file}: tickets are written as .csv or .xlsx: give the file one of these endings", show.EXIT_MISTAKE
        )
    if file.exists() and not force:
        show.fail(f"{file} is there already: name another, or add --force", show.EXIT_FAILED)
    tree, zone = tree_of(settings), ZoneInfo(settings.time_zone)
    codes = None if category is None else tree.within(code_of(tree, category))
    since_at = stored.since_of(settings, stored.Wanted(since=since))
    asked = checked(wanted).model_copy(update={"since": since_at, "categories": codes})
    try:
        AuditLog(settings.audit_file, SystemClock()).note("export-tickets", by=by or user(), file=str(file))
        count = stored.read(settings, lambda store: export_tickets(store, file, asked, zone, time.time()))
    except ExportFailed as error:
        show.fail(str(error), show.EXIT_FAILED)
    except OSError as error:
        show.fail(
            f"{settings.audit_file} cannot be written, so nothing is exported: {error.strerror}", show.EXIT_FAILED
        )
    if as_json:
        show.give_json({"tickets": count, "file": str(file)})
    else:
        typer.echo(f"{count:,} tickets written to {file}")


def _known(settings: Settings) -> Known:
    """Return what cells may name: departments by key, code or name, categories by code or name."""
    try:
        directory = load_directory(settings.directory_file)
    except DirectoryError as error:
        show.fail(str(error), show.EXIT_MISTAKE)
    departments = {
        text: key
        for key, one in directory.departments.items()
        for text in (key, one.code, one.zh, one.en, one.en.lower())
        if text
    }
    tree = tree_of(settings)
    categories = {
        text: code
        for one in tree.placed.values()
        for text in (one.code, one.zh, one.en, one.en.lower())
        if (code := tree.named(text)) is not None
    }
    return Known(ZoneInfo(settings.time_zone), time.time(), departments, categories)


def _tell(refused: ImportRefused, *, as_json: bool) -> None:
    if as_json:
        rows = [
            {"row": one.row, "column": one.column, "message": one.message, "remedy": one.remedy}
            for one in refused.mistakes
        ]
        show.give_json({"ok": False, "tickets": 0, "mistakes": rows, "more": refused.more})
        raise typer.Exit(show.EXIT_FAILED)
    show.fail(f"{refused}\nNothing was imported.", show.EXIT_FAILED)

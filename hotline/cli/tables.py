"""``hotline export|import departments|categories FILE``."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import typer

from agents import Directory, DirectoryError, load_directory
from hotline.categories import CATEGORIES
from hotline.cli import show
from hotline.cli.categories import tree_of
from hotline.settings import Settings
from hotline.tables import categories, departments
from hotline.tables.words import TableRefused
from hotline.tables.yaml_file import NotWritten, checked, edited, write
from tickets.transfer import TableUnreadable
from tickets.transfer.writing import TooLong, write_table


def give_out(settings: Settings, what: str, file: Path, *, force: bool, as_json: bool) -> None:
    """Write all departments, or categories, into a table."""
    if file.suffix.lower() not in (".csv", ".xlsx"):
        show.fail(f"{file}: {what} are written as .csv or .xlsx: give the file one of these endings", show.EXIT_MISTAKE)
    if file.exists() and not force:
        show.fail(f"{file} is there already: name another, or add --force", show.EXIT_FAILED)
    columns = departments.COLUMNS if what == "departments" else categories.COLUMNS
    rows: Iterable[list[str]] = (
        departments.as_rows(_directory(settings)) if what == "departments" else categories.as_rows(tree_of(settings))
    )
    count = 0
    try:
        with write_table(file) as table:
            table.add([one.heading for one in columns])
            for count, cells in enumerate(rows, 1):  # noqa: B007 - counted
                table.add(cells)
    except (OSError, TooLong) as error:
        show.fail(f"{file} cannot be written: {error}", show.EXIT_FAILED)
    if as_json:
        show.give_json({what: count, "file": str(file)})
    else:
        typer.echo(f"{count:,} {what} written to {file}")


def take_in(settings: Settings, what: str, file: Path, *, dry_run: bool, as_json: bool) -> None:
    """Write what a table changes into the YAML file, or say what is wrong and change nothing."""
    directory = _directory(settings)
    try:
        changed, path, edit, left = _read(settings, what, file, directory)
        text = edited(path, edit)
        checked(settings, path, text)
        kept = write(path, text) if changed and not dry_run else None
    except TableUnreadable as error:
        show.fail(f"{error}\nNothing was imported.", show.EXIT_MISTAKE)
    except TableRefused as refused:
        _tell(refused, what, as_json=as_json)
    except NotWritten as error:
        show.fail(f"{error}\nNothing was imported.", show.EXIT_FAILED)
    else:
        _done(what, changed, path, kept, left, dry_run=dry_run, as_json=as_json)


def _read(
    settings: Settings, what: str, file: Path, directory: Directory
) -> tuple[list[str], Path, Callable[[Any], None], list[str]]:
    """Return what changes, in which file, how it is edited, and what the table does not name."""
    if what == "departments":
        named, new = departments.read(file, directory)
        return list(new), settings.directory_file, lambda tree: departments.apply(tree, new), [
            key for key in directory.departments if key not in named
        ]  # fmt: skip
    tree = tree_of(settings)
    found, changes = categories.read(file, tree, directory)
    path = settings.files.dialplans / CATEGORIES
    return list(changes), path, lambda yaml: categories.apply(yaml, changes), sorted(tree.codes - found)


def _done(
    what: str, changed: list[str], path: Path, kept: Path | None, left: list[str], *, dry_run: bool, as_json: bool
) -> None:
    if as_json:
        show.give_json({
            "ok": True, "dry_run": dry_run, "changed": changed, "not_in_the_table": left, "file": str(path),
            "kept": None if kept is None else str(kept), "mistakes": [],
        })  # fmt: skip
        return
    if not changed:
        typer.echo(f"{path} says all that already")
    elif dry_run:
        typer.echo(f"could be imported: {len(changed):,} {what} would change ({', '.join(changed[:20])})")
    else:
        typer.echo(f"{len(changed):,} {what} changed in {path} ({', '.join(changed[:20])}); before: {kept}")
        typer.echo("The running service takes it with: hotline reload")
    if left:
        typer.echo(f"not in the table, and as before: {', '.join(left[:20])}{' ...' if len(left) > 20 else ''}")


def _directory(settings: Settings) -> Directory:
    try:
        return load_directory(settings.directory_file)
    except DirectoryError as error:
        show.fail(str(error), show.EXIT_MISTAKE)


def _tell(refused: TableRefused, what: str, *, as_json: bool) -> None:
    if as_json:
        rows = [
            {"row": one.row, "column": one.column, "message": one.message, "remedy": one.remedy}
            for one in refused.mistakes
        ]
        show.give_json({"ok": False, "changed": [], "mistakes": rows})
        raise typer.Exit(show.EXIT_FAILED)
    show.fail(f"{refused}\nNothing of the {what} was imported.", show.EXIT_FAILED)

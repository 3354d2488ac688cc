"""``hotline import``, ``export``, ``erase-caller`` and ``purge``. Nothing heavy is imported before a command runs."""
# ruff: noqa: PLC0415 - that is what keeps it quick

from pathlib import Path
from typing import Annotated

import typer

from hotline.cli.options import Config
from hotline.cli.options import JsonKeys as Json

transfer_app = typer.Typer(add_completion=False)

By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who does it; else who sits at the terminal.")]


def _what(words: list[str]) -> tuple[str, Path]:
    """Return what the table holds, and its file; or leave with what is wrong."""
    from hotline.cli import show

    known = ("tickets", "departments", "categories")
    what = words[0] if len(words) == 2 else "tickets"
    if what not in known or len(words) > 2 or words[-1] in known:
        show.fail(f"name one file, and in front of it perhaps one of: {', '.join(known)}", show.EXIT_MISTAKE)
    return what, Path(words[-1])


@transfer_app.command("import")
def import_(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[tickets|departments|categories] FILE",
            help="A table, .csv or .xlsx; row 1 holds the headings. Of tickets, unless a word in front says otherwise.",
        ),
    ],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say whether it could be imported.")] = False,
    by: By = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Take tickets out of a table: all rows, or none and what is wrong in each. Departments and categories come into
    directory.yaml and categories.yaml, whose comments stay; a reload takes them."""
    from hotline.cli import tables, transfer
    from hotline.cli.app import settings_in_force

    what, file = _what(words)
    if what != "tickets":
        tables.take_in(settings_in_force(config), what, file, dry_run=dry_run, as_json=json)
        return
    transfer.take_in(settings_in_force(config), file, by, dry_run=dry_run, as_json=json)


@transfer_app.command()
def export(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[tickets|departments|categories] FILE",
            help="The file to write, .csv or .xlsx. Tickets, unless a word in front says otherwise.",
        ),
    ],
    *,
    since: Annotated[str | None, typer.Option(help="Made after: 7d, today, 2026-11-23 or 2026-11-23T08:30.")] = None,
    state: Annotated[str | None, typer.Option(help="Only tickets in this state.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only tickets of this kind.")] = None,
    department: Annotated[str | None, typer.Option(help="Only tickets that this department has.")] = None,
    category: Annotated[str | None, typer.Option(help="Only tickets of this category, and of those inside it.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file when it is there.")] = False,
    by: By = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Write tickets into a table, telephone numbers in full; or departments, or categories. What `import` reads back is
    what there was."""
    from hotline.cli import show, tables, transfer
    from hotline.cli.app import settings_in_force
    from tickets import WantedOrders

    what, file = _what(words)
    if what != "tickets":
        if any(one is not None for one in (since, state, kind, department, category)):
            show.fail(f"{what} are written all: leave out what chooses among tickets", show.EXIT_MISTAKE)
        tables.give_out(settings_in_force(config), what, file, force=force, as_json=json)
        return
    wanted = WantedOrders(state=state, kind=kind, department=department)
    transfer.give_out(
        settings_in_force(config), file, wanted, since=since, category=category, by=by, force=force, as_json=json
    )


@transfer_app.command("erase-caller")
def erase_caller(
    number: Annotated[str, typer.Argument(help="The telephone number, as it is stored.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be erased.")] = False,
    reason: Annotated[str, typer.Option(help="Why; it is kept in the audit log.")] = "",
    by: By = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Erase a caller's number, name, address, words and recordings from calls and tickets; figures stay."""
    from hotline.cli import erasing
    from hotline.cli.app import settings_in_force

    erasing.erase(settings_in_force(config), number, reason, by, dry_run=dry_run, as_json=json)


@transfer_app.command()
def purge(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
    calls_days: Annotated[
        int | None,
        typer.Option(min=0, max=36_500, help="Keep calls so many days, not as the setting says; 0: for ever."),
    ] = None,
    tickets_days: Annotated[
        int | None, typer.Option(min=0, max=36_500, help="The same for closed tickets, from their closing on.")
    ] = None,
    agents_days: Annotated[
        int | None, typer.Option(min=0, max=36_500, help="The same for agents' changes of state, but for the latest.")
    ] = None,
    by: By = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Delete calls and closed tickets that are older than they may be, but for what is linked to an open ticket or on
    legal hold. The service does so daily; the audit log tells. Recordings: `hotline recordings purge`."""
    from hotline.cli import purging
    from hotline.cli.app import settings_in_force

    days = {"calls_days": calls_days, "tickets_days": tickets_days, "agents_days": agents_days}
    purging.purge(settings_in_force(config), days, by, dry_run=dry_run, as_json=json)

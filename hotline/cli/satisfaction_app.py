"""``hotline satisfaction``. Nothing heavy is imported before a command runs."""
# ruff: noqa: PLC0415 - that is what keeps it quick

from typing import Annotated

import typer

from hotline.cli.options import Config

satisfaction_app = typer.Typer(add_completion=False)


@satisfaction_app.command()
def satisfaction(
    *,
    since: Annotated[str, typer.Option(help="30m, 2h, 7d, today, 2026-11-23 or 2026-11-23T08:30.")] = "7d",
    until: Annotated[str | None, typer.Option(help="The same; up to now unless given.")] = None,
    by: Annotated[str | None, typer.Option(metavar="queue|agent", help="Told apart by queue or by agent.")] = None,
    json: Annotated[bool, typer.Option("--json", help="JSON for machines: stable keys.")] = False,
    config: Config = None,
) -> None:
    """Show how many callers were satisfied with their call, and what they answered after it."""
    from hotline.cli import satisfaction as figures
    from hotline.cli.app import settings_in_force

    figures.show_satisfaction(settings_in_force(config), since=since, until=until, by=by, as_json=json)

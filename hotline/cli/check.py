"""``hotline check``: flows, directory and prompts, looked at together."""

import typer

from hotline.checks import check_and_doubt
from hotline.cli import show
from hotline.logging import set_up_cli_log
from hotline.prompt_files import prompt_doubts
from hotline.settings import Settings


def check(settings: Settings, *, as_json: bool) -> None:
    """Show what is wrong or doubtful; leaves with 1 when something is wrong."""
    set_up_cli_log()
    mistakes, doubts = check_and_doubt(settings)
    stale, unspoken = ([], 0) if mistakes else prompt_doubts(settings)
    doubts += stale
    if as_json:
        show.give_json({"ok": not mistakes, "mistakes": mistakes, "doubts": doubts, "not_rendered": unspoken})
    else:
        for doubt in doubts:
            typer.echo(f"doubtful: {doubt}")
        if unspoken:
            typer.echo(f"{unspoken} texts are not rendered yet: a reload does that first (or: hotline prompts render)")
    if mistakes:
        show.fail("\n".join(mistakes), show.EXIT_FAILED)
    if not as_json:
        typer.echo(f"{settings.files.dialplans} and {settings.directory_file}: no mistakes")

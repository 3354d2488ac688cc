"""``hotline close``, ``reopen`` and ``announcement``. Nothing heavy is imported before a command runs."""
# ruff: noqa: PLC0415 - that is what keeps it quick

from pathlib import Path
from typing import Annotated

import typer

from hotline.cli.options import Config, Json

closing_app = typer.Typer(add_completion=False)

Number = Annotated[str | None, typer.Option("--number", help="Only calls to this number.")]
FlowName = Annotated[str | None, typer.Option("--flow", help="Only calls in this flow.")]
Until = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="30m, 2h, 18:00 or 2026-11-27T18:00; else for good.")
]


@closing_app.command()
def close(
    *,
    number: Number = None,
    flow: FlowName = None,
    until: Until = None,
    prompt: Annotated[str | None, typer.Option(help="What callers are told, instead of the system's words.")] = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Close the hotline now, whatever the opening hours say: from this moment no new caller reaches an agent."""
    from hotline.cli import closing
    from hotline.cli.app import settings_in_force

    settings = settings_in_force(config)
    closing.close(settings, flow=flow, number=number, until=until, prompt=prompt, as_json=json)


@closing_app.command()
def reopen(*, number: Number = None, flow: FlowName = None, json: Json = False, config: Config = None) -> None:
    """Open again what `hotline close`, or a call to the service line, has closed."""
    from hotline.cli import closing
    from hotline.cli.app import settings_in_force

    settings = settings_in_force(config)
    closing.reopen(settings, flow=flow, number=number, as_json=json)


@closing_app.command()
def announcement(
    file: Annotated[Path | None, typer.Argument(help="A sound file that callers are to hear from now on.")] = None,
    *,
    until: Until = None,
    remove: Annotated[bool, typer.Option("--remove", help="Have callers hear nothing any more.")] = False,
    json: Json = False,
    config: Config = None,
) -> None:
    """The announcement of the day: show it, have a file said, or remove it. By telephone: *20 from a seat."""
    from hotline.cli import closing
    from hotline.cli.app import settings_in_force

    settings = settings_in_force(config)
    closing.announcement(settings, file, until=until, remove=remove, as_json=json)

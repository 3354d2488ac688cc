"""``hotline webhooks``: what other systems were told. Nothing heavy is imported before a command runs."""
# ruff: noqa: PLC0415 - that is what keeps it quick

from typing import Annotated

import typer

from hotline.cli.options import Config
from hotline.cli.options import JsonKeys as Json

webhooks_app = typer.Typer(
    name="webhooks", help="What other systems are told of tickets and calls, and what they have not taken.",
    no_args_is_help=True,
)  # fmt: skip


@webhooks_app.command("list")
def list_deliveries(
    *,
    state: Annotated[str | None, typer.Option(help="Only waiting, done or dead ones.")] = None,
    target: Annotated[str | None, typer.Option(help="Only those for this system.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, the latest first.")] = 50,
    json: Json = False,
    config: Config = None,
) -> None:
    """The messages, the latest first: how often each was tried, and why it was not taken."""
    from hotline.cli import webhooks
    from hotline.cli.app import settings_in_force

    webhooks.show_list(settings_in_force(config), state, target, limit, as_json=json)


@webhooks_app.command()
def replay(
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="[ID]...", help="Those of these numbers, sent or not.")
    ] = None,
    *,
    dead: Annotated[bool, typer.Option("--dead", help="All that were given up.")] = False,
    json: Json = False,
    config: Config = None,
) -> None:
    """Have messages sent again; the receiver knows them by the same webhook-id."""
    from hotline.cli import webhooks
    from hotline.cli.app import settings_in_force

    webhooks.replay(settings_in_force(config), ids or [], dead=dead, as_json=json)


@webhooks_app.command()
def targets(json: Json = False, config: Config = None) -> None:
    """The systems that are told, each with the secret by which it knows that a message is ours."""
    from hotline.cli import webhooks
    from hotline.cli.app import settings_in_force

    webhooks.show_targets(settings_in_force(config), as_json=json)

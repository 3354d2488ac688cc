"""``hotline voicemail``: list, show, play, assign, callback, done. Nothing heavy is imported before a command runs."""
# ruff: noqa: PLC0415 - that is what keeps it quick

from pathlib import Path
from typing import Annotated

import typer

from hotline.cli.options import Config, Full, Json

voicemail_app = typer.Typer(
    name="voicemail",
    help="Messages that callers have left: what is waiting, hearing it, who sees to it, calling back, done.",
    no_args_is_help=True,
)

Number = Annotated[int, typer.Argument(metavar="MESSAGE", help="The message's number, as `list` shows it.")]
Agent = Annotated[str | None, typer.Option("--agent", help="The agent, by id.")]


@voicemail_app.command("list")
def list_messages(
    *,
    box: Annotated[str | None, typer.Option(help="Only of this box.")] = None,
    agent: Annotated[str | None, typer.Option(help="Only those assigned to this agent.")] = None,
    number: Annotated[str | None, typer.Option(help="Only of callers with this telephone number.")] = None,
    since: Annotated[str | None, typer.Option(help="Left after: 30m, 2h, 7d, today, 2026-11-23.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Those that are done, too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="At most so many.")] = 100,
    json: Json = False,
    full: Full = False,
    config: Config = None,
) -> None:
    """What is waiting: unheard ones first, and of these the oldest. Works while the service is down, too."""
    from hotline.cli import voicemail
    from hotline.cli.app import settings_in_force

    settings = settings_in_force(config)
    wanted = voicemail.wanted(settings, since, box=box, agent=agent, number=number, limit=limit,
                              done=None if everything else False)  # fmt: skip
    voicemail.show_list(settings, wanted, as_json=json, full=full)


@voicemail_app.command("show")
def show_message(message: Number, json: Json = False, full: Full = False, config: Config = None) -> None:
    """One message: its call, its file, and what was done with it."""
    from hotline.cli import voicemail
    from hotline.cli.app import settings_in_force

    voicemail.show_one(settings_in_force(config), message, as_json=json, full=full)


@voicemail_app.command("play")
def play(
    message: Number,
    *,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Write it there; .wav, .opus or .mp3 decides the form.")
    ] = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Write a message to a file, unsealed, to hear it; without --to, say where it lies. It counts as heard. (At a
    phone: *18.)"""
    from hotline.cli import voicemail
    from hotline.cli.app import settings_in_force

    voicemail.play(settings_in_force(config), message, to, as_json=json)


@voicemail_app.command("assign")
def assign(message: Number, *, agent: Agent = None, json: Json = False, config: Config = None) -> None:
    """Have one agent see to a message: their lamp shines, no others. Without --agent, it is anybody's again."""
    from hotline.cli import voicemail
    from hotline.cli.app import settings_in_force

    voicemail.order(settings_in_force(config), "assign", message, agent=agent or "", as_json=json)


@voicemail_app.command("callback")
def call_back(message: Number, *, agent: Agent = None, json: Json = False, config: Config = None) -> None:
    """Call the caller back: the agent's phone is rung, then the caller's; the call belongs to the message's ticket.
    Without --agent, the one it is assigned to calls."""
    from hotline.cli import voicemail
    from hotline.cli.app import settings_in_force

    voicemail.order(settings_in_force(config), "callback", message, agent=agent or "", as_json=json)


@voicemail_app.command("done")
def done(
    message: Number,
    *,
    note: Annotated[str, typer.Option(help="What came of it; it is written down.")] = "",
    json: Json = False,
    config: Config = None,
) -> None:
    """Nothing more is to be done: the lamp goes out. The ticket goes its own way: `hotline tickets`."""
    from hotline.cli import voicemail
    from hotline.cli.app import settings_in_force

    voicemail.order(settings_in_force(config), "done", message, note=note, as_json=json)

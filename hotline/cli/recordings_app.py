"""``hotline recordings``: list, show, play, verify, hold, purge. Nothing heavy is imported before a command runs."""
# ruff: noqa: PLC0415 - that is what keeps it quick

from pathlib import Path
from typing import Annotated

import typer

from hotline.cli.options import Config, Full, Json

recordings_app = typer.Typer(
    name="recordings",
    help="Recorded talks and messages: find, hear, check, keep and delete them, while the service is down, too.",
    no_args_is_help=True,
)

CallArgument = Annotated[str, typer.Argument(metavar="CALL", help="The call, as `hotline calls` names it.")]
CallOption = Annotated[str | None, typer.Option("--call", help="Only of this call.")]
Ticket = Annotated[str | None, typer.Option(help="Only of the call that this ticket was made from, or is about.")]
Agent = Annotated[str | None, typer.Option(help="Only talks in which this agent was.")]
Number = Annotated[str | None, typer.Option(help="Only of calls from, or to, this telephone number.")]
Kind = Annotated[str | None, typer.Option(help="talk, consult (of agent and third, without the caller) or message.")]
Since = Annotated[str | None, typer.Option(help="Begun after: 30m, 2h, 7d, today, 2026-11-23 or 2026-11-23T08:30.")]
Until = Annotated[str | None, typer.Option(help="Begun before; written in the same way.")]
Reason = Annotated[str, typer.Option(help="Why; it is written down.")]


@recordings_app.command("list")
def list_recordings(
    *,
    call: CallOption = None,
    ticket: Ticket = None,
    agent: Agent = None,
    number: Number = None,
    kind: Kind = None,
    since: Since = None,
    until: Until = None,
    flagged: Annotated[bool, typer.Option("--flagged", help="Only those with something wrong.")] = False,
    deleted: Annotated[bool, typer.Option("--deleted", help="Those whose file was deleted, instead.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="At most so many, the latest first.")] = 50,
    json: Json = False,
    full: Full = False,
    config: Config = None,
) -> None:
    """The recordings, the latest first."""
    from hotline.cli import recordings
    from hotline.cli.app import settings_in_force

    settings = settings_in_force(config)
    wanted = recordings.wanted(
        settings, call=call, ticket=ticket, agent=agent, number=number, kind=kind, since=since, until=until,
        flagged=flagged or None, deleted=deleted, limit=limit,
    )  # fmt: skip
    recordings.show_list(settings, wanted, as_json=json, full=full)


@recordings_app.command("show")
def show_recordings(call: CallArgument, json: Json = False, config: Config = None) -> None:
    """A call's recordings: who was there when, who is heard when, what was left out, and what was done with them."""
    from hotline.cli import recordings
    from hotline.cli.app import settings_in_force

    recordings.show_one(settings_in_force(config), call, as_json=json)


@recordings_app.command("play")
def play(
    call: CallArgument,
    *,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Write it there; .wav, .opus or .mp3 decides the form.")
    ] = None,
    which: Annotated[int, typer.Option(min=1, help="Which of the call's recordings, the first being 1.")] = 1,
    json: Json = False,
    config: Config = None,
) -> None:
    """Write a recording to a file, unsealed, to hear it; without --to, say where it lies. It is written down."""
    from hotline.cli import recordings_sound
    from hotline.cli.app import settings_in_force

    recordings_sound.play(settings_in_force(config), call, to, which, as_json=json)


@recordings_app.command("verify")
def verify(
    *,
    call: CallOption = None,
    since: Since = None,
    until: Until = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Read every recording anew and compare checksums; find missing, damaged, orphaned files and files without a row.
    Leaves with 1 when something is wrong. With --call or --since, only those recordings are read."""
    from hotline.cli import recordings_keeping
    from hotline.cli.app import settings_in_force

    recordings_keeping.verify(settings_in_force(config), call=call, since=since, until=until, as_json=json)


@recordings_app.command("purge")
def purge(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
    talks_days: Annotated[
        int | None, typer.Option(min=0, help="Keep talks so many days, instead of the setting; 0: for ever.")
    ] = None,
    messages_days: Annotated[int | None, typer.Option(min=0, help="The same for messages.")] = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Delete recordings that are older than they may be, but for those of calls on legal hold. It is written down."""
    from hotline.cli import recordings_keeping
    from hotline.cli.app import settings_in_force

    recordings_keeping.purge(
        settings_in_force(config), dry_run=dry_run, talks_days=talks_days, messages_days=messages_days, as_json=json
    )


@recordings_app.command("hold")
def hold(call: CallArgument, *, reason: Reason = "", json: Json = False, config: Config = None) -> None:
    """Legal hold: no recording of this call is deleted, however old, until the hold is released."""
    from hotline.cli import recordings_keeping
    from hotline.cli.app import settings_in_force

    recordings_keeping.hold(settings_in_force(config), call, reason, as_json=json)


@recordings_app.command("release")
def release(call: CallArgument, *, reason: Reason = "", json: Json = False, config: Config = None) -> None:
    """End a legal hold."""
    from hotline.cli import recordings_keeping
    from hotline.cli.app import settings_in_force

    recordings_keeping.release(settings_in_force(config), call, reason, as_json=json)


@recordings_app.command("new-key")
def new_key(json: Json = False, config: Config = None) -> None:
    """Make a key, with which recordings are encrypted from the next start of the service on; former keys stay, to read.
    Afterwards, `reseal` has the older recordings sealed with it."""
    from hotline.cli import recordings_sound
    from hotline.cli.app import settings_in_force

    recordings_sound.new_key(settings_in_force(config), as_json=json)


@recordings_app.command("reseal")
def reseal(json: Json = False, config: Config = None) -> None:
    """Give all encrypted recordings the current key (rotation); a former key may be taken out of the file then."""
    from hotline.cli import recordings_sound
    from hotline.cli.app import settings_in_force

    recordings_sound.reseal(settings_in_force(config), as_json=json)


@recordings_app.command("pause")
def pause(call: CallArgument, json: Json = False, config: Config = None) -> None:
    """Leave out what is said in a running talk from now on (a PIN, a card's number). Agents press *2 in the talk."""
    from hotline.cli import recordings_running
    from hotline.cli.app import settings_in_force

    recordings_running.pause(settings_in_force(config), call, on=True, as_json=json)


@recordings_app.command("continue")
def go_on(call: CallArgument, json: Json = False, config: Config = None) -> None:
    """Record again what is said in a running talk."""
    from hotline.cli import recordings_running
    from hotline.cli.app import settings_in_force

    recordings_running.pause(settings_in_force(config), call, on=False, as_json=json)

"""The commands and their options. Nothing heavy is imported before a command runs: ``--help`` answers at once."""
# ruff: noqa: PLC0415 - that is what keeps it quick

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotline.cli.call_app import call_app
from hotline.cli.closing_app import closing_app
from hotline.cli.flow_app import flow_app
from hotline.cli.listening_app import listening_app
from hotline.cli.options import Config, Full, Json
from hotline.cli.pin import pin_app
from hotline.cli.prompts import prompts_app
from hotline.cli.recordings_app import recordings_app
from hotline.cli.report_app import report_app
from hotline.cli.satisfaction_app import satisfaction_app
from hotline.cli.simulate_app import simulate_app
from hotline.cli.tickets_app import tickets_app
from hotline.cli.transfer_app import transfer_app
from hotline.cli.trying_app import trying_app
from hotline.cli.voicemail_app import voicemail_app
from hotline.cli.webhooks_app import webhooks_app

if TYPE_CHECKING:
    from hotline.settings import Settings

app = typer.Typer(
    name="hotline",
    help="The 12345 hotline: start it, watch it, read what happened, and load it with simulated calls.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 done, 1 failed or a limit missed, 2 wrong usage or settings, 3 the service is not running, "
    "4 the ticket store cannot be read.",
)

app.add_typer(flow_app)
app.add_typer(listening_app)
app.add_typer(closing_app)  # without a name: its commands stand beside the others
app.add_typer(pin_app)
app.add_typer(prompts_app)
app.add_typer(recordings_app)
app.add_typer(report_app)
app.add_typer(satisfaction_app)
app.add_typer(simulate_app)
app.add_typer(call_app)
app.add_typer(tickets_app)
app.add_typer(transfer_app)
app.add_typer(trying_app)
app.add_typer(webhooks_app)
app.add_typer(voicemail_app)

Limit = Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, the latest first.")]
Since = Annotated[str | None, typer.Option(help="30m, 2h, 7d, today, 2026-11-23 or 2026-11-23T08:30.")]


def main() -> None:
    """Run the command line. A terminal that cannot show a character shows something in its place; what is no text can
    name a file only."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    for word in sys.argv[1:]:
        if any("\ud800" <= letter <= "\udfff" for letter in word) and not Path(word).exists():
            sys.stderr.write(f"{word!a} is no text in UTF-8: set the terminal to UTF-8, and write it anew\n")
            sys.exit(2)
    app()


def settings_in_force(file: Path | None) -> "Settings":
    """Return the settings, or say what is wrong with them and leave. Processes started from here take the same file."""
    import os

    from hotline.cli import show
    from hotline.settings import CONFIG_VARIABLE
    from hotline.settings_file import SettingsMistake, load_settings

    if file is not None:
        os.environ[CONFIG_VARIABLE] = str(file.absolute())
    try:
        return load_settings()
    except SettingsMistake as error:
        show.fail("\n".join(["The settings cannot be used:", *error.mistakes]), show.EXIT_MISTAKE)


# -- starting ------------------------------------------------------------------------------------------------------


@app.command()
def up(config: Config = None) -> None:
    """Start Asterisk and the service, and keep both running; Ctrl-C stops them."""
    settings = settings_in_force(config)
    from hotline.supervise import up as start

    raise typer.Exit(start(settings))


@app.command()
def demo(config: Config = None) -> None:
    """The same with simulated softphones and a trickle of callers; shows each call's life."""
    settings = settings_in_force(config)
    from hotline.supervise import demo as start

    raise typer.Exit(start(settings))


@app.command()
def serve(config: Config = None) -> None:
    """Run the service alone, for a supervisor such as systemd; Asterisk must be there."""
    settings = settings_in_force(config)
    from hotline.serve import serve as start

    raise typer.Exit(start(settings))


# -- looking -------------------------------------------------------------------------------------------------------


@app.command()
def status(json: Json = False, config: Config = None) -> None:
    """How the running service is."""
    settings = settings_in_force(config)
    from hotline.cli import live

    live.status(settings, as_json=json)


@app.command("live")
def live_figures(
    json: Json = False,
    follow: Annotated[bool, typer.Option("--follow", help="Again whenever they change; --json: a line each.")] = False,
    language: Annotated[str, typer.Option(metavar="zh|en|both", help="Of the figures' names.")] = "both",
    config: Config = None,
) -> None:
    """Figures of the last 15 minutes and of today, as they are now."""
    settings = settings_in_force(config)
    from hotline.cli import live_figures as figures
    from hotline.cli.report import language_of

    figures.live(settings, as_json=json, follow=follow, language=language_of(language))


@app.command()
def agents(
    json: Json = False,
    everybody: Annotated[bool, typer.Option("--all", help="Those who are not logged in too.")] = False,
    state: Annotated[str | None, typer.Option(help="Only those in this state: ready, talking, break, ...")] = None,
    config: Config = None,
) -> None:
    """Who works, on which seat, and what they do now."""
    settings = settings_in_force(config)
    from hotline.cli import live

    live.agents(settings, as_json=json, everybody=everybody, state=state)


@app.command()
def agent(
    agent_id: Annotated[str, typer.Argument(metavar="ID", help="The agent's id, like 2001.")],
    *,
    on_break: Annotated[
        str | None, typer.Option("--break", metavar="REASON", help="Send on a break, for a reason of the directory.")
    ] = None,
    ready: Annotated[bool, typer.Option("--ready", help="Make ready; takes back what is pending.")] = False,
    log_out: Annotated[bool, typer.Option("--log-out", help="Log out; in a talk, after it and its wrap-up.")] = False,
    end_wrap_up: Annotated[bool, typer.Option("--end-wrap-up", help="End the work after the call now.")] = False,
    extend_wrap_up: Annotated[
        float | None, typer.Option("--extend-wrap-up", metavar="SECONDS", help="Give more time for it.")
    ] = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """One agent: how things stand, or a supervisor's order (kept in the journal with your name)."""
    settings = settings_in_force(config)
    from hotline.cli import supervise

    order = supervise.order(
        on_break=on_break, ready=ready, log_out=log_out, end_wrap_up=end_wrap_up, extend_wrap_up=extend_wrap_up
    )
    supervise.agent(settings, agent_id, order, as_json=json)


@app.command()
def dial(
    agent: Annotated[str, typer.Option(metavar="ID", help="Who is to talk; the phone at their seat rings first.")],
    to: Annotated[str, typer.Option(metavar="NUMBER", help="Whom to call.")],
    *,
    ticket: Annotated[str | None, typer.Option(help="The ticket that it is about.")] = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Have an agent call somebody: their seat rings, then the number is dialled."""
    settings = settings_in_force(config)
    from hotline.cli import dial as dialling

    dialling.dial(settings, agent, to, ticket, as_json=json)


@app.command()
def queue(
    json: Json = False,
    name: Annotated[str | None, typer.Option("--queue", help="Only this queue.")] = None,
    config: Config = None,
) -> None:
    """Who waits, in which queue, for how long."""
    settings = settings_in_force(config)
    from hotline.cli import live

    live.queue(settings, as_json=json, only=name)


@app.command()
def departments(json: Json = False, config: Config = None) -> None:
    """Every department: open or closed now, its calls, its telephones in their order, whom it takes."""
    settings = settings_in_force(config)
    from hotline.cli.departments import departments as show_departments

    show_departments(settings, as_json=json)


@app.command()
def calls(
    call_id: Annotated[str | None, typer.Argument(help="One call, with its timeline.")] = None,
    *,
    json: Json = False,
    limit: Limit = 50,
    since: Since = None,
    outcome: Annotated[
        str | None,
        typer.Option(help="answered, abandoned_menu, abandoned_queue, self_served, voicemail, failed, turned_away..."),
    ] = None,
    queue: Annotated[str | None, typer.Option(help="Only calls of this queue.")] = None,
    agent: Annotated[str | None, typer.Option(help="Only calls that this agent took.")] = None,
    caller: Annotated[str | None, typer.Option(help="Only calls from this number.")] = None,
    running: Annotated[
        bool | None, typer.Option("--running/--ended", help="Only calls that go on, or are over.")
    ] = None,
    outbound: Annotated[
        bool | None, typer.Option("--outbound/--inbound", help="Only calls that agents made, or that callers made.")
    ] = None,
    full: Full = False,
    config: Config = None,
) -> None:
    """What happened to every call, out of the ticket store; works while the service is down too."""
    settings = settings_in_force(config)
    from hotline.cli import show, stored

    if outcome is not None and outcome not in (known := _outcomes()):
        show.fail(f"--outcome: there is no {outcome!r}; there are: {', '.join(known)}", show.EXIT_MISTAKE)
    wanted = stored.Wanted(
        limit=limit, since=since, outcome=outcome, queue=queue, agent=agent, caller=caller, running=running,
        outbound=outbound, as_json=json, full=full,
    )  # fmt: skip
    stored.calls(settings, wanted, call_id)


@app.command()
def why(
    call_id: Annotated[str, typer.Argument(help="The call, as `hotline calls` names it.")],
    json: Json = False,
    config: Config = None,
) -> None:
    """In words: why this caller got this agent then, and why not sooner. Works while the service is down too."""
    from hotline.cli import stored

    stored.why(settings_in_force(config), call_id, as_json=json)


@app.command()
def callbacks(
    *,
    missed: Annotated[
        bool, typer.Option("--missed", help="Callers who hung up while waiting or were turned away, instead.")
    ] = False,
    over: Annotated[
        bool | None, typer.Option("--over/--open", help="Only callbacks that are over, or are not.")
    ] = None,
    cancel: Annotated[str | None, typer.Option(metavar="ID", help="Take this callback back.")] = None,
    limit: Limit = 50,
    since: Since = None,
    json: Json = False,
    full: Full = False,
    config: Config = None,
) -> None:
    """Who is to be called back, and who was missed; works while the service is down too."""
    settings = settings_in_force(config)
    from hotline.cli import callbacks as called
    from hotline.cli.stored import Wanted

    wanted = Wanted(limit=limit, since=since, as_json=json, full=full)
    if cancel is not None:
        called.cancel(settings, cancel, as_json=json)
    elif missed:
        called.missed(settings, wanted)
    else:
        called.callbacks(settings, wanted, over=over)


def _outcomes() -> list[str]:
    from calls import Outcome

    return [outcome.value for outcome in Outcome]


# -- settings and files ---------------------------------------------------------------------------------------------


@app.command()
def check(json: Json = False, config: Config = None) -> None:
    """Check the flows, the directory and the settings; leaves with 1 and every mistake, when there is one."""
    settings = settings_in_force(config)
    from hotline.cli import check as checking

    checking.check(settings, as_json=json)


@app.command()
def reload(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    json: Json = False,
    config: Config = None,
) -> None:
    """Have the running service take the edited flows and directory, while calls wait and talk. With a mistake it keeps
    what it has, and leaves with 1."""
    settings = settings_in_force(config)
    from hotline.cli import live

    live.reload(settings, as_json=json, dry_run=dry_run)


@app.command()
def render(
    to: Annotated[Path, typer.Option("--to", help="Folder to write into.")],
    config: Config = None,
) -> None:
    """Write the files that an Asterisk of your own needs (docs/existing-asterisk.md)."""
    settings = settings_in_force(config)
    from hotline.cli import render as files

    files.render(settings, to)


@app.command("settings")
def show_settings(
    current: Annotated[bool, typer.Option("--current", help="What is in force now, secrets hidden.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The page docs/settings.md.")] = False,
    json: Json = False,
    config: Config = None,
) -> None:
    """Print a hotline.toml to start from, with every setting explained."""
    from hotline import settings_docs
    from hotline.cli import show

    if current or json:
        values = settings_docs.current(settings_in_force(config))
        if json:
            show.give_json(values)
        else:
            show.facts(settings_docs.flat(values))
        return
    typer.echo(settings_docs.markdown() if markdown else settings_docs.example_toml(), nl=False)

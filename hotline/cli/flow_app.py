"""``hotline flow …``: the tools for those who edit call flows. Nothing heavy is imported before a command runs."""
# ruff: noqa: PLC0415 - that is what keeps it quick

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotline.cli.options import Config
from hotline.cli.options import JsonKeys as Json

if TYPE_CHECKING:
    from hotline.settings import Settings

flow_app = typer.Typer(
    name="flow", no_args_is_help=True, add_completion=False,
    help="Call flows: check, show, try and test them, compare versions, load them and go back, see where callers go.",
)  # fmt: skip

Directory = Annotated[
    Path | None,
    typer.Option("--directory", metavar="FILE", help="The directory.yaml to go by, instead of the one beside."),
]
FlowFile = Annotated[Path, typer.Argument(metavar="FLOW", help="The flow's file.")]


@flow_app.command()
def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH...", help="Files and folders; the flows in use unless given.")
    ] = None,
    *,
    directory: Directory = None,
    json: Json = False,
) -> None:
    """Tell every mistake of flows at once, with place and remedy; leaves with 1 when there is one. Touches nothing."""
    from hotline.cli import flow_check

    flow_check.check(paths or [], directory, as_json=json)


@flow_app.command("try")
def try_out(
    flow: FlowFile,
    digits: Annotated[
        str | None,
        typer.Option(
            help="Answers to the questions in turn, as '2,1,*'; '-' is silence, '!*' is pressed while the next prompt "
            "is said, 'hangup' hangs up. Without it you press the keys yourself."
        ),
    ] = None,
    at: Annotated[
        str,
        typer.Option(help="When: 2026-10-01T09:00, 'Sunday 22:10' (an ordinary week), now. In the flow's time zone."),
    ] = "now",
    *,
    caller: Annotated[str, typer.Option(help="The caller's number; '' when withheld.")] = "13800000000",
    dialled: Annotated[str, typer.Option(help="The number dialled, unless the flow's first.")] = "",
    language: Annotated[str, typer.Option(help="The language the caller begins in: zh or en.")] = "zh",
    queue: Annotated[
        list[str] | None,
        typer.Option(
            metavar="QUEUE=END", help="served, timeout, nobody_staffed or full (repeatable); served unless given."
        ),
    ] = None,
    department: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=END", help="done, no_answer, busy or unreachable (repeatable); done unless given."),
    ] = None,
    ticket: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NUMBER=STATE[@PHONE]",
            help="A ticket that there is (repeatable), made for this caller unless a telephone is named.",
        ),
    ] = None,
    lookup: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=JSON",
            help="What a host, or a question to a database, answers, or 'failed' (repeatable); nothing unless given.",
        ),
    ] = None,
    pin: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=DIGITS", help="A PIN (repeatable); any is right unless given."),
    ] = None,
    calls: Annotated[int, typer.Option(min=0, help="How often this caller called lately.")] = 0,
    last_ticket: Annotated[str | None, typer.Option(help="The state of this caller's last ticket.")] = None,
    listen: Annotated[bool, typer.Option("--listen", help="Play what is heard, where a player is installed.")] = False,
    wav: Annotated[Path | None, typer.Option(help="Write what is heard into this sound file.")] = None,
    directory: Directory = None,
    json: Json = False,
) -> None:
    """Walk through a flow in this terminal, at any pretended time; nobody is called and nothing waits."""
    from hotline.cli import flow_try

    order = flow_try.Order(
        digits=digits, at=at, caller=caller, dialled=dialled, language=language, queues=queue or [],
        departments=department or [], tickets=ticket or [], lookups=lookup or [], pins=pin or [], calls=calls,
        last_ticket=last_ticket, listen=listen, wav=wav, as_json=json,
    )  # fmt: skip
    flow_try.try_out(flow, directory, order)


@flow_app.command()
def test(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of tests, or folders of them.")],
    *,
    junit: Annotated[Path | None, typer.Option(help="Write the results there as JUnit XML.")] = None,
    directory: Directory = None,
    json: Json = False,
) -> None:
    """Run scripted callers through flows: what they hear and where they end; leaves with 1 when one fails."""
    from hotline.cli import flow_test

    flow_test.run(files, directory, junit, as_json=json)


@flow_app.command()
def show(
    flow: FlowFile,
    *,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="As Mermaid, for pages that draw it.")] = False,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a picture (SVG) there.")] = None,
    language: Annotated[str, typer.Option(help="The language of the texts that are shown: zh or en.")] = "zh",
    directory: Directory = None,
) -> None:
    """Show a flow: its steps as a tree in the terminal, as Mermaid, or as a picture."""
    from hotline.cli import flow_show

    flow_show.show_flow(flow, directory, language, as_mermaid=mermaid, svg_file=svg)


Side = Annotated[str, typer.Argument(help="A file, a folder, current, edited, or a version such as 000012.")]


@flow_app.command()
def diff(old: Side, new: Side, *, json: Json = False) -> None:
    """Say in words what changes for callers: steps, keys, texts, numbers, hours, queues."""
    from hotline.cli import flow_versions

    flow_versions.diff(old, new, as_json=json)


@flow_app.command()
def versions(*, json: Json = False, config: Config = None) -> None:
    """List the versions that are kept, the latest first."""
    from hotline.cli import flow_versions

    flow_versions.versions(_settings(config), as_json=json)


@flow_app.command()
def load(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    json: Json = False,
    config: Config = None,
) -> None:
    """Have the running service take the edited flows and directory; calls in a menu keep the version they came into.
    With a mistake nothing changes, and it leaves with 1."""
    from hotline.cli import flow_versions

    flow_versions.load(_settings(config), as_json=json, dry_run=dry_run)


@flow_app.command()
def back(
    version: Annotated[str | None, typer.Argument(help="The version; the one before that in use unless given.")] = None,
    *,
    edited: Annotated[
        bool, typer.Option("--edited", help="Put its files where you edit, too; what is there is kept beside.")
    ] = False,
    json: Json = False,
    config: Config = None,
) -> None:
    """Put an earlier version in use again, at once where the service runs."""
    from hotline.cli import flow_versions

    flow_versions.back(_settings(config), version, edit=edited, as_json=json)


def _settings(config: Path | None) -> "Settings":
    from hotline.cli.app import settings_in_force

    return settings_in_force(config)


@flow_app.command()
def funnel(
    *,
    flow: Annotated[str | None, typer.Option(help="Only this flow, by its name.")] = None,
    since: Annotated[str | None, typer.Option(help="30m, 2h, 7d, today, 2026-11-23 or 2026-11-23T08:30.")] = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Where callers go from each step, give up, press nothing or wrongly; works while the service is down too."""
    from hotline.cli import flow_funnel

    flow_funnel.show_funnel(_settings(config), flow=flow, since=since, as_json=json)


@flow_app.command()
def schema(
    *,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FOLDER", help="Write the schemas of all files there."),
    ] = None,
    of_directory: Annotated[bool, typer.Option("--of-directory", help="That of directory.yaml.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The page docs/flow-reference.md.")] = False,
) -> None:
    """Print the JSON Schema of flows, with which editors complete and explain keys."""
    from hotline.cli import flow_schema

    flow_schema.schema(to, of_directory=of_directory, as_markdown=markdown)

"""``hotline flow …``: the tools for those who edit call flows. Nothing heavy is imported before a command runs."""
# ruff: noqa: PLC0415 - that is what keeps it quick

from pathlib import Path
from typing import Annotated

import typer

flow_app = typer.Typer(
    name="flow", no_args_is_help=True, add_completion=False,
    help="Call flows: check, show, try and test them, compare versions, load them and go back, see where callers go.",
)  # fmt: skip

Json = Annotated[bool, typer.Option("--json", help="JSON for machines: stable keys.")]
Directory = Annotated[
    Path | None,
    typer.Option("--directory", metavar="FILE", help="The directory.yaml to go by, instead of the one beside."),
]
Config = Annotated[
    Path | None, typer.Option("--config", help="Settings file, instead of HOTLINE_CONFIG or ./hotline.toml.")
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
        list[str] | None, typer.Option(metavar="NUMBER=STATE", help="A ticket that there is (repeatable).")
    ] = None,
    listen: Annotated[bool, typer.Option("--listen", help="Play what is heard, where a player is installed.")] = False,
    wav: Annotated[Path | None, typer.Option(help="Write what is heard into this sound file.")] = None,
    directory: Directory = None,
    json: Json = False,
) -> None:
    """Walk through a flow in this terminal, at any pretended time; nobody is called and nothing waits."""
    from hotline.cli import flow_try

    order = flow_try.Order(
        digits=digits, at=at, caller=caller, dialled=dialled, language=language, queues=queue or [],
        departments=department or [], tickets=ticket or [], listen=listen, wav=wav, as_json=json,
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

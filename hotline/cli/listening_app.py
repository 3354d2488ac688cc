"""``hotline listen``, ``whisper``, ``barge``, ``take``, ``end``, ``audit``. Nothing heavy is imported until then."""
# ruff: noqa: PLC0415 - that is what keeps it quick

from pathlib import Path
from typing import Annotated

import typer

from hotline.cli.options import Config
from hotline.cli.options import JsonKeys as Json

listening_app = typer.Typer(add_completion=False)

Seat = Annotated[str, typer.Argument(metavar="SEAT", help="The seat whose talk it is, like 1001.")]
At = Annotated[
    str | None,
    typer.Option("--at", metavar="SEAT", help="The supervisor's phone that is to ring; else that of who is logged in."),
]


@listening_app.command()
def listen(seat: Seat, *, at: At = None, json: Json = False, config: Config = None) -> None:
    """Hear the talk of a seat at your phone; nobody hears you. There, * leads to a menu of what else can be done."""
    _order("listen", seat, at, config, as_json=json)


@listening_app.command()
def whisper(seat: Seat, *, at: At = None, json: Json = False, config: Config = None) -> None:
    """Hear the talk of a seat, and be heard by the agent only."""
    _order("whisper", seat, at, config, as_json=json)


@listening_app.command()
def barge(seat: Seat, *, at: At = None, json: Json = False, config: Config = None) -> None:
    """Join the talk of a seat: all hear each other."""
    _order("barge", seat, at, config, as_json=json)


@listening_app.command()
def take(seat: Seat, *, at: At = None, json: Json = False, config: Config = None) -> None:
    """Take the talk of a seat over: the caller talks with you, the agent is out."""
    _order("take", seat, at, config, as_json=json)


@listening_app.command()
def end(seat: Seat, *, at: At = None, json: Json = False, config: Config = None) -> None:
    """End the talk of a seat, when you have answered: the agent, and whoever was brought in, are hung up."""
    _order("end", seat, at, config, as_json=json)


@listening_app.command()
def audit(
    *,
    limit: Annotated[int, typer.Option(min=1, help="So many of the newest.")] = 50,
    json: Json = False,
    config: Config = None,
) -> None:
    """Who listened to whom, and who looked at or took out what, when; refusals, too."""
    from hotline.cli import listening
    from hotline.cli.app import settings_in_force

    listening.audit(settings_in_force(config), limit, as_json=json)


def _order(mode: str, seat: str, at: str | None, config: Path | None, *, as_json: bool) -> None:
    from hotline.cli import listening
    from hotline.cli.app import settings_in_force

    listening.order(settings_in_force(config), mode, seat, at, as_json=as_json)

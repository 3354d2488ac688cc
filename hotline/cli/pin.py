"""``hotline pin``: PINs that flows ask for (``do: pin``). Only hashes are kept; a running service sees them at once."""
# ruff: noqa: PLC0415 - nothing heavy is imported before a command runs

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotline.cli import show
from hotline.cli.options import Config

if TYPE_CHECKING:
    from hotline.flow_pins import PinFile

pin_app = typer.Typer(name="pin", help="PINs that flows ask for: set, list, remove.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The PIN's name, as flows write it.")]


@pin_app.command("set")
def set_pin(
    name: Name,
    *,
    from_input: Annotated[bool, typer.Option("--stdin", help="Read it from standard input, without asking.")] = False,
    config: Config = None,
) -> None:
    """Set a PIN (4 to 12 digits): it is asked for twice, and shown nowhere."""
    file = _file(config)
    pin = typer.get_text_stream("stdin").readline().strip() if from_input else _asked()
    try:
        file.set(name, pin)
    except (OSError, ValueError) as error:
        show.fail(str(error), show.EXIT_FAILED)
    typer.echo(f"set: {name}")


@pin_app.command("list")
def list_pins(config: Config = None) -> None:
    """The names that have a PIN."""
    try:
        names = _file(config).names()
    except (OSError, ValueError) as error:
        show.fail(str(error), show.EXIT_FAILED)
    typer.echo("\n".join(names) or "no PIN is set")


@pin_app.command()
def remove(name: Name, config: Config = None) -> None:
    """Forget a PIN: nobody is let through by it any more."""
    try:
        there = _file(config).remove(name)
    except (OSError, ValueError) as error:
        show.fail(str(error), show.EXIT_FAILED)
    if not there:
        show.fail(f"there is no PIN {name!r}", show.EXIT_FAILED)
    typer.echo(f"removed: {name}")


def _asked() -> str:
    pin: str = typer.prompt("PIN", hide_input=True, confirmation_prompt=True)
    return pin


def _file(config: Path | None) -> "PinFile":
    from hotline.cli.app import settings_in_force
    from hotline.flow_pins import PinFile

    return PinFile(settings_in_force(config).flow_pins_file)

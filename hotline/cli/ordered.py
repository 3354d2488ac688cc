"""Orders to the running service: a refusal is said in one way, with one set of exit codes, whatever the command."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import typer

from hotline.cli import show
from hotline.cli.running import NotRunning, Refused, Senseless, tell
from hotline.settings import Settings


@contextmanager
def refusals_told() -> Iterator[None]:
    """Leave with a message when the service is away (3), finds no sense in what is asked (2), or refuses it (1)."""
    try:
        yield
    except NotRunning as error:
        show.fail(str(error), show.EXIT_NOT_RUNNING)
    except Senseless as error:
        show.fail(str(error), show.EXIT_MISTAKE)
    except Refused as error:
        show.fail(str(error), show.EXIT_FAILED)


def ordered(settings: Settings, command: str, what: Mapping[str, Any]) -> dict[str, Any]:
    """Have a command carried out and return what the service tells of it; leave when it does not take it."""
    with refusals_told():
        done: dict[str, Any] = tell(settings.control_file, command, what)
    return done


def carry_out(
    settings: Settings,
    command: str,
    what: Mapping[str, Any],
    *,
    as_json: bool,
    words: Callable[[dict[str, Any]], str] = lambda done: str(done["message"]),
) -> None:
    """Have a command carried out and show what came of it (``words`` of success); leave with 1 when it was not done."""
    done = ordered(settings, command, what)
    if as_json:
        show.give_json(done)
        if not done["ok"]:
            raise typer.Exit(show.EXIT_FAILED)
    elif done["ok"]:
        typer.echo(words(done))
    else:
        show.fail(done["message"], show.EXIT_FAILED)

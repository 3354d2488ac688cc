"""``hotline dial``: an agent's seat is rung, then a number."""

import typer

from hotline.cli import show
from hotline.cli.running import NotRunning, Refused, Senseless, tell
from hotline.settings import Settings


def dial(settings: Settings, agent: str, number: str, ticket: str | None, *, as_json: bool) -> None:
    """Order a call; leaves with 1 when it was refused."""
    try:
        done = tell(settings.control_file, "dial", {"agent": agent, "number": number, "ticket": ticket or ""})
    except NotRunning as error:
        show.fail(str(error), show.EXIT_NOT_RUNNING)
    except Senseless as error:
        show.fail(str(error), show.EXIT_MISTAKE)
    except Refused as error:
        show.fail(str(error), show.EXIT_FAILED)
    if as_json:
        show.give_json(done)
        if not done["ok"]:
            raise typer.Exit(show.EXIT_FAILED)
    elif done["ok"]:
        typer.echo(f"{done['message']} (call {done['call']})")
    else:
        show.fail(done["message"], show.EXIT_FAILED)

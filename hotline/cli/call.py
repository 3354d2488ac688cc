"""``hotline call``: orders for a talk that goes on."""

from typing import Any

import typer

from hotline.cli import show
from hotline.cli.running import NotRunning, Refused, Senseless, tell
from hotline.cli.supervise import user
from hotline.settings import Settings


def order(settings: Settings, wanted: dict[str, Any], *, as_json: bool) -> None:
    """Have an order carried out; leaves with 1 when it was refused."""
    try:
        done = tell(settings.control_file, "talk", {**wanted, "by": f"supervisor {user()}"})
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

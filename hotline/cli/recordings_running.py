"""``hotline recordings pause`` and ``continue``: told to the running service."""

import typer

from hotline.cli import show
from hotline.cli.running import NotRunning, Refused, Senseless, tell
from hotline.cli.supervise import user
from hotline.settings import Settings


def pause(settings: Settings, call: str, *, on: bool, as_json: bool) -> None:
    """Pause a recording or go on with it; leave with 1 when that changes nothing."""
    try:
        done = tell(settings.control_file, "recording-pause", {"call": call, "on": on, "by": user()})
    except NotRunning as error:
        show.fail(str(error), show.EXIT_NOT_RUNNING)
    except Senseless as error:
        show.fail(str(error), show.EXIT_MISTAKE)
    except Refused as error:
        show.fail(str(error), show.EXIT_FAILED)
    if as_json:
        show.give_json(done)
    else:
        typer.echo(done["message"])
    if not done["ok"]:
        raise SystemExit(show.EXIT_FAILED)

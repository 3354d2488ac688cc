"""``hotline recordings pause`` and ``continue``: told to the running service."""

from hotline.cli.ordered import carry_out
from hotline.cli.supervise import user
from hotline.settings import Settings


def pause(settings: Settings, call: str, *, on: bool, as_json: bool) -> None:
    """Pause a recording or go on with it; leave with 1 when that changes nothing."""
    carry_out(settings, "recording-pause", {"call": call, "on": on, "by": user()}, as_json=as_json)

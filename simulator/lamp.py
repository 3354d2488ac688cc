"""The lamp of waiting messages, as a phone is told of it by NOTIFY (RFC 3842: Event message-summary)."""

import re
from dataclasses import dataclass

from simulator.sip.wire import Request

_COUNTS = re.compile(r"(\d+)/(\d+)(\s*\(\d+/\d+\))?")


@dataclass(frozen=True, slots=True)
class Lamp:
    """Whether it shines, and how many voice messages there are."""

    on: bool = False
    new: int = 0
    old: int = 0


def lamp_of(request: Request) -> Lamp | None:
    """Return what a NOTIFY says of waiting messages; None when it says nothing of them, or nothing that can be read."""
    event = (request.headers.get("Event") or "").partition(";")[0].strip()
    if event != "message-summary" or not request.body:
        return None
    lines = (line.partition(":") for line in request.body.decode("utf-8", "replace").splitlines())
    told = {name.strip().lower(): value.strip().lower() for name, colon, value in lines if colon}
    if told.get("messages-waiting") not in ("yes", "no"):
        return None
    counts = _COUNTS.fullmatch(told.get("voice-message", ""))
    new, old = (int(counts[1]), int(counts[2])) if counts is not None else (0, 0)
    return Lamp(told["messages-waiting"] == "yes", new, old)

"""What every event of a call has; the events themselves are in ``calls.timeline`` and ``calls.talk_events``."""

from dataclasses import dataclass

from calls.identity import CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a call."""

    call: CallId
    at: float

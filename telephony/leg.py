"""The other leg of a caller's talk (an agent's or a department's phone), as told by AMI events."""

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Leg:
    """A leg that is being rung or talks. Channel name and unique id are known once Asterisk has made its channel."""

    channel: str = ""
    unique_id: str = ""
    rang: bool = False  # the phone said that it rings; one that is dead says nothing
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    answered_at: float | None = None  # epoch seconds
    gone: asyncio.Event = field(default_factory=asyncio.Event)

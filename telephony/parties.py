"""Who is in a conversation, as Asterisk's channels."""

import asyncio
from dataclasses import dataclass, field

from calls.targets import Target


@dataclass(slots=True)
class Watched:
    """What has happened to a channel that is followed. ``cause`` (Q.850) tells how it ended."""

    answered: asyncio.Event = field(default_factory=asyncio.Event)  # the leg that it was ringing answered
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    cause: str = ""
    answered_by: tuple[str, str] = ("", "")  # channel and unique id of that leg


@dataclass(slots=True, eq=False)
class Third:
    """Somebody whom the agent has brought in, or is having rung."""

    target: Target
    tried: list[Target] = field(default_factory=list)  # whom ``target`` is rung instead of
    channel: str = ""  # known when it has answered
    unique_id: str = ""
    ringing: "asyncio.Task[None] | None" = None
    dismissed: bool = False  # its end is our doing
    joined: bool = False  # talks, or has talked, with the caller

    @property
    def party(self) -> str:
        """The name that the timeline has for it."""
        return self.target.party

"""Who is in a conversation, as Asterisk's channels."""

import asyncio
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field

from calls.targets import Target


class NobodySuchError(Exception):
    """Nobody in the talk is meant by a name, or several are; the message says who is there, for people."""


def nobody_told() -> None:
    """Nobody is to know when a phone puts whom it talks with on hold."""


@dataclass(slots=True)
class Watched:
    """What has happened to a channel that is followed. ``cause`` (Q.850) tells how it ended, ``held`` whether its phone
    has whom it talks with on hold by itself; ``on_hold`` is called when that changes."""

    answered: asyncio.Event = field(default_factory=asyncio.Event)  # the leg that it was ringing answered
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    cause: str = ""
    answered_by: tuple[str, str] = ("", "")  # channel and unique id of that leg
    held: bool = False
    on_hold: Callable[[], None] = nobody_told


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

    @property
    def number(self) -> str:
        """The first telephone of its target, "" when it has none."""
        return self.target.ways[0].number if self.target.ways else ""

    @property
    def names(self) -> frozenset[str]:
        """What it may be called: its party, and the seats and numbers at which it is rung."""
        return frozenset({self.party, *(way.number for way in self.target.ways)})


@dataclass(frozen=True, slots=True)
class Present:
    """The same for those who look on. ``there``: it has answered; else it is being rung."""

    party: str
    number: str
    there: bool

    def __str__(self) -> str:
        number = f" ({self.number})" if self.number else ""
        return f"{self.party}{number}{'' if self.there else ', being rung'}"


def the_one(thirds: Sequence[Third], whom: Set[str]) -> Third:
    """Return who is meant by any of the names ``whom``. None given: the last who is being rung, else the last who
    joined. Raises ``NobodySuchError``."""
    meant = [third for third in thirds if not whom or third.names & whom]
    if not meant:
        raise NobodySuchError(f"nobody of that name was brought in; {told(thirds)}")
    if whom and len({third.party for third in meant}) > 1:
        raise NobodySuchError(f"that is more than one; {told(thirds)}")
    return ([third for third in meant if not third.channel] or meant)[-1]


def told(thirds: Iterable[Third]) -> str:
    """Return who was brought in, in words."""
    names = "; ".join(str(Present(third.party, third.number, there=bool(third.channel))) for third in thirds)
    return f"there are: {names}" if names else "nobody else is there"

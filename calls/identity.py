"""Who is who: calls, channels, seats, agents. Identities are opaque strings to all but the room that makes them."""

from dataclasses import dataclass
from typing import NewType

CallId = NewType("CallId", str)
"""One caller's visit, from ring to hang-up, also across a restart of the service. Made by telephony."""

AgentId = NewType("AgentId", str)
"""A person who answers calls, as written in the directory file, e.g. ``2001``."""

SeatId = NewType("SeatId", str)
"""A desk with a softphone, e.g. ``1001``."""

Address = NewType("Address", str)
"""Where a leg can be rung. Opaque: looked up (never assembled) and understood by telephony alone."""


@dataclass(frozen=True, slots=True)
class ChannelId:
    """A channel's identity is (node, unique id): unique ids repeat between several Asterisks."""

    node: str
    unique_id: str

    def __str__(self) -> str:
        return f"{self.node}/{self.unique_id}"


def mask_number(number: str) -> str:
    """Return a telephone number fit for logs: ``13812345678`` becomes ``138****5678``.

    Up to six digits (short numbers, seats) are nobody's private number and stay as they are.
    """
    if len(number) <= 6:
        return number
    return f"{number[:3]}{'*' * max(len(number) - 7, 1)}{number[-4:]}"

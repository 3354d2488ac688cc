"""What happens within a talk of more than two: who hears whom, who is consulted, where the caller is passed on to.

A party is ``caller``, ``agent:<id>``, ``department:<key>`` or ``supervisor:<id>``.
"""

from dataclasses import dataclass

from calls.event import Event
from calls.identity import AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Together(Event):
    """From now on those in a group hear each other; whoever is in none is on hold, or gone. ``calls.segments`` derives
    from this who was connected to whom."""

    groups: list[list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyAnswered(Event):
    """A party that was rung to be consulted, or into the talk, has answered. ``channel`` is its unique id, for whoever
    takes over."""

    party: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred(Event):
    """The agent has passed the caller on and left: to ``department:<key>``, ``agent:<id>``, ``queue:<name>`` or the
    ``menu``. ``by`` is ``agent:<id>``, or who ordered it."""

    to: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked(Event):
    """The caller hears music until somebody picks them up by ``number``; at ``until`` (epoch seconds) they come back to
    ``agent``, who parked them."""

    number: int
    agent: AgentId
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unparked(Event):
    """That is over: ``picked_up`` (``by`` this agent), ``time_over`` or ``hung_up``."""

    reason: str
    by: str = ""

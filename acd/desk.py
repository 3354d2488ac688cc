"""What the distributor asks of others: the agents' desk, the announcer, names and paths. All handed in."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from acd.matching import Need
from acd.waiting import Stage
from calls.identity import Address, AgentId, CallId, SeatId
from calls.line import Line, RingOutcome, TalkEnd

AddressOf = Callable[[SeatId], Address]
"""Looks a seat's address up."""

RecordingPath = Callable[[CallId, AgentId], tuple[Path | None, str]]
"""Says where a talk is recorded: the real path, and the path relative to the recordings folder; None, "": it is not."""


class AgentDesk(Protocol):
    """Where agents sit; ``agents.Floor`` is one. Every method is synchronous and tells what routing did."""

    def reserved(self, agent: AgentId, call: CallId, queue: str) -> None:
        """A caller is meant for this agent."""
        ...

    def ringing(self, agent: AgentId, call: CallId) -> SeatId:
        """The agent's phone is about to ring; return the seat."""
        ...

    def talking(self, agent: AgentId, call: CallId) -> None:
        """The agent answered."""
        ...

    def adopted(self, agent: AgentId, call: CallId, queue: str) -> SeatId | None:
        """A talk was found going on after a restart; None when the agent is not logged in."""
        ...

    def missed(self, agent: AgentId, call: CallId, outcome: RingOutcome) -> None:
        """The agent did not take the call."""
        ...

    def released(self, agent: AgentId, call: CallId) -> None:
        """The offer was withdrawn through no fault of the agent."""
        ...

    def talk_ended(self, agent: AgentId, call: CallId) -> None:
        """The agent is no longer connected to the caller."""
        ...

    def doing(self, suits: Callable[[Mapping[str, int]], bool]) -> Mapping[AgentId, str]:
        """Return what each does who is logged in and whose skills suit: ``ready``, ``talking``, ``break meal``."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """What came of an announcement: a key of ``exit_digits`` that cut it short, whether the place was told, and the
    wait that was, if any."""

    digit: str = ""
    wait_s: float | None = None
    place: bool = True


class Announcer(Protocol):
    """Tells a waiting caller the place in line."""

    async def announce(self, line: Line, place: int, estimate_s: float | None) -> Told | None:
        """Say the place (1 is next) and, when known, the expected wait. May be cancelled at any point."""
        ...


class Limit(StrEnum):
    """What a queue's overflow looks at."""

    LENGTH = "length"  # callers in the queue, on coming in
    EXPECTED = "expected"  # the expected wait on coming in, seconds
    WAITED = "waited"  # seconds since the original arrival, or ``limits_since``
    UNSTAFFED = "unstaffed"  # nobody on duty could serve, now or at a later stage


@dataclass(frozen=True, slots=True)
class Overflow:
    """Beyond a limit the caller leaves the queue; ``to`` says where to, and means nothing here."""

    when: Limit
    to: str
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class QueueRequest:
    """What a caller waits for, and how. Durations are seconds."""

    queue: str
    need: Need
    stages: tuple[Stage, ...] = ()  # what the caller asks for later on
    target_s: float = 0.0  # within which callers of this queue are to be answered
    asked: Mapping[str, int] = field(default_factory=dict)  # by the flow, on top of the queue: kept for a restart
    priority: int = 0
    since: float | None = None  # epoch seconds; None: now. A caller taken over keeps the old one
    ring_s: float = 20.0
    announce_after_s: float | None = 3.0  # None: never
    announce_every_s: float = 30.0
    limits_since: float | None = None  # epoch seconds; None: ``since``. Who comes again waits anew, at the old place
    max_wait_s: float | None = None  # from ``limits_since``
    max_length: int | None = None  # so many may wait in this queue
    overflow: tuple[Overflow, ...] = ()  # the first that holds
    exit_digits: str = ""  # a digit of these leaves the queue
    ready: Callable[[], Awaitable[bool]] | None = None  # awaited while the agent is reserved, before their phone rings
    music: str = "default"


class QueueOutcome(StrEnum):
    """How a visit to the queue ended (a hang-up is ``CallerHungUp``)."""

    SERVED = "served"  # talked to an agent, who has left
    NOBODY_STAFFED = "nobody_staffed"  # nobody logged in has the skills
    TIMEOUT = "timeout"
    DIGIT = "digit"
    FULL = "full"
    OVERFLOW = "overflow"


@dataclass(frozen=True, slots=True)
class Distributed:
    """What became of a caller who asked for a person."""

    outcome: QueueOutcome
    agent: AgentId | None = None
    digit: str = ""  # with DIGIT
    overflow: Overflow | None = None  # with OVERFLOW
    talk_end: TalkEnd | None = None  # with SERVED


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """How a queue stands for who would come into it now."""

    length: int  # callers in it, those included whose offer rings
    staffed: int  # agents on duty who could serve
    free: int  # of these, free
    expected_s: float | None  # to wait, as likely more as less; None when nobody works


@dataclass(frozen=True, slots=True)
class QueueView:
    """One waiting caller, as shown to people. ``since`` is epoch seconds."""

    call: CallId
    queue: str
    needs: dict[str, int]
    priority: int
    since: float
    place: int | None  # None while an offer is open
    need: str  # asked for now, after what waiting has relaxed: an expression
    expected_s: float | None  # still to wait, as likely more as less; None while an offer is open, or when nobody works
    ringing: AgentId | None  # who is being offered this caller
    callback: bool = False  # nobody on the line: to be called back

"""What a flow's steps need from other rooms, as protocols that are handed in."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from calls import Language, Line, Sound
from calls.line import Recorded, RecordLimits
from calls.passing import CallData
from ivr.closures import Closure
from ivr.outside import Outside


class QueueEnd(StrEnum):
    """How asking for a person ended (a hang-up is ``CallerHungUp``)."""

    SERVED = "served"  # talked to an agent, who has left
    NOBODY_STAFFED = "nobody_staffed"
    TIMEOUT = "timeout"
    FULL = "full"
    MENU = "menu"  # talked to a person, who sent the caller back into the menu


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The caller left the line by one of the request's keys."""

    key: str


class TransferEnd(StrEnum):
    """How a transfer ended."""

    DONE = "done"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    CLOSED = "closed"  # outside its opening hours

    @property
    def prompt(self) -> str:
        """The system's prompt by which a caller is told of it."""
        return {"closed": "department_closed", "busy": "department_busy"}.get(self.value, "department_failed")


class TicketEnd(StrEnum):
    """What comes of asking for a ticket's state. Whether there is such a ticket is told by the first one only."""

    TOLD = "told"
    ASK = "ask"  # not from the telephone for which it was made, or there is no such ticket: ask for the last digits
    UNKNOWN = "unknown"  # the digits are wrong, or there is no such ticket
    LOCKED = "locked"  # too many wrong ones lately


@dataclass(frozen=True, slots=True)
class TicketAnswer:
    """What may be told of a ticket; ``state`` (``registered``, …) only when it may."""

    end: TicketEnd
    state: str = ""


@dataclass(frozen=True, slots=True)
class QueueRequest:
    """What is asked of a queue. ``skills`` (name -> least level) come beside those of the queue itself. None: as the
    queue has it. Durations are seconds."""

    queue: str
    skills: Mapping[str, int]
    priority: int = 0
    music: str | None = None
    tell_place: bool = True
    tell_wait: bool = False  # the expected wait, where it is known and does not rise
    announce_after_s: float | None = None
    announce_every_s: float | None = None
    keys: str = ""  # that leave the line
    offers: Sequence[Sound] = ()  # say so, after each announcement
    callback: bool = True  # whether a callback may be offered


@dataclass(frozen=True, slots=True)
class Box:
    """How a voicemail box takes messages. Durations are seconds; None: as the step has it."""

    open: bool = True  # False: it takes none now
    greeting: Sequence[Sound] = ()
    longest_s: float | None = None
    silence_s: float | None = None
    shortest_s: float = 1.0  # who says less has left no message


class FlowServices(Protocol):
    """The other rooms, for one call."""

    @property
    def outside(self) -> Outside:
        """Facts for conditions, look-ups, PINs."""
        ...

    def to_be_told(self, line: Line, queue: str) -> bool:
        """Whether the caller, who is about to come into a queue ("": to a department), has to be told that the call is
        recorded; at most once in a call."""
        ...

    def unrecorded(self, line: Line) -> AbstractAsyncContextManager[None]:
        """Keep what is asked, pressed and said meanwhile out of all recordings, for it is secret."""
        ...

    async def queue(self, line: Line, request: QueueRequest) -> QueueEnd | KeyPressed:
        """Ask for a person and, when there is one, stay until the talk is over."""
        ...

    async def ticket_state(self, number: str, caller: str, last_digits: str | None = None) -> TicketAnswer:
        """Say how far a ticket is, to the telephone for which it was made, or to who knows that one's last digits."""
        ...

    async def box(self, line: Line, box: str) -> Box:
        """Say how a voicemail box takes messages, to this caller in their language."""
        ...

    async def draft_message(self, line: Line, box: str, limits: RecordLimits) -> Recorded:
        """Record a message that is not sent yet; the path tells where it is. One of the two below must follow."""
        ...

    def send_message(self, line: Line, box: str, recorded: Recorded) -> None:
        """Send a message that was recorded; nothing is kept of somebody who hung up before saying anything. Never
        waits."""
        ...

    def drop_message(self, recorded: Recorded) -> None:
        """Throw a message away that was recorded. Never waits."""
        ...

    async def transfer(self, line: Line, department: str, data: CallData | None = None) -> TransferEnd:
        """Connect the caller to a department and stay until that talk is over. ``data`` goes to another hotline."""
        ...

    def closing(self, flow: str, dialled: str) -> Closure | None:
        """Return what closes a flow, or a dialled number, by order; None when it is not closed."""
        ...


class PromptPlayer(Protocol):
    """Turns a prompt into sounds, at once: what is to be said was rendered before."""

    async def sounds(self, name: str, text: str, language: Language, **slots: object) -> Sequence[Sound]:
        """Return the sounds of a prompt; marks in ``text`` are filled from ``slots``."""
        ...

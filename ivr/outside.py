"""What flows ask of the world beside people and messages: facts for conditions, look-ups, PINs. Protocols."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class QueueNow:
    """How a queue stands for who asks now."""

    length: int  # callers who wait in it
    staffed: int  # agents on duty who could serve it
    free: int  # of these, free
    wait_s: float | None  # as likely more as less; None: unknown, for nobody works


class Facts(Protocol):
    """What conditions ask about. Every method may raise; the fact is then unknown."""

    async def queue_now(self, queue: str) -> QueueNow:
        """Return how a queue stands."""
        ...

    async def calls_since(self, caller: str, since: float, but: str) -> int:
        """Return how many calls came from a number since then (epoch seconds), the call ``but`` not counted."""
        ...

    async def last_ticket(self, caller: str) -> str | None:
        """Return the state of the last ticket of a number, or None when it has none."""
        ...


class LookUpFailed(Exception):
    """Nobody answered in time, or what came is no answer."""


@dataclass(frozen=True, slots=True)
class HttpQuestion:
    """What is asked over HTTP. ``send`` goes into the address of a GET, and as JSON into the body of a POST."""

    url: str  # with nothing left to fill in
    method: str
    send: Mapping[str, str]
    timeout_s: float


class LookUps(Protocol):
    """Other systems. Both raise ``LookUpFailed``, and neither takes longer than asked."""

    async def over_http(self, question: HttpQuestion) -> Any:
        """Return the JSON that is answered, or None when there is nothing (404, 204, null)."""
        ...

    async def in_database(self, query: str, values: Mapping[str, str], timeout_s: float) -> Mapping[str, Any] | None:
        """Return the first row that a question of the settings finds, or None."""
        ...


class PinAnswer(StrEnum):
    """What becomes of a PIN that was entered."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"  # too many wrong ones lately: not even looked at


class Pins(Protocol):
    """The PINs of this installation."""

    async def answer(self, name: str, digits: str, caller: str) -> PinAnswer:
        """Say whether this is the PIN of that name; wrong ones are counted by caller, and over all callers."""
        ...


class Outside(Protocol):
    """All of it, for flows."""

    @property
    def facts(self) -> Facts:
        """What conditions ask about."""
        ...

    @property
    def lookups(self) -> LookUps:
        """Other systems."""
        ...

    @property
    def pins(self) -> Pins:
        """PINs that are asked for."""
        ...

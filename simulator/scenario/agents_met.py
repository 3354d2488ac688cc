"""Which agent a caller has met, found by the tones that both hear."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from simulator.leg import CallLeg, LegEnded, NotHeard
from simulator.scenario.hearing import Hearing
from simulator.scenario.record import Sound

_LOOK_S = 1.5


class Line(Protocol):
    """An agent's side of a talk."""

    async def hear_tone(self, tone: int, timeout: float) -> None:
        """Wait until the agent hears a tone; raises ``NotHeard``, ``LegEnded``."""
        ...

    async def listen(self, tone: int) -> None:
        """Watch from now on whether the agent hears a tone."""
        ...

    async def heard(self) -> Hearing | None:
        """End that; return what the agent heard, None when that is not known any more."""
        ...

    async def sound(self) -> Sound | None:
        """Return what the agent has received, in figures, None when that is not known any more."""
        ...


@dataclass(frozen=True, slots=True)
class Met:
    """An agent in a talk with the caller. Times are monotonic seconds."""

    account: str
    kind: str
    tone: int
    number: str  # that the phone shows
    invited_at: float
    answered_at: float | None
    free_at: float | None  # since when the agent had had nothing to do before this call; None when not known
    line: Line


@dataclass(frozen=True, slots=True)
class Answered:
    """An agent who answered a caller's call."""

    account: str
    kind: str
    at: float  # monotonic seconds


class Company(Protocol):
    """All agents of a run, wherever they are."""

    tones: Sequence[int]

    async def talking(self, tone: int) -> list[Met]:
        """Return the agents with this tone who are in a call."""
        ...

    async def answered(self, number: str, since: float) -> Answered | None:
        """Return who answered a caller last, of the calls that rang after ``since`` (monotonic); None when nobody."""
        ...

    async def first_offer(self, number: str, since: float) -> float | None:
        """Return when a caller was first offered to anybody after ``since`` (both monotonic), None when never."""
        ...


async def meet(company: Company, tone: int, callers_tone: int, number: str) -> Met | None:
    """Return the agent whose tone was heard: the one whose phone shows the caller's number, else who hears the caller.

    Phones of many agents may share a tone.
    """
    found = await company.talking(tone)
    shown = [met for met in found if met.number == number]
    if len(found) <= 1 or shown:
        return next(iter(shown or found), None)

    async def hears(met: Met) -> Met | None:
        try:
            await met.line.hear_tone(callers_tone, _LOOK_S)
        except (NotHeard, LegEnded):
            return None
        return met

    heard = [met for met in await asyncio.gather(*map(hears, found)) if met is not None]
    return heard[0] if heard else found[0]


def answered_at(leg: CallLeg) -> float | None:
    """Return when a phone said that it answers (monotonic), None when it has not."""
    return next((s.at for s in leg.ladder if s.direction == ">" and s.line.startswith("200 OK (INVITE")), None)

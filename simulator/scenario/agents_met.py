"""Which agent a caller has met, found by the tones that both hear."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from simulator.leg import CallLeg, LegEnded, NotHeard
from simulator.scenario.record import Sound

_LOOK_S = 1.5
LAST_S = 1.0
"""So much of a talk's end is searched for a second agent's voice."""


class Line(Protocol):
    """An agent's side of a talk."""

    async def hear_tone(self, tone: int, timeout: float) -> None:
        """Wait until the agent hears a tone; raises ``NotHeard``, ``LegEnded``."""
        ...

    async def sound(self) -> Sound | None:
        """Return what the agent has heard, None when that is not known any more."""
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


class Company(Protocol):
    """All agents of a run, wherever they are."""

    tones: Sequence[int]

    async def talking(self, tone: int) -> list[Met]:
        """Return the agents with this tone who are in a call."""
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


def two_agents(leg: CallLeg, tones: Sequence[int], met: Met, began: float) -> bool:
    """Tell whether another agent was heard beside the one met, at the end of a talk begun at ``began``."""
    last = leg.stats.last_at
    if last is None:
        return False
    heard = leg.heard_tones(tones, since=max(began, last - LAST_S))
    return met.tone in heard and len(heard) > 1

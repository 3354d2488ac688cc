"""Which agent a caller has met, found by the tones that both hear."""

import asyncio
from dataclasses import dataclass

from simulator.leg import CallLeg, LegEnded, NotHeard
from simulator.scenario.crew import Crew

_LOOK_S = 1.5
LAST_S = 1.0
"""So much of a talk's end is searched for a second agent's voice."""


@dataclass(frozen=True, slots=True)
class Met:
    """An agent in a talk with the caller."""

    account: str
    kind: str
    tone: int
    leg: CallLeg


async def meet(crew: Crew, tone: int, callers_tone: int, number: str) -> Met | None:
    """Return the agent whose tone was heard: the one whose phone shows the caller's number, else who hears the caller.

    Phones of many agents may share a tone.
    """
    found = [
        Met(seat.phone.account, seat.kind, tone, leg)
        for seat in crew.by_tone(tone)
        for leg in seat.phone.legs
        if leg.answered.is_set() and not leg.ended.is_set()
    ]
    shown = [met for met in found if met.leg.caller_number == number]
    if len(found) <= 1 or shown:
        return next(iter(shown or found), None)

    async def hears(met: Met) -> Met | None:
        try:
            await met.leg.hear_tone(callers_tone, _LOOK_S)
        except (NotHeard, LegEnded):
            return None
        return met

    heard = [met for met in await asyncio.gather(*map(hears, found)) if met is not None]
    return heard[0] if heard else found[0]


def answered_at(leg: CallLeg) -> float | None:
    """Return when a phone said that it answers (monotonic), None when it has not."""
    return next((s.at for s in leg.ladder if s.direction == ">" and s.line.startswith("200 OK (INVITE")), None)


def two_agents(leg: CallLeg, crew: Crew, met: Met, began: float) -> bool:
    """Tell whether another agent was heard beside the one met, at the end of a talk begun at ``began``."""
    last = leg.stats.last_at
    if last is None:
        return False
    heard = leg.heard_tones(crew.tones, since=max(began, last - LAST_S))
    return met.tone in heard and len(heard) > 1

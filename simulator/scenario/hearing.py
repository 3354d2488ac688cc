"""What one party of a talk hears of the other, watched from the talk's beginning to its end.

Packets that do not come are known to the moment. Voices cost more to find, so they are looked for twice a second.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from simulator.leg import CallLeg
from simulator.media import spectrum
from simulator.media.g711 import RATE, Samples
from simulator.media.rtp import Span
from simulator.plumbing import EndedBy

LOOK_S = 0.5
_BEHIND_S = 0.1
"""What is looked at lies so far back: by then it has come."""
_LATE_S = 0.1
"""A look that comes so much later says nothing: we stood still, and what came meanwhile is not read yet."""
_PIECE_S = 0.1
_SURE_S = 0.8
"""So much is searched for two agents at once when one piece of it seems to have them."""
_BOTH_S = 0.3


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a party heard in a talk. Spans and moments are monotonic seconds."""

    began: float
    ended: float
    holes: Sequence[Span] = ()  # half a second and more in which nothing came
    unheard: Sequence[Span] = ()  # in which the other's voice was not heard
    two_at: float | None = None  # when another agent was heard beside the one it talks with
    pressed: Sequence[Span] = ()  # when this party pressed keys, in the whole call
    said: Sequence[Span] = ()  # when it played a recording instead of its voice
    left_at: float | None = None  # when it hung up itself, or its phone went dead

    @classmethod
    def told(cls, what: Mapping[str, Any]) -> "Hearing":
        """Return what another process tells (lists instead of tuples)."""
        spans = {name: [(low, high) for low, high in what[name]] for name in ("holes", "unheard", "pressed", "said")}
        return cls(**{**what, **spans})


class Watch:
    """Watches what a party hears, from now on: whether the other's tone, and (of a caller) whether another agent's."""

    def __init__(self, leg: CallLeg, tone: int | None, agents: Sequence[int] = ()) -> None:
        """``tone`` None: only packets are watched. ``agents`` are the tones of all agents."""
        self._leg = leg
        self._tone = tone
        self._agents = agents
        self._began = self._looked = time.monotonic()
        self._unheard: list[Span] = []
        self._two_at: float | None = None
        self._task = None if tone is None else asyncio.create_task(self._watch(tone))

    async def heard(self) -> Hearing:
        """End it, and return what was heard."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        leg = self._leg
        now = leg.session.ended_at or time.monotonic()
        leg.stats.gap_until(now)
        if self._tone is not None and now - self._looked >= _PIECE_S:
            self._look(self._tone, now)
        return Hearing(
            self._began, now, leg.stats.holes(self._began, now), tuple(self._unheard), self._two_at,
            tuple(leg.pressed), tuple(leg.said), _left_at(leg),
        )  # fmt: skip

    async def _watch(self, tone: int) -> None:
        while not self._leg.ended.is_set():
            due = time.monotonic() + LOOK_S
            await asyncio.sleep(LOOK_S)
            now = time.monotonic()
            if now - due > _LATE_S:
                self._looked = now
            else:
                self._look(tone, now - _BEHIND_S)

    def _look(self, tone: int, until: float) -> None:
        """Look at what came since the last look."""
        since, self._looked = max(self._looked, until - 2 * LOOK_S), until
        piece = self._samples(max(since, until - _PIECE_S), until)
        here = spectrum.tones_in_window(piece, (tone, *self._agents)) if len(piece) >= spectrum.HOP else set[int]()
        if tone not in here and not spectrum.heard_tones(self._samples(since, until), (tone,), min_s=_PIECE_S):
            self._miss(since, until)
        if self._two_at is None and self._agents and here - {tone}:
            self._look_for_two(tone, here - {tone}, until)

    def _miss(self, since: float, until: float) -> None:
        if self._unheard and since - self._unheard[-1][1] < _PIECE_S:
            since = self._unheard.pop()[0]
        self._unheard.append((since, until))

    def _look_for_two(self, tone: int, others: set[int], until: float) -> None:
        samples = self._samples(max(self._began, until - _SURE_S), until + _BEHIND_S)
        if any(both_at_once(samples, tone, other) for other in others):
            self._two_at = until

    def _samples(self, since: float, until: float) -> Samples:
        return self._leg.audio(since, until).samples


def both_at_once(samples: Samples, tone: int, other: int) -> bool:
    """Tell whether two tones sound together for 0.3 s on end."""
    needed = 1 + round((_BOTH_S * RATE - spectrum.WINDOW) / spectrum.HOP)
    streak = 0
    for start in range(0, len(samples) - spectrum.WINDOW + 1, spectrum.HOP):
        here = spectrum.tones_in_window(samples[start : start + spectrum.WINDOW], (tone, other))
        streak = streak + 1 if len(here) == 2 else 0
        if streak >= needed:
            return True
    return False


def _left_at(leg: CallLeg) -> float | None:
    """Return when a party left by itself."""
    if leg.dead_at is not None:
        return leg.dead_at
    return leg.session.ended_at if leg.ended_by is EndedBy.US else None

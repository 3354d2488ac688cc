"""A bad line on purpose: packets that are lost, late or unevenly late. Seeded, so that it can be repeated."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quality:
    """What a line does to packets."""

    loss: float = 0.0  # part of them
    burst: float = 1.0  # mean packets of one loss; 1: each packet by itself
    delay_s: float = 0.0
    jitter_s: float = 0.0  # each packet is later by anything up to this

    @property
    def clean(self) -> bool:
        """Whether it does nothing."""
        return not (self.loss or self.delay_s or self.jitter_s)


class Impairment:
    """Says of each packet when it is to leave. Bursts follow Gilbert's model of two states."""

    def __init__(self, quality: Quality, generator: random.Random) -> None:
        self._quality = quality
        self._random = generator
        self._losing = False
        self._last_due = 0.0
        self._late_by: float | None = None  # seconds, of the latest packet
        self._moved = 0.0  # sum of all differences between one packet's lateness and the next one's
        self._moves = 0
        self.sent = 0  # packets that were to be sent
        self.lost = 0  # of these

    def due(self, now: float) -> float | None:
        """Return when a packet of this moment leaves (seconds on the same clock), None when it is lost.

        No packet overtakes another.
        """
        self.sent += 1
        if self._loses():
            self.lost += 1
            return None
        quality = self._quality
        due = now + quality.delay_s + self._random.uniform(0.0, quality.jitter_s)
        self._last_due = max(due, self._last_due)
        late_by = self._last_due - now
        if self._late_by is not None:
            self._moved += abs(late_by - self._late_by)
            self._moves += 1
        self._late_by = late_by
        return self._last_due

    @property
    def jitter_ms(self) -> float:
        """Mean difference in lateness between a packet and the next, as whoever measures it should find it."""
        return 1000 * self._moved / self._moves if self._moves else 0.0

    def _loses(self) -> bool:
        quality = self._quality
        if not quality.loss:
            return False
        if quality.burst <= 1.0:
            return self._random.random() < quality.loss
        recovers = 1 / quality.burst
        falls = min(quality.loss * recovers / max(1 - quality.loss, 1e-9), 1.0)
        self._losing = self._random.random() >= recovers if self._losing else self._random.random() < falls
        return self._losing

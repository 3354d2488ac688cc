"""Time, handed in. Nobody but ``SystemClock`` reads the machine's clock for a decision."""

import time
from typing import Protocol


class Clock(Protocol):
    """What time it is."""

    def now(self) -> float:
        """Return the wall time in seconds since the epoch (UTC); stored and shown to people."""
        ...

    def monotonic(self) -> float:
        """Return seconds on a clock that never goes back; for durations only."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Return the wall time in seconds since the epoch (UTC)."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds on a clock that never goes back."""
        return time.monotonic()


class ManualClock:
    """A clock that stands still until it is told to go; for tests and for virtual time."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start

    def now(self) -> float:
        """Return the pretended wall time in seconds since the epoch (UTC)."""
        return self._now

    def monotonic(self) -> float:
        """Return the same value as ``now``: pretended time never goes back."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` (not negative) pass at once."""
        if seconds < 0:
            raise ValueError("time does not go back")
        self._now += seconds

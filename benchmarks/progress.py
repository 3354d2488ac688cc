"""How far a benchmark is, for whoever waits for it; figures go to standard output, this does not."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

EVERY_S = 30.0
"""A turn tells so often how far it is."""
SHORT_S = 60.0
"""Of a turn that is due to last no longer nothing is told meanwhile: its end comes soon enough."""
_LOOKS_S = 1.0


def say(line: str) -> None:
    """Tell how far it is, on standard error."""
    print(f"{time.strftime('%H:%M:%S')}  {line}", file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the calls of a turn stand."""

    begun: int
    connected: int  # a seat was rung for them
    ended: int  # whatever the way
    failed: int
    waiting: int  # now, for a seat

    def __str__(self) -> str:
        """Return it in words."""
        return (
            f"{self.begun} calls begun, {self.connected} connected, {self.ended} ended, {self.failed} failed; "
            f"{self.waiting} wait now"
        )


class Progress:
    """Tells at a steady pace how far a turn is, until it is over."""

    def __init__(
        self, what: str, due_s: float, standing: Callable[[], Standing], *, every_s: float = EVERY_S,
        now: Callable[[], float] = time.monotonic, tell: Callable[[str], None] | None = None,
    ) -> None:  # fmt: skip
        """The turn begins now, and is due to last ``due_s`` seconds; a short one tells nothing."""
        self._what, self._due_s, self._standing, self._every_s = what, due_s, standing, every_s
        self._now, self._tell = now, tell or say
        self._began = now()
        self._next_s = every_s if due_s > SHORT_S else float("inf")

    def look(self) -> None:
        """Tell how far it is, if it is time to."""
        elapsed = self._now() - self._began
        if elapsed < self._next_s:
            return
        self._next_s = (elapsed // self._every_s + 1) * self._every_s
        self._tell(f"{self._what}: {elapsed:.0f} of {self._due_s:.0f} s: {self._standing()}")


@asynccontextmanager
async def telling(progress: Progress) -> AsyncIterator[None]:
    """Tell meanwhile how far it is."""

    async def look() -> None:
        while True:
            await asyncio.sleep(_LOOKS_S)
            progress.look()

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.wait([looking])

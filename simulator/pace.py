"""The bound on the rate of calls: whoever dials, first or again, never do more leave in a second."""

import asyncio
import threading
import time
from collections.abc import Callable, MutableSequence
from functools import partial
from multiprocessing.context import SpawnContext
from typing import Protocol

from simulator.bounds import ORDINARY

HELD_S = 0.1
"""A call that waited longer for its turn is counted."""
_DEAD_S = 1.0


class Lock(Protocol):
    """A lock, of threads or of processes."""

    def acquire(self, block: bool = True, timeout: float = -1) -> bool:
        """Take it; return whether that was possible in time."""
        ...

    def release(self) -> None:
        """Give it back."""
        ...


class Pace:
    """Gives turns in the order in which they are asked for, at most so many in any second."""

    def __init__(self, turns: MutableSequence[float], lock: Lock) -> None:
        """Use ``alone`` or ``shared``. ``turns``: how many were given, and then when each of the last ones was."""
        self._turns = turns
        self._lock: Lock | None = lock
        self._line = asyncio.Lock()
        self._taken = 0  # place of the last turn that this process was given
        self.held = 0
        """Calls of this process that had to wait."""

    @classmethod
    def alone(cls, rate: float = ORDINARY.rate) -> "Pace":
        """Return one for this process, with so many turns a second."""
        return cls([0.0] * (int(rate) + 1), threading.Lock())

    @classmethod
    def shared(cls, context: SpawnContext, rate: float = ORDINARY.rate) -> "Pace":
        """Return one that processes of ``context`` are given as they are started: all together have these turns."""
        return cls(context.Array("d", int(rate) + 1, lock=False), context.Lock())

    def __getstate__(self) -> tuple[MutableSequence[float], Lock | None]:
        """Return what another process is given."""
        return self._turns, self._lock

    def __setstate__(self, state: tuple[MutableSequence[float], Lock]) -> None:
        """Be in another process."""
        self.__init__(*state)  # type: ignore[misc]

    def take(self, now: float) -> float:
        """Take a turn; return 0, or after how many seconds to ask again. All processes share the clock (monotonic)."""
        locked = self._locked()
        try:
            given, most = int(self._turns[0]), len(self._turns) - 1
            place = 1 + given % most
            if given >= most and (wait := self._turns[place] + 1.0 - now) > 0:
                return wait
            self._turns[place], self._turns[0] = now, given + 1.0
            self._taken = place
        finally:
            if locked is not None:
                locked.release()
        return 0.0

    async def turn(self) -> Callable[[], None]:
        """Wait for one's turn; return what is to be called when the call has left, however long that took."""
        began = time.monotonic()
        async with self._line:
            while (wait := self.take(time.monotonic())) > 0:  # noqa: ASYNC110 - others have their turns meanwhile
                await asyncio.sleep(wait)
            left = partial(self._left, self._taken)
        self.held += time.monotonic() - began > HELD_S
        return left

    def _left(self, place: int) -> None:
        """Count a turn from now on: on a busy machine some time can pass between a turn and what leaves by it."""
        locked = self._locked()
        try:
            self._turns[place] = max(self._turns[place], time.monotonic())
        finally:
            if locked is not None:
                locked.release()

    def _locked(self) -> Lock | None:
        lock = self._lock
        if lock is not None and not lock.acquire(timeout=_DEAD_S):
            self._lock = lock = None  # of a process that was killed with it
        return lock

"""A comparison that must be over by a certain time: what does not fit is cut, and told; at last the process ends."""

import os
import sys
import threading
import time
from asyncio import timeout
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar

import psutil

T = TypeVar("T")
_DIES_S = 1.0


class Deadline:
    """When all turns must be over, and which were cut for that."""

    def __init__(self, began: float, seconds: float | None, now: Callable[[], float] = time.monotonic) -> None:
        """``began`` is monotonic; ``seconds`` None: there is time without end."""
        self._ends = float("inf") if seconds is None else began + seconds
        self._now = now
        self.cut: list[str] = []

    @property
    def left(self) -> float:
        """Seconds that are left, never less than none."""
        return max(self._ends - self._now(), 0.0)

    def fits(self, what: str, takes_s: float) -> bool:
        """Tell whether there is time for what usually takes so long; if not, it is cut."""
        if takes_s <= self.left:
            return True
        self.cut.append(what)
        return False

    async def within(self, what: str, takes_s: float, work: Callable[[], Awaitable[T]]) -> T | None:
        """Do what usually takes so long; None when it was cut: it would not fit, or was not over in time."""
        if not self.fits(what, takes_s):
            return None
        limit = timeout(None if self._ends == float("inf") else self.left)
        try:
            async with limit:
                return await work()
        except TimeoutError:
            if not limit.expired():
                raise
            self.cut.append(what)
            return None


class HardStop:
    """Ends the process at its time, whatever it is doing, after some last words. Use it as ``with``."""

    def __init__(
        self, seconds: float, last_words: Callable[[], None], leave: Callable[[], None] | None = None
    ) -> None:  # fmt: skip
        """``leave`` ends the process (and kills its children, unless told otherwise)."""
        self._last_words, self._leave = last_words, leave or _leave
        self._timer = threading.Timer(max(seconds, 0.0), self._end)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()

    def _end(self) -> None:
        try:
            self._last_words()
        finally:
            self._leave()


def process_began() -> float:
    """Return when this process was started (monotonic): loading Python counts, too."""
    return time.monotonic() - max(time.time() - psutil.Process().create_time(), 0.0)


def _leave() -> None:
    children = psutil.Process().children(recursive=True)
    for child in children:
        with suppress(psutil.Error):
            child.kill()
    psutil.wait_procs(children, timeout=_DIES_S)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)

"""A service that hangs is worse than one that is dead: callers hear nothing, and nobody takes them over.

A thread watches the event loop's pulse. When it stops for too long, the stacks are written and the process ends at
once; ``hotline up`` starts it anew, and the extension's safety net holds the callers meanwhile.
"""

import asyncio
import faulthandler
import os
import sys
import threading
import time

_PULSE_S = 1.0
EXIT_HUNG = 70


class Watchdog:
    """Ends the process when the loop that ``start`` was called in stands still for ``limit_s`` seconds."""

    def __init__(self, limit_s: float = 20.0) -> None:
        self._limit_s = limit_s
        self._last = time.monotonic()
        self._stopped = threading.Event()
        self._pulse: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to watch the running loop."""
        self._beat()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        """Watch no longer."""
        self._stopped.set()
        if self._pulse is not None:
            self._pulse.cancel()

    def _beat(self) -> None:
        self._last = time.monotonic()
        self._pulse = asyncio.get_running_loop().call_later(_PULSE_S, self._beat)

    def _watch(self) -> None:
        while not self._stopped.wait(_PULSE_S):
            if time.monotonic() - self._last > self._limit_s:
                sys.stderr.write(f"watchdog: the event loop has stood still for {self._limit_s:g} s; ending\n")
                faulthandler.dump_traceback(file=sys.stderr)
                os._exit(EXIT_HUNG)

"""Ctrl-C, or SIGTERM, ends a run early, with its report; Ctrl-C after that ends the command at once."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def ended_by_signal() -> Iterator[asyncio.Event]:
    """Give an event that the first Ctrl-C sets, or SIGTERM, as ``timeout`` and CI send it: callers left behind would
    be on the hotline's lines for minutes. SIGTERM is heeded again and again, as ``timeout`` sends it twice. Within a
    running loop; in a thread that gets no signals nothing sets it."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    heeded = _SIGNALS if threading.current_thread() is threading.main_thread() else ()

    def first() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        stop.set()

    for number in heeded:
        loop.add_signal_handler(number, first)
    try:
        yield stop
    finally:
        for number in heeded:
            loop.remove_signal_handler(number)

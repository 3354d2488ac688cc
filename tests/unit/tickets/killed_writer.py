"""A program for ``test_tickets_killed``: journals calls again and again, each time in a fork of its own that is killed
(SIGKILL) one write later than the one before, until one comes through.

Writes are: every writing SQL statement and commit of the store's writer, every write and sync of the spool file. While
call 2 is journalled another program holds the database locked, so that it goes through the spool.
"""

import asyncio
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

from conftest import answered_call
from sqlalchemy import event

from calls.clock import SystemClock
from tickets import Journal, Store, spool

CALLS = 3
AT_ONCE = 8
MOST = 500


def dying_at(number: int) -> Callable[..., None]:
    """Return what is to be called before every write: at the ``number``-th, the process is gone."""
    seen = 0

    def point(*what: object) -> None:
        nonlocal seen
        if len(what) > 2 and str(what[2]).startswith(("SELECT", "PRAGMA")):  # a statement that writes nothing
            return
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    return point


class DyingOs:
    """``os`` as the spool uses it."""

    def __init__(self, point: Callable[..., None]) -> None:
        self._point = point

    def __getattr__(self, name: str) -> object:
        if name in ("write", "fsync"):
            self._point()
        return getattr(os, name)


async def live(folder: Path, point: Callable[..., None]) -> None:
    """Journal the calls; note each that was acknowledged."""
    file = folder / "store.db"
    store = Store(f"sqlite+aiosqlite:///{file}", busy_timeout_s=0.02)
    event.listen(store.engines[-1], "before_cursor_execute", point)
    event.listen(store.engines[-1], "commit", point)
    spool.os = DyingOs(point)  # type: ignore[assignment]
    quick = {"window_s": 0.001, "lazy_s": 0.001, "patience_s": 0.02, "longest_pause_s": 0.5}
    journal = Journal(store, spool=folder / "spool.jsonl", clock=SystemClock(), **quick)
    await journal.start()
    other = sqlite3.connect(file, isolation_level=None)
    for number in range(1, CALLS + 1):
        if number == 2:
            other.execute("BEGIN IMMEDIATE")
        for happened in answered_call(f"c{number}"):
            journal.append(happened)
        await journal.flush()
        with (folder / "acknowledged").open("a", encoding="ascii") as kept:
            kept.write(f"c{number}\n")
        if number == 2:
            other.execute("ROLLBACK")
            await journal.settled()
    await journal.settled()
    await journal.close()
    (folder / "whole").touch()


def run(empty: Path, folder: Path, number: int) -> int:
    """Fork; return the child's process id."""
    folder.mkdir()
    shutil.copy(empty, folder / "store.db")
    child = os.fork()
    if child == 0:
        asyncio.run(live(folder, dying_at(number)))
        os._exit(0)
    return child


def main(empty: Path, room: Path) -> None:
    """Go on until one comes through."""
    for first in range(1, MOST, AT_ONCE):
        numbers = range(first, first + AT_ONCE)
        for child in [run(empty, room / f"{number:03d}", number) for number in numbers]:
            os.waitpid(child, 0)
        if (room / f"{numbers[-1]:03d}" / "whole").exists():
            return
    raise SystemExit(f"none came through {MOST} writes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

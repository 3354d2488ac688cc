"""The spool: a file of JSON lines that holds what the database would not take yet. Blocking; used from a thread."""

import os
from collections.abc import Sequence
from pathlib import Path

import structlog

from tickets.entries import Entry, entry_of_line

_log = structlog.get_logger("tickets.spool")


class Spool:
    """An append-only file. What ``append`` returned from is on the disk.

    Beside it, ``<name>.rejected`` gathers lines that nothing can be done with; people may look at them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._unreadable: dict[int, bytes] = {}

    def size(self) -> int:
        """Return the file's size in bytes; 0 when there is nothing to replay."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, entries: Sequence[Entry]) -> None:
        """Write entries and sync them to the disk; on ``OSError`` none of them has been kept."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b", buffering=0) as file:
            start = file.seek(0, os.SEEK_END)
            torn = start > 0 and os.pread(file.fileno(), 1, start - 1) != b"\n"
            lines = (b"\n" if torn else b"") + b"".join(entry.line() for entry in entries)
            try:
                _write_all(file.fileno(), lines)
                os.fsync(file.fileno())
            except OSError:
                file.truncate(start)
                raise

    def read(self, offset: int, limit: int) -> tuple[list[Entry], int]:
        """Return up to ``limit`` entries from ``offset`` (bytes) on, and the offset behind them.

        A line that cannot be read (torn by a crash before it was acknowledged) is logged, left out, and kept apart.
        """
        entries: list[Entry] = []
        if not self.path.exists():
            return entries, offset
        with self.path.open("rb") as file:
            file.seek(offset)
            while len(entries) < limit and (line := file.readline()):
                offset += len(line)
                if not line.strip():
                    continue
                try:
                    entries.append(entry_of_line(line))
                except ValueError:
                    self._unreadable[offset] = line
                    _log.error("spool_line_unreadable", path=str(self.path), offset=offset, line=line[:200])
        return entries, offset

    def clear(self) -> None:
        """Remove the file: all of it is in the database, or among the rejected lines."""
        for line in self._unreadable.values():
            self.reject(line)
        self._unreadable.clear()
        self.path.unlink(missing_ok=True)

    def reject(self, line: bytes) -> None:
        """Keep a line that cannot be entered in the file of rejected ones."""
        with self.path.with_name(self.path.name + ".rejected").open("ab") as file:
            file.write(line.rstrip(b"\n") + b"\n")


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]

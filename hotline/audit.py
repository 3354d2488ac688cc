"""The audit log: who listened to whom, when. Append-only lines of JSON; what cannot be written is not done."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from calls import Clock


class AuditLog:
    """A file of the state folder that only its owner may read."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock

    def note(self, act: str, **facts: object) -> None:
        """Write a line, and have it on disk before anything goes on. Raises ``OSError``."""
        line = json.dumps({"at": round(self._clock.now(), 3), "act": act, **facts}, ensure_ascii=False, default=str)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            end = os.fstat(file).st_size
            begin = b"\n" if end and os.pread(file, 1, end - 1) != b"\n" else b""  # behind a line that was cut off
            os.write(file, begin + f"{line}\n".encode())
            os.fsync(file)
        finally:
            os.close(file)


def entries(path: Path) -> Iterator[dict[str, Any]]:
    """Return what was noted, oldest first; a line cut off by a power failure is left out. Raises ``OSError``."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict):
                yield entry

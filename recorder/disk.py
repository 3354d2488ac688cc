"""How full the disk is on which talks are recorded: a warning first, then no new recordings; calls go on anyway."""

import shutil
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import structlog

from calls.clock import Clock

_log = structlog.get_logger("recorder")
_LOOK_EVERY_S = 1.0
_MB = 1_000_000


class DiskLevel(StrEnum):
    """How it stands."""

    FINE = "fine"
    LOW = "low"  # somebody should look
    FULL = "full"  # less than what is kept free


def free_bytes(folder: Path) -> int:
    """Return the free bytes of the disk of a folder, which need not be there yet. Raises ``OSError``."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


class DiskGuard:
    """Watches one folder's disk. Limits are megabytes that are free; a change of level is logged."""

    def __init__(
        self, folder: Path, clock: Clock, *, warn_mb: int, full_mb: int, free: Callable[[Path], int] = free_bytes
    ) -> None:
        self._folder, self._clock, self._free_of = folder, clock, free
        self._warn_mb, self._full_mb = warn_mb, full_mb
        self._looked_at = float("-inf")
        self._level = DiskLevel.FINE
        self.free = 0
        """Free bytes at the last look."""

    def level(self) -> DiskLevel:
        """Return how it stands, looked at once a second at most. A disk that cannot be asked counts as full."""
        now = self._clock.monotonic()
        if now - self._looked_at < _LOOK_EVERY_S:
            return self._level
        self._looked_at = now
        before, self._level = self._level, self._look()
        if self._level is not before:
            write = {DiskLevel.FINE: _log.info, DiskLevel.LOW: _log.warning, DiskLevel.FULL: _log.error}[self._level]
            write(f"recording_disk_{self._level}", free_mb=self.free // _MB, warn_mb=self._warn_mb,
                  full_mb=self._full_mb, folder=str(self._folder))  # fmt: skip
        return self._level

    def _look(self) -> DiskLevel:
        try:
            self.free = self._free_of(self._folder)
        except OSError as error:
            self.free = 0
            _log.error("recording_disk_unknown", folder=str(self._folder), error=str(error))
            return DiskLevel.FULL
        if self.free < self._full_mb * _MB:
            return DiskLevel.FULL
        return DiskLevel.LOW if self.free < self._warn_mb * _MB else DiskLevel.FINE

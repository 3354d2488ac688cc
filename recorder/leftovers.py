"""What a service that died between two steps has left: half-made files, and captures of what is stored already."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from recorder.encoding import SUFFIXES
from recorder.files import RecordingFolder
from recorder.sealing import SEALED

_log = structlog.get_logger("recorder")
_AT_ONCE = 50  # captures in one question

StoredOf = Callable[[Sequence[str]], Awaitable[set[str]]]
"""Says which of some paths the books know as stored."""


async def clear(folder: RecordingFolder, pending: Iterable[str], stored: StoredOf) -> int:
    """Remove them, and nothing else; return how many captures went. ``pending`` are paths that are not done yet. To be
    called before the first recording is made. Raises ``OSError`` and what ``stored`` raises."""
    await asyncio.to_thread(shutil.rmtree, folder.work, ignore_errors=True)
    awaited = {folder.capture(path) for path in pending}
    captures = [file for file in await asyncio.to_thread(_captures, folder) if file not in awaited]
    removed = 0
    for start in range(0, len(captures), _AT_ONCE):
        names = {name: file for file in captures[start : start + _AT_ONCE] for name in _names(folder, file)}
        done = {names[name] for name in await stored(list(names))}
        for file in done:
            file.unlink(missing_ok=True)
        removed += len(done)
    await asyncio.to_thread(_remove_empty, folder)
    if removed:
        _log.info("recording_leftovers_removed", captures=removed)
    return removed


def _captures(folder: RecordingFolder) -> list[Path]:
    return sorted(file for file in folder.captures.rglob("*") if file.is_file())


def _remove_empty(folder: RecordingFolder) -> None:
    """Remove the folders of days that are over."""
    for path in sorted((path for path in folder.captures.rglob("*") if path.is_dir()), reverse=True):
        with suppress(OSError):  # not empty
            path.rmdir()


def _names(folder: RecordingFolder, capture: Path) -> list[str]:
    """Return what a capture may be stored as, whatever the settings were."""
    inside = capture.relative_to(folder.captures)
    return [inside.with_suffix(suffix + seal).as_posix() for suffix in SUFFIXES.values() for seal in ("", SEALED)]

"""Deleting recordings that are older than they may be. Blocking; run it from a thread.

Only files in the layout of ``recorder.files`` are ever touched, and the day comes from the folder's name, so that a
copied or restored file keeps its age.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from recorder.files import RecordingFolder

_DAY = re.compile(r"(\d{4})/(\d{2})/(\d{2})")


@dataclass(frozen=True, slots=True)
class Purged:
    """A file that was deleted, or would be."""

    path: str  # relative to the recordings folder
    size: int
    age_days: int


def purge(
    folder: RecordingFolder,
    *,
    older_than_days: int,
    now: float,
    dry_run: bool,
    keep: Callable[[str], bool] = lambda _: False,
) -> list[Purged]:
    """Delete (or with ``dry_run`` only list) recordings whose day lies more than ``older_than_days`` days back.

    ``keep`` says of a relative path whether it must stay (a legal hold). Emptied folders go too. Raises ``ValueError``
    for a negative age and ``OSError`` when a file cannot be deleted; what was deleted before stays deleted.
    """
    if older_than_days < 0:
        raise ValueError("older_than_days cannot be negative")
    today = datetime.fromtimestamp(now, folder.zone).date()
    purged: list[Purged] = []
    for day, path in _days(folder.root):
        if day >= today - timedelta(days=older_than_days):
            continue
        for file in sorted(path.iterdir()):
            relative = file.relative_to(folder.root).as_posix()
            if file.is_symlink() or not file.is_file() or file.suffix != ".wav" or keep(relative):
                continue
            purged.append(Purged(relative, file.stat().st_size, (today - day).days))
            if not dry_run:
                file.unlink()
        if not dry_run:
            _remove_empty(path, folder.root)
    return purged


def _days(root: Path) -> list[tuple[date, Path]]:
    found: list[tuple[date, Path]] = []
    for path in root.glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]"):
        match = _DAY.fullmatch(path.relative_to(root).as_posix())
        if match is None or not path.is_dir() or path.resolve() != root.resolve() / path.relative_to(root):
            continue  # a link leads out of the folder
        try:
            found.append((date(*map(int, match.groups())), path))
        except ValueError:
            continue  # 2026/02/31 is none of ours
    return sorted(found)


def _remove_empty(path: Path, root: Path) -> None:
    while path != root and not list(path.iterdir()):
        path.rmdir()
        path = path.parent

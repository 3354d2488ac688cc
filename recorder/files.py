"""Where recordings lie: ``YYYY/MM/DD/<call>-<time of day>.wav`` below one folder, and nothing a caller says in a path.

The time of day (to the millisecond) tells the talks of one call apart without anything to count or to remember.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path, PurePosixPath

from calls.identity import CallId

_LONGEST = 80
_SAFE = re.compile(rf"[A-Za-z0-9_][A-Za-z0-9._-]{{0,{_LONGEST - 1}}}")
_UNSAFE = re.compile(r"[^A-Za-z0-9_]")


@dataclass(frozen=True, slots=True)
class RecordingPath:
    """One file: where it is for us, and its name for the timeline and the store (relative, with ``/``)."""

    absolute: Path
    relative: str


class RecordingFolder:
    """The folder of all recordings. ``zone`` (None: the machine's) decides the day a recording belongs to."""

    def __init__(self, root: Path, zone: tzinfo | None = None) -> None:
        self.root = root.absolute()
        self.zone = zone

    def new_talk(self, call: CallId, at: float) -> RecordingPath:
        """Return the file for a talk that begins about ``at`` (epoch seconds); its folder is made."""
        return self._new(call, at, "")

    def new_message(self, call: CallId, at: float) -> RecordingPath:
        """Return the file for a caller's message; its folder is made."""
        return self._new(call, at, "-message")

    def absolute(self, relative: str) -> Path:
        """Return the file behind a stored path; raises ``ValueError`` when it would lie outside of the folder."""
        path = PurePosixPath(relative)
        if not relative or path.is_absolute() or ".." in path.parts or "\0" in relative or "\\" in relative:
            raise ValueError(f"{relative!r} is no path of a recording")
        return self.root / path

    def relative(self, absolute: Path) -> str:
        """Return how a file of this folder is stored; raises ``ValueError`` for any other file."""
        relative = absolute.absolute().relative_to(self.root).as_posix()
        self.absolute(relative)
        return relative

    def _new(self, call: CallId, at: float, kind: str) -> RecordingPath:
        when = datetime.fromtimestamp(at, self.zone)
        time_of_day = f"{when:%H%M%S}{when.microsecond // 1000:03d}"
        relative = f"{when:%Y/%m/%d}/{safe_name(call)}-{time_of_day}{kind}.wav"
        path = RecordingPath(self.root / relative, relative)
        path.absolute.parent.mkdir(parents=True, exist_ok=True)
        return path


def safe_name(identity: str) -> str:
    """Return an identity as part of a file name; an unusual one is cut, cleaned and told apart by a hash."""
    if _SAFE.fullmatch(identity) and ".." not in identity:
        return identity
    digest = hashlib.sha256(identity.encode(errors="backslashreplace")).hexdigest()[:12]
    return f"_{_UNSAFE.sub('_', identity)[:_LONGEST]}-{digest}"

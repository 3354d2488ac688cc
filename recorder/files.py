"""Where recordings lie: ``YYYY/MM/DD/<call>-<time of day>.wav`` in the store, and nothing a caller says in a path.

While it is being made it is a *capture*: the file that Asterisk writes, below ``capture/`` of one local folder.
After the call it becomes the stored recording, whose name is known from the beginning. The time of day (to the
millisecond) tells the talks of one call apart without anything to count or to remember.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from pathlib import Path, PurePosixPath

from calls.identity import CallId

CAPTURES = "capture"
"""The folder of what Asterisk writes, below the recordings folder."""
WORK = "work"
"""The folder of what is half made, below the recordings folder; emptied at every start."""

_MESSAGE, _CONSULT = "-message", "-consult"
_LONGEST = 80
_SAFE = re.compile(rf"[A-Za-z0-9_][A-Za-z0-9._-]{{0,{_LONGEST - 1}}}")
_UNSAFE = re.compile(r"[^A-Za-z0-9_]")
_OURS = re.compile(
    r"(?P<stem>\d{4}/\d\d/\d\d/[A-Za-z0-9_][A-Za-z0-9_.-]*-\d{9}(?P<kind>-message|-consult)?)(?:\.[a-z0-9]+){1,2}"
)
"""As ``RecordingFolder`` names them: where they lie needs no taking apart."""
_ENDING = re.compile(r"(?P<stem>.*-\d{9}(?:-(?P<kind>message|consult))?)(\.[a-z0-9]+){1,2}")


class Kind(StrEnum):
    """What a recording is of."""

    TALK = "talk"  # left is what the caller says, right what the caller hears
    CONSULT = "consult"  # what agent (left) and third (right) say while the caller hears music
    MESSAGE = "message"  # a caller's, mono


@dataclass(frozen=True, slots=True)
class RecordingPath:
    """One file: where Asterisk writes it, and its name for the timeline and the store (relative, with ``/``)."""

    absolute: Path
    relative: str


class RecordingFolder:
    """The folder of all recordings. ``zone`` (None: the machine's) decides the day a recording belongs to, ``suffix``
    (like ``.wav`` or ``.opus.sealed``) is what stored ones end on."""

    def __init__(self, root: Path, zone: tzinfo | None = None, suffix: str = ".wav") -> None:
        self.root = root.absolute()
        self.zone = zone
        self._suffix = suffix
        self._captures = str(self.root / CAPTURES)

    @property
    def captures(self) -> Path:
        """The folder in which Asterisk writes."""
        return self.root / CAPTURES

    @property
    def work(self) -> Path:
        """The folder of what is half made."""
        return self.root / WORK

    def new_talk(self, call: CallId, at: float) -> RecordingPath:
        """Return the file for a talk that begins about ``at`` (epoch seconds); its folder is made."""
        return self._new(call, at, "")

    def new_message(self, call: CallId, at: float) -> RecordingPath:
        """Return the file for a caller's message; its folder is made."""
        return self._new(call, at, _MESSAGE)

    def new_consult(self, call: CallId, at: float) -> RecordingPath:
        """Return the file for what agent and third say without the caller; its folder is made."""
        return self._new(call, at, _CONSULT)

    def absolute(self, relative: str) -> Path:
        """Return the file behind a stored path, where the store is this folder; raises ``ValueError`` when it would
        lie outside of the folder."""
        path = PurePosixPath(relative)
        if not relative or path.is_absolute() or ".." in path.parts or "\0" in relative or "\\" in relative:
            raise ValueError(f"{relative!r} is no path of a recording")
        return self.root / path

    def capture(self, relative: str) -> Path:
        """Return where Asterisk writes what is stored as ``relative``; raises ``ValueError`` as ``absolute`` does."""
        if (made := _OURS.fullmatch(relative)) and ".." not in relative:
            return Path(f"{self._captures}/{made['stem']}{'.wav' if made['kind'] == _MESSAGE else '.raw'}")
        found = self.absolute(relative).relative_to(self.root)
        ours = _ENDING.fullmatch(found.name)
        stem = ours["stem"] if ours else found.stem
        return self.captures / found.with_name(stem + (".wav" if kind_of(relative) is Kind.MESSAGE else ".raw"))

    def relative(self, capture: Path) -> str:
        """Return how a capture of this folder will be stored; raises ``ValueError`` for any other file."""
        inside = capture.absolute().relative_to(self.captures).with_suffix(self._suffix).as_posix()
        self.absolute(inside)
        return inside

    def _new(self, call: CallId, at: float, kind: str) -> RecordingPath:
        when = datetime.fromtimestamp(at, self.zone)
        time_of_day = f"{when:%H%M%S}{when.microsecond // 1000:03d}"
        relative = f"{when:%Y/%m/%d}/{safe_name(call)}-{time_of_day}{kind}{self._suffix}"
        path = RecordingPath(self.capture(relative), relative)
        os.makedirs(os.path.dirname(path.absolute), exist_ok=True)  # noqa: PTH103, PTH120 - once a talk, and quicker
        return path


def kind_of(relative: str) -> Kind:
    """Return what a path is the recording of."""
    if made := _OURS.fullmatch(relative):
        return Kind(made["kind"][1:]) if made["kind"] else Kind.TALK
    ours = _ENDING.fullmatch(PurePosixPath(relative).name)
    return Kind.TALK if ours is None or ours["kind"] is None else Kind(ours["kind"])


def safe_name(identity: str) -> str:
    """Return an identity as part of a file name; an unusual one is cut, cleaned and told apart by a hash."""
    if _SAFE.fullmatch(identity) and ".." not in identity:
        return identity
    digest = hashlib.sha256(identity.encode(errors="backslashreplace")).hexdigest()[:12]
    return f"_{_UNSAFE.sub('_', identity)[:_LONGEST]}-{digest}"

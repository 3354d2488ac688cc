"""From what Asterisk wrote to what is kept: encode, seal, store. Blocking; runs in a thread of little priority.

Each step writes a file of its own and leaves the capture alone, so a crash between any two loses nothing: the next
service begins anew from the capture, which is removed last, when the books know the recording as stored.
"""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from calls.identity import CallId
from recorder.beside import BESIDE, beside
from recorder.capture import Capture, Samples, look
from recorder.encoding import encode
from recorder.files import RecordingFolder, kind_of
from recorder.hearing import Heard, Hearing
from recorder.index import TalkIndex
from recorder.integrity import Flag, flags_of
from recorder.reading import beside_of, measured
from recorder.sealing import SEALED, Keys, SealError, seal
from recorder.storage import Storage

_BLOCK = 1 << 20


class Step(StrEnum):
    """What has just been done."""

    ENCODED = "encoded"
    SEALED = "sealed"
    STORED_BESIDE = "stored_beside"
    STORED = "stored"
    TOLD = "told"  # the timeline has it
    SAFE = "safe"  # and would have it after a crash
    REMOVED = "removed"  # the capture is gone


class StillWritten(Exception):
    """The capture grew while it was read: it was not complete."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A recording that is stored. Size and checksum are of what is played, before sealing."""

    duration_s: float
    size: int
    sha256: str
    flags: list[Flag]
    expected_s: float | None


class Finisher:
    """Finishes captures. ``after`` is told of every step; tests end the process there."""

    def __init__(
        self,
        folder: RecordingFolder,
        storage: Storage,
        keys: Keys | None = None,
        *,
        after: Callable[[Step], None] = lambda _: None,
    ) -> None:
        self._folder, self._storage, self._keys = folder, storage, keys
        self.after = after

    def finish(self, call: CallId, path: str, capture: Capture, index: TalkIndex | None) -> Finished:
        """Make and store a recording and what lies beside it. Raises ``StillWritten``, ``OSError``, ``StorageError``
        and ``SealError``; the capture is as it was."""
        self._folder.work.mkdir(parents=True, exist_ok=True)
        made = self._folder.work / f"{threading.get_ident()}-{PurePosixPath(path).name}"
        leavings = [made, made.with_name(made.name + ".1"), made.with_name(made.name + ".2")]
        try:
            return self._finish(call, path, capture, index, leavings)
        finally:
            for leaving in leavings:
                leaving.unlink(missing_ok=True)

    def found(self, path: str) -> Finished | None:
        """Return what is stored already, though its capture is gone; None when nothing is. Raises as ``finish``."""
        if self._storage.size(path) is None:
            return None
        size, digest = measured(self._storage, path, self._keys)
        told = beside_of(self._storage, path, self._keys) or {}
        flags = [Flag(flag) for flag in told.get("flags", ())]
        return Finished(told.get("duration_s") or 0.0, size, digest, flags, told.get("expected_s"))

    def remove(self, path: str) -> None:
        """Remove the capture of what is stored and safely in the books. Its folder stays: a talk may be about to begin
        there."""
        self._folder.capture(path).unlink(missing_ok=True)
        self.after(Step.REMOVED)

    def _finish(
        self, call: CallId, path: str, capture: Capture, index: TalkIndex | None, files: list[Path]
    ) -> Finished:
        made, sealed, aside = files
        heard = self._encode(capture, made, path)
        after = look(capture.path)
        if after is None or after.size != capture.size:
            raise StillWritten(path)
        flags = flags_of(heard, index, kind_of(path))
        if not capture.finished:
            flags.append(Flag.UNFINISHED)
        size, digest = made.stat().st_size, sha256(made)
        self.after(Step.ENCODED)
        if path.endswith(SEALED):
            seal(made, sealed, self._current_keys())
            self.after(Step.SEALED)
        self._store_beside(path, beside(path, call, heard, index, flags), aside, sealed)
        self.after(Step.STORED_BESIDE)
        self._storage.put(sealed if path.endswith(SEALED) else made, path, keep=False)
        self.after(Step.STORED)
        expected_s = index.expected_s if index else None
        return Finished(round(heard.duration_s, 3), size, digest, flags, expected_s)

    def _encode(self, capture: Capture, made: Path, path: str) -> Heard:
        hearing = Hearing(capture.channels)

        def heard(block: Samples) -> Samples:
            hearing.take(block)
            return block

        suffix = PurePosixPath(path.removesuffix(SEALED)).suffix
        encode(map(heard, capture.blocks()), capture.channels, made, suffix)
        return hearing.heard()

    def _store_beside(self, path: str, text: bytes, aside: Path, sealed: Path) -> None:
        aside.write_bytes(text)
        if path.endswith(SEALED):
            hidden = sealed.with_name(sealed.name + "b")
            try:
                seal(aside, hidden, self._current_keys())
                self._storage.put(hidden, path + BESIDE, keep=False)
            finally:
                hidden.unlink(missing_ok=True)
        else:
            self._storage.put(aside, path + BESIDE, keep=False)

    def _current_keys(self) -> Keys:
        if self._keys is None:
            raise SealError("the recording is to be sealed, but recordings.keys_file is not set")
        return self._keys


def sha256(path: Path) -> str:
    """Return a file's SHA-256 as hex; raises ``OSError``."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()

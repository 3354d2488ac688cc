"""Whether what the books say is what lies in the store: every file read anew and its checksum compared. Blocking."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from recorder.beside import BESIDE
from recorder.files import RecordingFolder
from recorder.reading import measured
from recorder.sealing import Keys, SealError
from recorder.storage import Storage


class Fault(StrEnum):
    """What is wrong."""

    MISSING = "missing"  # the books know it as stored, and there is no file
    DAMAGED = "damaged"  # it is not what was stored
    UNREADABLE = "unreadable"  # it cannot be opened: the key is not there
    WITHOUT_ROW = "without_row"  # a file that the books do not know
    UNDELETED = "undeleted"  # the books know it as deleted, and there is a file
    ORPHANED = "orphaned"  # a capture that will never be finished, or what lies beside nothing


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a recording or a file; ``call`` "": nobody knows whose it is."""

    fault: Fault
    path: str
    call: str
    detail: str


class Booked(Protocol):
    """What the books know of a recording (``tickets.RecordingRecord``)."""

    @property
    def path(self) -> str:
        """Its path in the store."""
        ...

    @property
    def call(self) -> str:
        """The call it belongs to."""
        ...

    @property
    def stored_at(self) -> float | None:
        """When it was finished; None: not yet."""
        ...

    @property
    def size(self) -> int | None:
        """Bytes of what is played; 0: it is known to be missing."""
        ...

    @property
    def sha256(self) -> str:
        """Checksum of what is played."""
        ...

    @property
    def deleted_at(self) -> float | None:
        """When it was deleted."""
        ...


def verify(recordings: Iterable[Booked], storage: Storage, keys: Keys | None) -> Iterator[Finding]:
    """Yield what is wrong with these recordings. Raises ``StorageError`` when the store cannot be reached at all."""
    for one in recordings:
        if one.deleted_at is None and one.stored_at is not None and one.size:
            found = _look(one, storage, keys)
            if found is not None:
                yield found


def strays(
    booked: Iterable[Booked], storage: Storage, folder: RecordingFolder, *, older_than: float
) -> Iterator[Finding]:
    """Yield files that nobody will ever ask for, out of all recordings that the books know. Captures that were written
    after ``older_than`` (epoch seconds) may be of a call that runs. Raises ``StorageError``."""
    rows = list(booked)
    alive = {row.path for row in rows if row.deleted_at is None}
    deleted = {row.path: row.call for row in rows if row.deleted_at is not None}
    keys = [key for key, _ in storage.files()]
    there = set(keys)
    for key in keys:
        path = key.removesuffix(BESIDE) if key.endswith(BESIDE) else key
        if path in deleted:
            yield Finding(Fault.UNDELETED, key, deleted[path], "deleted in the books; `purge` takes it away")
        elif path not in alive:
            yield Finding(Fault.WITHOUT_ROW, key, "", "no call is known that it belongs to")
        elif path not in there:
            yield Finding(Fault.ORPHANED, key, "", "what it lies beside is not there")
    yield from _captures(rows, folder, older_than)


def _captures(rows: Iterable[Booked], folder: RecordingFolder, older_than: float) -> Iterator[Finding]:
    awaited = {folder.capture(row.path) for row in rows if row.stored_at is None}
    for file in sorted(folder.captures.rglob("*")):
        if file.is_file() and file not in awaited and file.stat().st_mtime < older_than:
            name = file.relative_to(folder.root).as_posix()
            yield Finding(Fault.ORPHANED, name, "", "Asterisk wrote it, and no recording is made of it")


def _look(one: Booked, storage: Storage, keys: Keys | None) -> Finding | None:
    try:
        size, digest = measured(storage, one.path, keys)
    except FileNotFoundError:
        return Finding(Fault.MISSING, one.path, one.call, "there is no file")
    except SealError as error:
        fault = Fault.UNREADABLE if "key" in str(error) and "damaged" not in str(error) else Fault.DAMAGED
        return Finding(fault, one.path, one.call, str(error))
    if (size, digest) == (one.size, one.sha256):
        return None
    return Finding(Fault.DAMAGED, one.path, one.call, f"{size} bytes, SHA-256 {digest[:16]}…; stored were {one.size}, "
                   f"{one.sha256[:16]}…")  # fmt: skip

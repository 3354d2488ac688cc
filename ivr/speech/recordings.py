"""Recorded prompts as files: ``<folder>/<language>/<name>.wav``, beside each a note (``.json``) of what it says.

The note tells for which text a recording was made, so that it can be told when the text has changed since (stale). A
file that somebody put there by hand gets its note when it is first seen, with the text that holds then. What a
recording replaces goes to ``<folder>/<language>/former/``; the latest few are kept.
"""

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import structlog

from calls import Language
from ivr.speech.audio import write_wav
from ivr.speech.items import Item, plain_name
from ivr.speech.loudness import Samples

_SAFE_NAME = re.compile(r"[\w ,'-]+([./][\w ,'-]+)*")
_FORMER_KEPT = 5

log = structlog.get_logger(__name__)


class Match(StrEnum):
    """How a recording stands to a text."""

    FRESH = "fresh"  # made for this text
    STALE = "stale"  # made for another one, which the prompt had before
    UNKNOWN = "unknown"  # put there by hand, and not looked at yet


@dataclass(frozen=True, slots=True)
class Note:
    """What is known of a recording. ``texts`` maps a prompt's name (and its flow) to the digest of its text then."""

    audio: str  # SHA-256 of the file: another one in its place makes the note void
    texts: Mapping[str, str]
    source: str  # "by hand", "file greeting.flac", "seat 1001", …
    at: float  # seconds since the epoch


class RecordingFiles:
    """The recordings of all prompts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, name: str, language: Language) -> Path | None:
        """Return a prompt's recording: that of its flow, else that of all prompts of its name; None: there is none."""
        return next((path for path in self._places(name, language) if path.is_file()), None)

    def place(self, name: str, language: Language) -> Path:
        """Return where a prompt's recording belongs. Raises ``ValueError`` when its name cannot be a file's."""
        places = self._places(name, language)
        if not places:
            raise ValueError(f"a recording cannot be called {name!r}")
        return places[0]

    def match(self, path: Path, item: Item) -> Match:
        """Return how the recording in ``path`` stands to a prompt's text."""
        note = self.note(path)
        known = None if note is None else note.texts.get(item.name, note.texts.get(item.plain))
        if known is None:
            return Match.UNKNOWN
        return Match.FRESH if known == digest(item.text) else Match.STALE

    def note(self, path: Path) -> Note | None:
        """Return the note of a recording; None when there is none, or when it is another file's."""
        try:
            told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            note = Note(str(told["audio"]), dict(told["texts"]), str(told["source"]), float(told["at"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return note if note.audio == _file_digest(path) else None

    def seen(self, path: Path, item: Item) -> None:
        """Note the text that a recording put there by hand stands for, unless that is known."""
        note = self.note(path)
        if note is not None and item.name in note.texts:
            return
        texts = {**(note.texts if note else {}), item.name: digest(item.text)}
        source, at = (note.source, note.at) if note else ("by hand", path.stat().st_mtime)
        try:
            _write_note(path, Note(_file_digest(path), texts, source, at))
        except OSError as error:
            log.warning("recording_not_noted", path=str(path), error=str(error))

    def put(self, name: str, items: Sequence[Item], samples: Samples, rate: int, source: str) -> Path:
        """Put a recording of the prompt ``name`` in place, at once; the former one is kept. ``items`` are all whose
        text it says, in one language. Raises ``OSError``, and ``ValueError`` for a name that cannot be a file's."""
        language = items[0].language
        owns = (self.place(item.name, language) for item in items)
        path = next((place for place in owns if place.is_file()), self.place(name, language))
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
        try:
            write_wav(samples, rate, fresh)
            note = Note(_file_digest(fresh), {item.name: digest(item.text) for item in items}, source, time.time())
            self._keep_former(path, move=False)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
        _write_note(path, note)
        return path

    def confirm(self, item: Item) -> bool:
        """Take it that a recording says the text as it is now; return whether there is one."""
        path = self.find(item.name, item.language)
        if path is None:
            return False
        note = self.note(path) or Note(_file_digest(path), {}, "by hand", path.stat().st_mtime)
        _write_note(path, Note(note.audio, {**note.texts, item.name: digest(item.text)}, note.source, note.at))
        return True

    def restore(self, name: str, language: Language, *, voice: bool = False) -> Path | None:
        """Bring back what was there before: the former recording, else (or with ``voice``) the synthesised voice.

        What is there now is kept as the former one. Return the recording that is in place then, or None. Raises
        ``LookupError`` when there is neither a recording nor a former one.
        """
        formerly = (place for place in self._places(name, language) if self.formers(place))
        path = self.find(name, language) or next(formerly, self.place(name, language))
        formers = self.formers(path)
        if not path.is_file() and (voice or not formers):
            raise LookupError("there is no recording, and no former one: the synthesised voice speaks")
        if voice or not formers:
            self._keep_former(path, move=True)
            return None
        returning = path.with_name(f".{path.name}.{os.getpid()}.new")
        _move(formers[-1], returning)
        self._keep_former(path, move=False)
        _move(returning, path)
        return path

    def formers(self, path: Path) -> list[Path]:
        """Return the former recordings of a place, oldest first."""
        found = (path.parent / "former").glob(f"{path.stem}.*.wav")
        mine = [former for former in found if former.name.removeprefix(f"{path.stem}.")[:-4].isdigit()]
        return sorted(mine, key=lambda former: int(former.name.removeprefix(f"{path.stem}.")[:-4]))

    def _keep_former(self, path: Path, *, move: bool) -> None:
        if not path.is_file():
            return
        formers = self.formers(path)
        number = max(time.time_ns() // 1_000_000, _number(formers[-1]) + 1 if formers else 0)
        former = path.parent / "former" / f"{path.stem}.{number}.wav"
        former.parent.mkdir(exist_ok=True)
        for source, target in _with_notes(path, former):
            if source.is_file():
                shutil.move(source, target) if move else shutil.copy2(source, target)
        for old, _ in (pair for one in formers[: -_FORMER_KEPT + 1] for pair in _with_notes(one, one)):
            old.unlink(missing_ok=True)

    def _places(self, name: str, language: Language) -> list[Path]:
        flow = name.rpartition(":")[0]
        names = [f"{flow}/{plain_name(name)}", plain_name(name)] if flow else [name]
        return [self.folder / language.value / f"{one}.wav" for one in names if _SAFE_NAME.fullmatch(one)]


def digest(text: str) -> str:
    """Return what tells a text from others; white space does not count."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:32]


def _file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write_note(path: Path, note: Note) -> None:
    target = path.with_suffix(".json")
    part = target.with_name(f".{target.name}.{os.getpid()}")
    told = {"audio": note.audio, "texts": dict(note.texts), "source": note.source, "at": note.at}
    part.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    part.replace(target)


def _number(former: Path) -> int:
    return int(former.stem.rpartition(".")[2])


def _with_notes(source: Path, target: Path) -> tuple[tuple[Path, Path], ...]:
    return (source, target), (source.with_suffix(".json"), target.with_suffix(".json"))


def _move(source: Path, target: Path) -> None:
    for one, other in _with_notes(source, target):
        if one.is_file():
            one.replace(other)

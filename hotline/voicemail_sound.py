"""Messages as a phone hears them: unsealed, 8 kHz WAV, in a file that is there only as long as it is played."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import soundfile

from calls import Sound
from recorder import Keys, RecordingFolder, SealError, Storage, StorageError
from recorder.capture import RATE, Samples, look
from recorder.encoding import encode
from recorder.reading import content


class NoSound(Exception):
    """A message cannot be played; the text says why."""


class File(Protocol):
    """A message's file."""

    @property
    def path(self) -> str:
        """Where it is stored."""
        ...

    @property
    def stored(self) -> bool:
        """Whether it is there yet; False: Asterisk's own file is what there is."""
        ...


class MessageSounds:
    """Makes messages playable."""

    def __init__(self, folder: RecordingFolder, storage: Storage, keys: Keys | None) -> None:
        self._folder, self._storage, self._keys = folder, storage, keys

    @asynccontextmanager
    async def playable(self, message: File) -> AsyncIterator[Sound]:
        """Yield a message as a sound; its file goes away afterwards (or at the next start). Raises ``NoSound``."""
        target = self._folder.work / f"play-{uuid.uuid4().hex}.wav"
        try:
            try:
                await asyncio.to_thread(self._write, message, target)
            except (FileNotFoundError, StorageError, SealError, OSError, soundfile.LibsndfileError) as error:
                raise NoSound(f"{message.path}: {error}") from error
            yield Sound(target.with_suffix(""))
        finally:
            target.unlink(missing_ok=True)

    def _write(self, message: File, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not message.stored:
            capture = look(self._folder.capture(message.path))
            if capture is not None:
                encode(capture.blocks(), capture.channels, target, ".wav")
                return
        plain = target.with_suffix(".part")
        try:
            with plain.open("wb") as out:
                out.writelines(content(self._storage, message.path, self._keys))
            with soundfile.SoundFile(plain) as sound:
                encode(_blocks(sound), sound.channels, target, ".wav")
        finally:
            plain.unlink(missing_ok=True)


def _blocks(sound: soundfile.SoundFile) -> Iterator[Samples]:
    yield from sound.blocks(RATE * 10, dtype="int16", always_2d=True)

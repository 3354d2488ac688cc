"""What Asterisk has written: a talk as bare stereo samples, a message as mono WAV. Blocking; used from a thread.

In a talk left is what the caller says and right what the caller hears (``telephony.monitor``). Bare samples carry no
header that could say whether the file was closed: that it stands still is all there is to see.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recorder.wav import NotWav, inspect

RATE = 8000
"""Samples a second, of every capture."""
_SAMPLE = 2  # bytes
_BLOCK_S = 10

Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Capture:
    """A file as it is now. ``finished``: nothing speaks against its being complete."""

    path: Path
    size: int
    channels: int
    begins: int  # where the samples begin
    media: int  # bytes of samples
    modified: float  # when it was last written, epoch seconds
    finished: bool

    @property
    def duration_s(self) -> float:
        """Seconds of audio."""
        return self.media / (RATE * _SAMPLE * self.channels)

    def blocks(self) -> Iterator[Samples]:
        """Yield the samples, ten seconds at a time, as (samples, channels). Raises ``OSError``."""
        frame = _SAMPLE * self.channels
        left = self.media - self.media % frame
        with self.path.open("rb") as file:
            file.seek(self.begins)
            while left and (data := file.read(min(left, RATE * _BLOCK_S * frame))):
                left -= len(data)
                whole = data[: len(data) - len(data) % frame]
                yield np.frombuffer(whole, np.dtype("<i2")).reshape(-1, self.channels)


def look(path: Path) -> Capture | None:
    """Return what is there, with no media when it is no audio (yet); None when there is no file. Raises ``OSError``."""
    try:
        found = path.stat()
        size, modified = found.st_size, found.st_mtime
        if path.suffix == ".raw":
            return Capture(path, size, 2, 0, size, modified, finished=size > 0)
        facts = inspect(path)
    except FileNotFoundError:
        return None
    except NotWav:
        return Capture(path, size, 1, 0, 0, modified, finished=False)
    channels = max(1, facts.byte_rate // (RATE * _SAMPLE))
    media = facts.declared if facts.finished else facts.present
    return Capture(path, facts.size, channels, facts.begins, media, modified, facts.finished)

"""WAV files: what one says of itself and what is really there, and writing one. Blocking; used from a thread."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

_CHUNKS = 64  # more chunks before the data than any recorder writes
_HEAD = struct.Struct("<4sI4s4sIHHIIHH4sI")
_SAMPLE = 2  # bytes
_MOST = 0xFFFF_FFFF - _HEAD.size  # bytes of media that a head can speak of: 37 hours of stereo


class NotWav(Exception):
    """The file is no WAV file (or its beginning has not been written yet)."""


@dataclass(frozen=True, slots=True)
class WavFacts:
    """Lengths of a WAV file. ``declared`` and ``present`` are bytes of media, by its header and by its size; ``begins``
    is where they begin."""

    declared: int
    present: int
    byte_rate: int
    size: int
    begins: int = 0

    @property
    def finished(self) -> bool:
        """Whether the recorder has closed the file: the header speaks of all the media that is there."""
        return self.declared > 0 and self.declared <= self.present <= self.declared + 1  # one byte of padding

    @property
    def duration_s(self) -> float:
        """Seconds of media: what is there, whatever a header that was never brought up to date says."""
        media = self.declared if self.finished else self.present
        return media / self.byte_rate


def inspect(path: Path) -> WavFacts:
    """Read the header; raises ``NotWav`` and ``OSError``."""
    with path.open("rb") as file:
        size = path.stat().st_size
        head = file.read(12)
        if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
            raise NotWav(f"{path.name}: no RIFF/WAVE header")
        return _facts(file, path.name, size)


def write_wav(blocks: Iterable[NDArray[np.int16]], channels: int, rate: int, target: Path) -> None:
    """Write samples, 16 bits each, as (samples, channels). Raises ``OSError``."""
    media = 0
    with target.open("wb") as file:
        file.seek(_HEAD.size)
        for block in blocks:
            media += file.write(np.ascontiguousarray(block, "<i2").data)
        file.seek(0)
        file.write(_head(min(media, _MOST), channels, rate))
        file.truncate(_HEAD.size + media)


def _head(media: int, channels: int, rate: int) -> bytes:
    frame = _SAMPLE * channels
    return _HEAD.pack(
        b"RIFF", _HEAD.size - 8 + media, b"WAVE", b"fmt ", 16, 1, channels, rate, rate * frame, frame, 8 * _SAMPLE,
        b"data", media,
    )  # fmt: skip


def _facts(file: BinaryIO, name: str, size: int) -> WavFacts:
    byte_rate = 0
    for _ in range(_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            break
        kind, length = struct.unpack("<4sI", head)
        if kind == b"data":
            if byte_rate == 0:
                break
            return WavFacts(length, max(0, size - file.tell()), byte_rate, size, file.tell())
        if kind == b"fmt ":
            byte_rate = struct.unpack("<I", file.read(12)[8:12].ljust(4, b"\0"))[0]
            length -= 12
        file.seek(max(0, length + length % 2), 1)
    raise NotWav(f"{name}: no format or no data")

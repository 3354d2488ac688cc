"""Writing a recording as people play it: WAV, or Opus or MP3 by libsndfile (the ``soundfile`` wheel brings it along).

Blocking, and libsndfile lets other threads run meanwhile. Samples go through in pieces: whole recordings at a time have
crashed Ogg encoders.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import soundfile

from recorder.capture import RATE, Samples
from recorder.wav import write_wav

Compression = Literal["off", "opus", "mp3"]

SUFFIXES: dict[Compression, str] = {"off": ".wav", "opus": ".opus", "mp3": ".mp3"}
_FORMATS = {".opus": ("OGG", "OPUS"), ".mp3": ("MP3", "MPEG_LAYER_III")}
_PIECE = RATE  # samples


def encode(blocks: Iterable[Samples], channels: int, target: Path, suffix: str) -> None:
    """Write samples into ``target``, in the form that ``suffix`` stands for; raises ``OSError`` when the disk is full
    and ``ValueError`` for an unknown form."""
    if suffix == SUFFIXES["off"]:
        write_wav(blocks, channels, RATE, target)
        return
    if suffix not in _FORMATS:
        raise ValueError(f"{suffix!r} is no form of a recording")
    form, subtype = _FORMATS[suffix]
    try:
        with soundfile.SoundFile(target, "w", RATE, channels, format=form, subtype=subtype) as file:
            for block in blocks:
                for start in range(0, len(block), _PIECE):
                    file.write(block[start : start + _PIECE])
    except soundfile.LibsndfileError as error:
        raise OSError(f"{target.name} cannot be written: {error}") from error

"""What a party says, as G.711 frames of 20 ms made ahead of time."""

from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from simulator.media.g711 import FRAME, RATE, Codec, Samples, encode, silence

Frames = tuple[bytes, ...]
TONE_LEVEL = 8000
"""Peak of a party's tone: 12 dB below full scale."""
MIN_TONE = 1
MAX_TONE = 3600
"""Tones above are cut by the telephone band."""


class SoundBank:
    """Frames of tones, silence and files, made once for each codec."""

    def __init__(self) -> None:
        self._tones: dict[tuple[int, Codec], Frames] = {}
        self._files: dict[tuple[Path, Codec], Frames] = {}
        self._silence: dict[Codec, Frames] = {codec: (silence(codec),) for codec in Codec}

    def tone(self, frequency: int, codec: Codec) -> Frames:
        """Return one second of a pure tone; whole hertz, so that it may be repeated without a click.

        Frequency 0 is silence. Raises ``ValueError`` outside the telephone band.
        """
        if frequency == 0:
            return self._silence[codec]
        key = (frequency, codec)
        if key not in self._tones:
            self._tones[key] = _frames(tone(frequency, 1.0), codec)
        return self._tones[key]

    def file(self, path: Path, codec: Codec) -> Frames:
        """Return a sound file's frames."""
        key = (path, codec)
        if key not in self._files:
            self._files[key] = _frames(load(path), codec)
        return self._files[key]


def tone(frequency: float, seconds: float, level: float = TONE_LEVEL) -> Samples:
    """Return a pure tone of ``seconds`` with a peak of ``level``; raises ``ValueError`` outside the telephone band."""
    if not MIN_TONE <= frequency <= MAX_TONE:
        raise ValueError(f"tone of {frequency} Hz is outside {MIN_TONE}-{MAX_TONE} Hz")
    phase = 2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE
    return np.rint(level * np.sin(phase)).astype(np.int16)


def load(path: Path) -> Samples:
    """Return a sound file as mono samples at 8 kHz; raises ``FileNotFoundError`` or ``soundfile.LibsndfileError``."""
    if not path.exists():
        raise FileNotFoundError(path)
    data, rate = soundfile.read(path, dtype="float64", always_2d=True)
    mono: NDArray[np.float64] = data.mean(axis=1)
    if rate != RATE:
        mono = soxr.resample(mono, rate, RATE)
    return np.clip(np.rint(mono * 32767), -32768, 32767).astype(np.int16)


def save(path: Path, samples: Samples) -> None:
    """Write samples as a 16-bit mono wav file at 8 kHz."""
    soundfile.write(path, samples, RATE, subtype="PCM_16")


def _frames(samples: Samples, codec: Codec) -> Frames:
    padded = np.concatenate([samples, np.zeros(-len(samples) % FRAME, np.int16)])
    data = encode(codec, padded)
    return tuple(data[start : start + FRAME] for start in range(0, len(data), FRAME))

"""Sound as the telephone wants it: silence trimmed, 8 and 16 kHz 16-bit mono files.

Asterisk's ``format_wav`` reads 8 kHz from ``name.wav`` and 16 kHz from ``name.wav16`` and takes the better one for the
channel. It expects the plain 44-byte header that the ``wave`` module writes.
"""

import os
import wave
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from ivr.speech.loudness import Samples, bounded, level

__all__ = ["Samples", "level", "load", "silence", "trim", "write_pair", "write_wav"]

_LEAD_S, _TAIL_S, _FADE_S = 0.015, 0.05, 0.005
_FRAME_S = 0.01
_QUIET_DB = -42.0  # below the loudest frame: silence


def load(path: Path) -> tuple[Samples, int]:
    """Return a sound file as mono samples (-1..1) and its rate in Hz. Raises ``ValueError`` when it is no sound."""
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (RuntimeError, OSError) as error:
        why = str(getattr(error, "error_string", error)).rstrip(". ")
        raise ValueError(f"{path.name} is not a readable sound file: {why}") from error
    if len(samples) == 0:
        raise ValueError(f"{path.name} has no samples")
    return np.asarray(samples.mean(axis=1), dtype=np.float32), int(rate)


def trim(samples: Samples, rate: int) -> Samples:
    """Return the samples without leading and trailing silence (a few milliseconds stay, faded)."""
    levels = _frame_levels(samples, rate)
    loud = np.flatnonzero(levels > levels.max() * 10 ** (_QUIET_DB / 20))
    if levels.max() == 0 or len(loud) == 0:
        return samples[:0]
    frame = int(_FRAME_S * rate)
    start = max(0, int(loud[0]) * frame - int(_LEAD_S * rate))
    end = min(len(samples), (int(loud[-1]) + 1) * frame + int(_TAIL_S * rate))
    cut = samples[start:end].copy()
    fade = min(int(_FADE_S * rate), len(cut) // 2)
    ramp = np.linspace(0.0, 1.0, fade, dtype=np.float32)
    cut[:fade] *= ramp
    cut[len(cut) - fade :] *= ramp[::-1]
    return cut


def write_pair(samples: Samples, rate: int, base: Path) -> None:
    """Write ``base.wav16`` (16 kHz) and then ``base.wav`` (8 kHz), each appearing complete or not at all."""
    for suffix, out_rate in ((".wav16", 16000), (".wav", 8000)):
        resampled = soxr.resample(samples, rate, out_rate, quality="HQ") if rate != out_rate else samples
        _write(bounded(np.asarray(resampled, dtype=np.float32), out_rate), out_rate, base.with_name(base.name + suffix))


def write_wav(samples: Samples, rate: int, path: Path) -> None:
    """Write one 16-bit mono file, complete or not at all."""
    _write(samples, rate, path)


def silence(seconds: float, rate: int = 16000) -> Samples:
    """Return silence."""
    return np.zeros(int(seconds * rate), dtype=np.float32)


def _frame_levels(samples: Samples, rate: int) -> NDArray[np.floating[Any]]:
    frame = int(_FRAME_S * rate)
    padded = np.pad(samples, (0, -len(samples) % frame)) if len(samples) else np.zeros(frame, dtype=np.float32)
    levels: NDArray[np.floating[Any]] = np.sqrt(np.mean(padded.reshape(-1, frame).astype(np.float64) ** 2, axis=1))
    return levels


def _write(samples: Samples, rate: int, path: Path) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.{id(samples):x}")
    pcm = np.clip(np.round(samples * 32767), -32768, 32767).astype("<i2")
    try:
        with part.open("wb") as file, wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(rate)
            out.writeframes(pcm.tobytes())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)

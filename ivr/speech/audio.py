"""Sound as the telephone wants it: silence trimmed, level made even, 8 and 16 kHz 16-bit mono files.

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

Samples = NDArray[np.float32]

TARGET_RMS_DBFS = -20.0
PEAK_LIMIT_DBFS = -1.5
_LEAD_S, _TAIL_S, _FADE_S = 0.015, 0.05, 0.005
_FRAME_S = 0.01
_QUIET_DB = -42.0  # below the loudest frame: silence


def load(path: Path) -> tuple[Samples, int]:
    """Return a sound file as mono samples (-1..1) and its rate in Hz. Raises ``ValueError`` when it is no sound."""
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (RuntimeError, OSError) as error:
        raise ValueError(f"{path.name} is not a readable sound file: {error}") from error
    if len(samples) == 0:
        raise ValueError(f"{path.name} has no samples")
    return np.asarray(samples.mean(axis=1), dtype=np.float32), int(rate)


def dbfs(value: float) -> float:
    """Return an amplitude (1.0 is full scale) in dBFS; -120 at the least."""
    return float(20 * np.log10(max(value, 1e-6)))


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


def active_rms(samples: Samples, rate: int) -> float:
    """Return the RMS of the frames in which something sounds (pauses between phrases do not count)."""
    levels = _frame_levels(samples, rate)
    active = levels[levels > levels.max() * 10 ** (-30 / 20)]
    return float(np.sqrt(np.mean(active**2))) if len(active) else 0.0


def level(samples: Samples, rate: int) -> Samples:
    """Return the samples at the target loudness, with rare peaks bent below the peak limit."""
    rms = active_rms(samples, rate)
    if rms == 0:
        return samples
    return _limit(samples * np.float32(10 ** (TARGET_RMS_DBFS / 20) / rms))


def write_pair(samples: Samples, rate: int, base: Path) -> None:
    """Write ``base.wav16`` (16 kHz) and then ``base.wav`` (8 kHz), each appearing complete or not at all."""
    for suffix, out_rate in ((".wav16", 16000), (".wav", 8000)):
        resampled = soxr.resample(samples, rate, out_rate, quality="HQ") if rate != out_rate else samples
        _write(_limit(np.asarray(resampled, dtype=np.float32)), out_rate, base.with_name(base.name + suffix))


def silence(seconds: float, rate: int = 16000) -> Samples:
    """Return silence."""
    return np.zeros(int(seconds * rate), dtype=np.float32)


def _limit(samples: Samples) -> Samples:
    """Bend what is above 70 % of the peak limit smoothly below the limit; leave the rest as it is."""
    top = 10 ** (PEAK_LIMIT_DBFS / 20)
    knee = 0.7 * top
    over = np.abs(samples) > knee
    if not over.any():
        return samples
    bent = samples.copy()
    room = top - knee
    bent[over] = np.sign(samples[over]) * (knee + room * np.tanh((np.abs(samples[over]) - knee) / room))
    return bent


def _frame_levels(samples: Samples, rate: int) -> NDArray[np.floating[Any]]:
    frame = int(_FRAME_S * rate)
    padded = np.pad(samples, (0, -len(samples) % frame)) if len(samples) else np.zeros(frame, dtype=np.float32)
    levels: NDArray[np.floating[Any]] = np.sqrt(np.mean(padded.reshape(-1, frame).astype(np.float64) ** 2, axis=1))
    return levels


def _write(samples: Samples, rate: int, path: Path) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.{id(samples):x}")
    pcm = np.clip(np.round(samples * 32767), -32768, 32767).astype("<i2")
    try:
        with wave.open(str(part), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(rate)
            out.writeframes(pcm.tobytes())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)

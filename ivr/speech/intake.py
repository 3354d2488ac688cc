"""Whether a sound file is fit to be a prompt: readable, of a sane length for its text, neither silent nor clipped. Pure
but for reading the file."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from ivr.speech.audio import load, trim
from ivr.speech.loudness import Samples, dbfs, heard_level, level
from ivr.speech.normalise import expected_seconds

_LARGEST_BYTES = 64 * 1024 * 1024
_LEAST_RATE = 8000
_LEAST_S, _MOST_S = 0.2, 180.0
_SILENT_DBFS = -55.0  # active level; a phone held at arm's length still gives -45
_FLAT_RUN = 4  # so many samples in a row at the very top are no wave's crest
_CLIPPED_SHARE = 0.002
_HASTE, _LEISURE = 0.7, 2.0  # people speak faster and slower than the voice by so much


class Fault(StrEnum):
    """What is wrong with a recording."""

    UNREADABLE = "unreadable"  # no sound file, or of a kind that is not known
    TOO_LARGE = "too_large"
    LOW_RATE = "low_rate"  # below the telephone's own 8 kHz
    SILENT = "silent"
    CLIPPED = "clipped"  # overdriven
    TOO_SHORT = "too_short"  # cut off, or another text
    TOO_LONG = "too_long"


class Unfit(Exception):
    """A recording cannot be taken. The message says what is wrong and what to do about it."""

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A recording as it will be played: mono, trimmed, levelled. ``before_dbfs``: its active level as it came."""

    samples: Samples
    rate: int
    seconds: float
    before_dbfs: float


def take_in(path: Path, text: str, *, any_length: bool = False) -> TakenIn:
    """Return what is in a sound file (WAV, FLAC, OGG, MP3 … whatever libsndfile reads), fit to be the prompt of a text.

    Raises ``Unfit``. With ``any_length`` the text does not matter.
    """
    samples, rate = _read(path)
    samples = np.asarray(samples - samples.mean(dtype=np.float64), dtype=np.float32)
    peak = float(np.abs(samples).max())
    loudness = heard_level(samples, rate)
    if loudness < _SILENT_DBFS:
        raise Unfit(Fault.SILENT, f"it is (almost) silent: {loudness:.0f} dBFS. Speak closer to the microphone")
    if _clipped_share(samples, peak) > _CLIPPED_SHARE:
        raise Unfit(Fault.CLIPPED, f"it is overdriven (cut off at {dbfs(peak):.1f} dBFS). Record it with less gain")
    speech = trim(samples, rate)
    seconds = len(speech) / rate
    _check_length(seconds, text, any_length=any_length)
    return TakenIn(level(speech, rate), rate, seconds, loudness)


def _read(path: Path) -> tuple[Samples, int]:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise Unfit(Fault.UNREADABLE, f"it cannot be read: {error.strerror}") from error
    if size > _LARGEST_BYTES:
        raise Unfit(Fault.TOO_LARGE, f"{path.name} has {size >> 20} MiB; {_LARGEST_BYTES >> 20} are the most")
    try:
        samples, rate = load(path)
    except ValueError as error:
        raise Unfit(Fault.UNREADABLE, f"{error}. Save it as WAV, FLAC, OGG or MP3") from error
    if rate < _LEAST_RATE:
        raise Unfit(Fault.LOW_RATE, f"{path.name} has {rate} samples a second; save it with {_LEAST_RATE} or more")
    if not np.isfinite(samples).all():
        raise Unfit(Fault.UNREADABLE, f"{path.name} holds numbers that are no sound. Save it as 16-bit WAV")
    return samples, rate


def _clipped_share(samples: Samples, peak: float) -> float:
    """Return the share of samples that stand in flat runs at the very top."""
    top = np.abs(samples) >= peak * 0.999
    padded = np.concatenate([[False], top, [False]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(padded))
    runs = edges[1::2] - edges[::2]
    return float(runs[runs >= _FLAT_RUN].sum()) / len(samples)


def _check_length(seconds: float, text: str, *, any_length: bool) -> None:
    if seconds < _LEAST_S:
        raise Unfit(Fault.TOO_SHORT, f"it lasts {seconds:.2f} s only; {_LEAST_S:g} s are the least")
    if seconds > _MOST_S:
        raise Unfit(Fault.TOO_LONG, f"it lasts {seconds:.0f} s; {_MOST_S:g} s are the most")
    least, most = expected_seconds(text)
    if any_length or not most:
        return
    if seconds < least * _HASTE:
        raise Unfit(Fault.TOO_SHORT, f"it lasts {seconds:.1f} s; the text takes {least * _HASTE:.1f} s at least")
    if seconds > most * _LEISURE + 2:
        raise Unfit(Fault.TOO_LONG, f"it lasts {seconds:.1f} s; the text takes {most * _LEISURE + 2:.1f} s at most")

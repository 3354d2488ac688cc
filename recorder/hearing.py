"""What is heard in a recording: how loud each channel is, when somebody speaks there, and a waveform to show.

Everything is measured in windows of 20 ms in one pass over the samples, so a long talk needs no memory for its audio.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recorder.capture import RATE, Samples

WINDOW_S = 0.02
SOUND_DBFS = -48.0
"""RMS of a window from which it counts as sound: line noise and the silence of a muted phone lie below."""
_WINDOW = round(RATE * WINDOW_S)
_FULL_SCALE = 32768.0 / 2**0.5  # RMS of a full-scale sine
_LEAST_S = 0.1  # shorter sounds are clicks
_BREATH_S = 0.6  # pauses up to here lie within somebody's speech
_MOST_PEAKS = 800


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel. ``speech`` are the times (seconds from the beginning) at which there is sound; ``peaks`` are the
    largest amplitudes of as many equal parts of the recording, 0 to 255."""

    loudest_dbfs: float  # -inf: nothing at all
    sound_s: float
    speech: tuple[tuple[float, float], ...]
    peaks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """What a recording holds: its length in seconds, and its channels (caller, then what the caller hears)."""

    duration_s: float
    channels: tuple[Channel, ...]


class Hearing:
    """Takes blocks of samples, and tells in the end what was heard."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._samples = 0
        self._rest = np.zeros((0, channels), np.int16)
        self._power: list[NDArray[np.float64]] = []
        self._peak: list[NDArray[np.int32]] = []

    def take(self, block: Samples) -> None:
        """Take the next samples, as (samples, channels)."""
        self._samples += len(block)
        data = np.concatenate([self._rest, block])
        whole = len(data) - len(data) % _WINDOW
        self._measure(data[:whole])
        self._rest = data[whole:]

    def heard(self) -> Heard:
        """Return what was heard; nothing may be taken afterwards."""
        if len(self._rest):
            self._measure(np.pad(self._rest, ((0, _WINDOW - len(self._rest)), (0, 0))))
        none = np.zeros((0, self._channels))
        power = np.concatenate(self._power) if self._power else none
        peak = np.concatenate(self._peak) if self._peak else none.astype(np.int32)
        return Heard(self._samples / RATE, tuple(_channel(power[:, c], peak[:, c]) for c in range(self._channels)))

    def _measure(self, data: Samples) -> None:
        if not len(data):
            return
        windows = np.ascontiguousarray(data.T, np.float32).reshape(self._channels, -1, _WINDOW)
        self._power.append(np.einsum("cwn,cwn->wc", windows, windows, dtype=np.float64) / _WINDOW)
        self._peak.append(np.abs(windows, out=windows).max(axis=2).T.astype(np.int32))


def _channel(power: NDArray[np.float64], peak: NDArray[np.int32]) -> Channel:
    threshold = (_FULL_SCALE * 10 ** (SOUND_DBFS / 20)) ** 2
    sound = power >= threshold
    loudest = float(power.max()) ** 0.5 if len(power) else 0.0
    return Channel(
        loudest_dbfs=round(20 * float(np.log10(loudest / _FULL_SCALE)), 1) if loudest else float("-inf"),
        sound_s=round(float(sound.sum()) * WINDOW_S, 2),
        speech=_times(sound),
        peaks=_reduced(peak),
    )


def _times(sound: NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
    """Return from when to when there is sound, breaths left in and clicks left out."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], sound.astype(np.int8), [0]])))
    spans = [(float(start) * WINDOW_S, float(end) * WINDOW_S) for start, end in edges.reshape(-1, 2)]
    joined: list[tuple[float, float]] = []
    for start, end in spans:
        if joined and start - joined[-1][1] <= _BREATH_S:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple((round(start, 2), round(end, 2)) for start, end in joined if end - start >= _LEAST_S)


def _reduced(peak: NDArray[np.int32]) -> tuple[int, ...]:
    if not len(peak):
        return ()
    count = min(_MOST_PEAKS, len(peak))
    begins = np.arange(count) * len(peak) // count
    return tuple(np.minimum(np.maximum.reduceat(peak, begins) >> 7, 255).tolist())

"""Was this recording heard? Compared by what a telephone leaves of it: energy in bands over time.

Each frame of 32 ms becomes its log energies in 18 bands, every 8 ms. The score is the normalised correlation of the
reference with the best place in what was heard (1 is the same sound); level and codec do not matter. Measured on 270
synthesised prompts of two voices: from one second on, the right one scores 0.96 or more and a wrong one 0.73 or less.
Single words do not go that well: 十 is heard in 二十, and rightly so.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from simulator.media.g711 import RATE, Samples

FRAME = 256
HOP = 64
BANDS = 18
LEAST = 0.85
"""Scores from here on count as heard."""
COMPARE_S = 4.0
"""So much of a reference's beginning is compared: a prompt may be cut short by a digit."""
FLOOR = 200.0
"""Energy added to each band, so that the noise of a codec's silence does not count."""

Features = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Match:
    """The best place of a reference in what was heard."""

    score: float  # -1 to 1
    at_s: float  # where it begins, seconds from the first sample heard


class Reference:
    """A recording to be recognised; leading and trailing silence is left out."""

    def __init__(self, samples: Samples, *, compare_s: float = COMPARE_S) -> None:
        """Take a recording at 8 kHz. Raises ``ValueError`` when it is shorter than 0.2 s without its silence."""
        loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 200)
        self._skipped = int(loud[0]) if len(loud) else 0
        trimmed = samples[self._skipped : (int(loud[-1]) + 1 if len(loud) else 0)]
        self._features = features(trimmed[: round(compare_s * RATE)])
        if len(self._features) < RATE // 5 // HOP:
            raise ValueError("a recording of less than 0.2 s cannot be recognised")

    def find(self, heard: Samples) -> Match:
        """Return the best place of the reference in ``heard``."""
        return self.within(features(heard))

    def within(self, there: Features) -> Match:
        """The same for what was heard as features."""
        size = len(self._features)
        if len(there) < size:
            return Match(0.0, 0.0)
        scores = _correlate(there, self._features)
        best = int(np.argmax(scores))
        return Match(float(scores[best]), max(best * HOP - self._skipped, 0) / RATE)


def parts(samples: Samples, part_s: float = 1.5) -> list[Reference]:
    """Return a recording's parts, each to be recognised by itself; those that are too short or silent are left out."""
    size = round(part_s * RATE)
    found = []
    for at in range(0, len(samples) - size + 1, size):
        with suppress(ValueError):
            found.append(Reference(samples[at : at + size]))
    return found


def best(references: Sequence[Reference], heard: Samples) -> Match:
    """Return the best place of any of several references in ``heard``."""
    there = features(heard)
    return max((one.within(there) for one in references), key=lambda match: match.score)


def features(samples: Samples) -> Features:
    """Return log band energies, one row per 8 ms."""
    if len(samples) < FRAME:
        return np.zeros((0, BANDS))
    frames = sliding_window_view(samples.astype(np.float64), FRAME)[::HOP] * np.hanning(FRAME)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2 / FRAME
    edges = np.unique(np.geomspace(6, FRAME // 2, BANDS + 1).round().astype(int))
    bands = np.add.reduceat(power, edges[:-1], axis=1)
    logs: Features = np.log(bands + FLOOR)
    return logs


def _correlate(there: Features, reference: Features) -> NDArray[np.float64]:
    """Return the normalised correlation of the reference with each place, each band centred on its own mean."""
    size = len(reference)
    centred = reference - reference.mean(axis=0)
    length = len(there) + size - 1
    spectrum = np.fft.rfft(there, length, axis=0) * np.fft.rfft(centred[::-1], length, axis=0)
    products = np.fft.irfft(spectrum, length, axis=0)[size - 1 : len(there)].sum(axis=1)
    sums = _window(there, size)
    squares = _window(there**2, size)
    energy = (squares - sums**2 / size).sum(axis=1)
    norm = np.sqrt(np.maximum(energy, 1e-9) * float((centred**2).sum()))
    scores: NDArray[np.float64] = products / np.maximum(norm, 1e-9)
    return scores


def _window(values: Features, size: int) -> Features:
    """Return the sums over each ``size`` rows."""
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    sums: Features = total[size:] - total[:-size]
    return sums

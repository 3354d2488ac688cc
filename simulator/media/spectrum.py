"""Tones and energy in samples: pure functions.

A tone counts as heard when, in enough windows on end, it is strong enough by itself, holds its share of all that is
heard, and stands out of its neighbourhood as a pure tone does and speech and music seldom do. Candidates may lie 30 Hz
apart or more.
"""

from collections.abc import Iterable
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator.media.g711 import RATE, Samples

WINDOW = 800
"""Samples in one window: 100 ms, hence 10 Hz between bins."""
HOP = 400
MIN_LEVEL_DBFS = -45.0
MIN_SHARE = 0.15
TOLERANCE_HZ = 2.5
"""A tone whose measured frequency is further off is another one: a note of the music, say."""
PROMINENCE = 20.0  # times the median of the neighbourhood
_FINE = 160  # samples of a piece in which a tone's beginning is looked for: 20 ms
_FINE_HOP = 20  # 2.5 ms
_FULL_SCALE = 32768.0**2 / 2  # power of a full-scale sine
_LOBE = 2  # bins to each side that belong to a tone's main lobe
_AROUND = 10  # bins to each side that are its neighbourhood


def level_dbfs(samples: Samples) -> float:
    """Return the level relative to a full-scale sine; silence is -inf."""
    if len(samples) == 0:
        return -np.inf
    exact = samples.astype(np.float64)
    power = float(np.dot(exact, exact)) / len(exact)
    return 10 * float(np.log10(power / _FULL_SCALE)) if power > 0 else -np.inf


def tones_in_window(samples: Samples, candidates: Iterable[int]) -> set[int]:
    """Return which candidate frequencies sound as pure tones in one window (any length from 50 ms up)."""
    size = len(samples)
    window = _hann(size)
    power = np.abs(np.fft.rfft(samples * window)) ** 2
    total = float(power.sum())
    scale = 2 / (size * float((window**2).sum()))  # lobe sum -> power of the sine
    if total * scale < _power(MIN_LEVEL_DBFS):
        return set()
    wanted = tuple(candidates)
    lobes = power[_lobes(wanted, size)].sum(axis=1)
    strong = np.flatnonzero(lobes >= max(MIN_SHARE * total, _power(MIN_LEVEL_DBFS) / scale))
    return {wanted[place] for place in strong if _stands_out(power, wanted[place] * size / RATE, RATE / size)}


def heard_tones(samples: Samples, candidates: Iterable[int], *, min_s: float = 0.3) -> set[int]:
    """Return the candidate frequencies that sound for ``min_s`` on end somewhere in the samples."""
    wanted = sorted(set(candidates))
    needed = max(1, 1 + round((min_s * RATE - WINDOW) / HOP))
    streak = dict.fromkeys(wanted, 0)
    found: set[int] = set()
    for start in range(0, len(samples) - WINDOW + 1, HOP):
        here = tones_in_window(samples[start : start + WINDOW], wanted)
        for frequency in wanted:
            streak[frequency] = streak[frequency] + 1 if frequency in here else 0
            if streak[frequency] >= needed:
                found.add(frequency)
    return found


def onset(samples: Samples, frequency: int) -> int | None:
    """Return the sample at which a tone began that sounds at the end, to some 5 ms; None when it is not alone there."""
    end = at = len(samples) - _FINE
    wave = np.exp(-2j * np.pi * frequency / RATE * np.arange(_FINE))
    while at >= 0:
        piece = samples[at : at + _FINE].astype(np.float64)
        energy = float((piece**2).sum())
        # Of a tone alone all energy is at its frequency; where it fills half of a piece of silence, half of it.
        if 2 * abs(complex(piece @ wave)) ** 2 <= 0.55 * _FINE * energy:
            break
        at -= _FINE_HOP
    if at == end:
        return None
    return 0 if at < 0 else at + (_FINE_HOP + _FINE) // 2


def pieces_of(samples: Samples, frequency: int, share: float = 0.5) -> int:
    """Return in how many pieces of 20 ms a tone holds so much of the energy: however much it stutters."""
    pieces = samples[: len(samples) // _FINE * _FINE].reshape(-1, _FINE).astype(np.float64)
    energy = (pieces**2).sum(axis=1)
    wave = np.exp(-2j * np.pi * frequency / RATE * np.arange(_FINE))
    loud = energy >= _FINE * _power(MIN_LEVEL_DBFS)
    return int(np.count_nonzero(loud & (2 * np.abs(pieces @ wave) ** 2 >= share * _FINE * energy)))


def dominant(samples: Samples) -> tuple[float, float]:
    """Return the strongest frequency in Hz and its share of all energy; (0, 0) for silence."""
    if len(samples) < RATE // 20 or level_dbfs(samples) < MIN_LEVEL_DBFS:
        return 0.0, 0.0
    power = np.abs(np.fft.rfft(samples * _hann(len(samples)))) ** 2
    peak = int(np.argmax(power))
    share = power[max(peak - _LOBE, 0) : peak + _LOBE + 1].sum() / power.sum()
    return peak * RATE / len(samples), float(share)


def is_sound(samples: Samples, threshold_dbfs: float = MIN_LEVEL_DBFS) -> bool:
    """Tell whether there is any energy worth the name."""
    return level_dbfs(samples) >= threshold_dbfs


def _stands_out(power: NDArray[np.float64], place: float, bin_hz: float) -> bool:
    centre = round(place)
    if centre <= _LOBE or centre + _AROUND >= len(power):
        return False
    lobe = power[centre - _LOBE : centre + _LOBE + 1]
    peak = centre - _LOBE + int(np.argmax(lobe))
    if abs(peak - place) > 1.0 or abs(_exact(power, peak) - place) * bin_hz > TOLERANCE_HZ:
        return False
    low = max(centre - _AROUND, 0)
    around = np.concatenate([power[low : centre - _LOBE - 1], power[centre + _LOBE + 2 : centre + _AROUND + 1]])
    return float(lobe.mean()) >= PROMINENCE * float(np.median(around))


def _exact(power: NDArray[np.float64], peak: int) -> float:
    """Return a peak's place between bins, by a parabola through the logarithms."""
    left, middle, right = np.log(power[peak - 1 : peak + 2] + 1e-9)
    curve = left - 2 * middle + right
    return peak + (0.5 * float((left - right) / curve) if curve < 0 else 0.0)


def _power(dbfs: float) -> float:
    return float(_FULL_SCALE * 10 ** (dbfs / 10))


@lru_cache(maxsize=256)
def _lobes(candidates: tuple[int, ...], size: int) -> NDArray[np.intp]:
    """Return the bins of each candidate's main lobe, one row each."""
    centres = np.rint(np.array(candidates, dtype=np.float64) * size / RATE).astype(np.intp)
    bins: NDArray[np.intp] = np.clip(centres[:, None] + np.arange(-_LOBE, _LOBE + 1), 0, size // 2)
    return bins


@cache
def _hann(size: int) -> NDArray[np.float64]:
    return np.hanning(size + 1)[:-1]

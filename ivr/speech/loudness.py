"""How loud speech is, and making it evenly so: one gain for a whole prompt, peaks bounded. Pure.

The measure is the active speech level of ITU-T P.56 (method B), that of telephone networks. ITU-R BS.1770, that of
broadcasting, weighs in a band that telephones do not carry, and needs 0.4 s at least, which a spoken digit does not
last. One gain per prompt and no compressor: nothing that could pump.
"""

import math

import numpy as np
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.float32]

TARGET_DBFS = -22.0
"""Active level of all prompts (0 is full scale, dBov): some 4 dB above the networks' nominal talker, for noisy streets,
and 20 dB below full scale, so that hardly any peak of speech has to be bent."""
PEAK_LIMIT_DBFS = -2.0
"""No true peak (that between the samples included) is above, but for what oversampling cannot see: never above -1."""

_LEAST_DBFS = -120.0
_MOST_BENT_DB = 6.0  # peaks further above the limit than that lower the gain instead: bending would be heard
_ENVELOPE_HZ = 800  # P.56 wants 694 values a second or more
_SMOOTHING_S = 0.03
_HANGOVER_S = 0.2
_MARGIN_DB = 15.9
_THRESHOLDS = 2.0 ** np.arange(-18, 1)
_TELEPHONE_RATE = 8000
_OVERSAMPLING = 8
_BENT_TIMES = 4


def dbfs(value: float) -> float:
    """Return an amplitude (1.0 is full scale) in dBFS; -120 at the least."""
    return float(20 * math.log10(max(value, 1e-6)))


def active_level(samples: Samples, rate: int) -> float:
    """Return the active speech level in dBFS (ITU-T P.56 method B); -120 for silence."""
    energy = float(np.sum(samples.astype(np.float64) ** 2)) / rate  # of full scale, times seconds
    if energy <= 0:
        return _LEAST_DBFS
    levels = _levels_by_threshold(samples, rate, energy)
    margins = levels - 20 * np.log10(_THRESHOLDS)
    above = np.flatnonzero(margins <= _MARGIN_DB)
    if len(above) == 0 or not np.isfinite(levels[above[0]]):
        return float(levels[np.isfinite(levels)][-1]) if np.isfinite(levels).any() else _LEAST_DBFS
    upper = int(above[0])
    if upper == 0:
        return float(levels[0])
    share = (margins[upper - 1] - _MARGIN_DB) / (margins[upper - 1] - margins[upper])
    return float(levels[upper - 1] + share * (levels[upper] - levels[upper - 1]))


def heard_level(samples: Samples, rate: int) -> float:
    """Return the active speech level in dBFS of what a telephone carries of a sound: all below 4 kHz."""
    if rate > _TELEPHONE_RATE and len(samples):
        samples = np.asarray(soxr.resample(samples, rate, _TELEPHONE_RATE, quality="HQ"), dtype=np.float32)
        rate = _TELEPHONE_RATE
    return active_level(samples, rate)


def true_peak(samples: Samples, rate: int) -> float:
    """Return the greatest amplitude in dBFS, that between the samples included (oversampled eight times)."""
    if len(samples) == 0:
        return _LEAST_DBFS
    finer = soxr.resample(samples, rate, rate * _OVERSAMPLING, quality="HQ")
    return dbfs(max(float(np.abs(finer).max(initial=0.0)), float(np.abs(samples).max())))


def level(samples: Samples, rate: int) -> Samples:
    """Return the samples at the target loudness, their true peak at the limit at most. Silence stays as it is."""
    loudness = heard_level(samples, rate)
    if loudness <= _LEAST_DBFS:
        return samples
    room = PEAK_LIMIT_DBFS + _MOST_BENT_DB - dbfs(float(np.abs(samples).max()))
    return bounded(samples * np.float32(10 ** (min(TARGET_DBFS - loudness, room) / 20)), rate)


def bounded(samples: Samples, rate: int) -> Samples:
    """Return the samples with no true peak above the limit; what is far below it is not touched.

    What is too high is bent where it is, between the samples too; a few times over, for each filter rings a little.
    """
    if len(samples) == 0:
        return samples
    bent, top_db = samples, PEAK_LIMIT_DBFS
    for _ in range(_BENT_TIMES):
        over = true_peak(bent, rate) - PEAK_LIMIT_DBFS
        if over <= 0:
            return bent
        top_db -= over if bent is not samples else 0.0
        finer = _bend(soxr.resample(samples, rate, rate * _OVERSAMPLING, quality="HQ"), 10 ** (top_db / 20))
        bent = np.asarray(soxr.resample(finer, rate * _OVERSAMPLING, rate, quality="HQ"), dtype=np.float32)
    return bent * np.float32(10 ** (-max(0.0, true_peak(bent, rate) - PEAK_LIMIT_DBFS) / 20))


def _bend(samples: Samples, top: float) -> Samples:
    """Bend what is above 70 % of ``top`` smoothly below it; leave the rest as it is."""
    knee = 0.7 * top
    over = np.abs(samples) > knee
    bent = samples.copy()
    room = top - knee
    bent[over] = np.sign(samples[over]) * (knee + room * np.tanh((np.abs(samples[over]) - knee) / room))
    return bent


def _levels_by_threshold(samples: Samples, rate: int, energy: float) -> NDArray[np.float64]:
    """Return the level in dBFS that results for each threshold: energy over the time that counts as speech."""
    envelope = _envelope(samples, rate)
    at = np.arange(len(envelope))
    hangover = round(_HANGOVER_S * _ENVELOPE_HZ)
    levels = np.full(len(_THRESHOLDS), np.nan)
    for index, threshold in enumerate(_THRESHOLDS):
        last = np.maximum.accumulate(np.where(envelope >= threshold, at, -hangover - 1))
        active_s = int(np.count_nonzero(at - last <= hangover)) / _ENVELOPE_HZ
        if active_s:
            levels[index] = 10 * math.log10(energy / active_s)
    return levels


def _envelope(samples: Samples, rate: int) -> NDArray[np.float64]:
    """Return the rectified signal, smoothed twice, 800 values a second."""
    size = max(1, round(rate / _ENVELOPE_HZ))
    padded = np.pad(np.abs(samples.astype(np.float64)), (0, -len(samples) % size))
    means = padded.reshape(-1, size).mean(axis=1)
    keep = math.exp(-size / rate / _SMOOTHING_S)
    once = twice = 0.0
    envelope = np.empty(len(means))
    for index, value in enumerate(means.tolist()):
        once = keep * once + (1 - keep) * value
        twice = keep * twice + (1 - keep) * once
        envelope[index] = twice
    return envelope

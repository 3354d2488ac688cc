"""What somebody in a talk hears: whose tones, and whether anything else sounds, as music does or a voice."""

from collections.abc import Mapping

import numpy as np

from simulator import CallLeg
from simulator.media import spectrum
from simulator.media.g711 import RATE, Samples

MUSIC = "music"
_FULL_SCALE = 32768.0**2 / 2  # power of a full-scale sine
_STEP = 400  # samples: 50 ms
_LOBE = 3  # bins to each side that are a tone's
_BESIDE_DBFS = -40.0  # what is left beside pure tones: some -52 of a telephone's own noise, -25 of music
_FOR_MOST = 0.4  # of the time: music and voices have rests


def heard(leg: CallLeg, tones: Mapping[int, str], since: float, until: float | None = None) -> set[str]:
    """Whose tones were heard between two moments (monotonic seconds), by their names; ``MUSIC`` is among them when
    something else sounded for most of that time."""
    samples = leg.audio(since, until).samples
    whom = {tones[tone] for tone in spectrum.heard_tones(samples, tones)}
    return whom | {MUSIC} if sounds_beside(samples, tones) else whom


def sounds_beside(samples: Samples, tones: Mapping[int, str]) -> bool:
    """Whether something else than these tones sounds for most of the time."""
    size = spectrum.WINDOW
    window = np.hanning(size + 1)[:-1]
    scale = 2 / (size * float((window**2).sum()))
    places = [round(tone * size / RATE) for tone in tones]
    levels = []
    for start in range(0, len(samples) - size + 1, _STEP):
        power = np.abs(np.fft.rfft(samples[start : start + size] * window)) ** 2
        for place in places:
            power[place - _LOBE : place + _LOBE + 1] = 0
        levels.append(10 * np.log10(power.sum() * scale / _FULL_SCALE + 1e-12))
    return bool(levels) and float(np.mean(np.array(levels) > _BESIDE_DBFS)) >= _FOR_MOST

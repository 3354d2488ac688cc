"""Durations drawn at random: how long people talk, wait and take to answer. Seeded by the generator handed in."""

import random
import re
from collections.abc import Callable

Duration = Callable[[random.Random], float]
"""Draws one duration in seconds."""

_NUMBER = r"(\d+(?:\.\d+)?)"
_TEXT = re.compile(rf"^(?:(exp):)?{_NUMBER}(?:-{_NUMBER})?$")
_EXP = re.compile(rf"^exp\(\s*{_NUMBER}\s*\)$")
_NORMAL = re.compile(rf"^normal\(\s*{_NUMBER}\s*,\s*{_NUMBER}\s*\)$")
WAYS = "5, 3-8, exp(180) or normal(180, 60)"
"""How durations may be written, for people."""


def constant(seconds: float) -> Duration:
    """Always the same."""
    return lambda _: seconds


def uniform(low: float, high: float) -> Duration:
    """Anything between two bounds, all alike."""
    return lambda generator: generator.uniform(low, high)


def exponential(mean: float) -> Duration:
    """Exponential, as the textbooks on queues have talks and patience."""
    return lambda generator: generator.expovariate(1 / mean) if mean > 0 else 0.0


def normal(mean: float, deviation: float) -> Duration:
    """Around a mean, as many lengths of work are; never below zero."""
    return lambda generator: max(generator.gauss(mean, deviation), 0.0)


def parse_duration(text: str) -> Duration:
    """Return the durations that ``5``, ``3-8`` (uniform), ``exp:180`` or ``exp(180)`` (mean), ``normal(180, 60)`` (mean
    and deviation) describe; raises ``ValueError``."""
    if (found := _NORMAL.match(text.strip())) is not None:
        return normal(float(found[1]), float(found[2]))
    if (found := _EXP.match(text.strip())) is not None:
        return exponential(float(found[1]))
    found = _TEXT.match(text.strip())
    if found is None or (found[1] and found[3]):
        raise ValueError(f"not a duration: {text!r} (write 5, 3-8 or exp:180)")
    if found[1]:
        return exponential(float(found[2]))
    if found[3]:
        if float(found[3]) < float(found[2]):
            raise ValueError(f"not a duration: {text!r} (the lower bound comes first)")
        return uniform(float(found[2]), float(found[3]))
    return constant(float(found[2]))

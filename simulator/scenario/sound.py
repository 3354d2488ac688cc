"""What a party heard, in figures."""

from statistics import median

from simulator.leg import CallLeg
from simulator.measures import emodel
from simulator.media.stream import MediaMode, MediaStream
from simulator.scenario.record import Sound

LEAST_PACKETS = 50
"""Fewer say nothing about how good a line is."""


def sound_of(stream: MediaStream) -> Sound:
    """Return what a stream received."""
    stats = stream.stats
    share = stats.lost / max(stats.packets + stats.lost, 1)
    delay_ms = 1000 * median(stream.delays_s) if stream.delays_s else None
    found = Sound(stats.packets, stats.lost, stats.mean_jitter_ms, delay_ms, stats.longest_gap_s)
    if stats.packets >= LEAST_PACKETS:
        burst = emodel.burst_ratio(stats.lost, stats.losses, share)
        heard_after = emodel.mouth_to_ear_ms(delay_ms or 0.0, found.jitter_ms)
        found.mos = emodel.mos(emodel.rating(heard_after, share, burst))
    return found


def added(before: Sound, leg: CallLeg) -> Sound:
    """Return what was heard on an earlier dial and on this one; the figures of the line are the later one's."""
    now = sound_of(leg.stream)
    now.packets += before.packets
    now.lost += before.lost
    now.longest_gap_s = max(now.longest_gap_s, before.longest_gap_s)
    now.mos = min((mos for mos in (before.mos, now.mos) if mos is not None), default=None)
    return now


def hears_all(mode: MediaMode) -> bool:
    """Whether a party of this mode sends audio that others can judge."""
    return mode is MediaMode.FULL

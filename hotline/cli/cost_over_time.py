"""CPU and memory of Asterisk, engine, database and simulator in each part of a run. Pure."""

from collections.abc import Mapping
from typing import Any

from hotline.cli.cost import Sample, Track


def cost_over_time(tracks: Mapping[str, Track], began: float, seconds: float, part_s: int) -> list[dict[str, Any]]:
    """Return rows with ``at_s``, and for each process ``*_cores`` (how many it kept busy) and ``*_rss_mb``.

    ``began`` is when the first call came (monotonic). None: nothing was seen in that part.
    """
    return [
        {"at_s": at, **_row(tracks, began + at, began + min(at + part_s, seconds))}
        for at in range(0, int(seconds + 1), part_s)
    ]


def cores_between(tracks: Mapping[str, Track], began: float, low: float, high: float) -> dict[str, float | None]:
    """Return how many cores each process kept busy between two moments, in seconds from ``began``; None: not seen."""
    return {name: _cores(track.between(began + low, began + high)) for name, track in tracks.items()}


def _cores(seen: tuple[Sample, Sample] | None) -> float | None:
    if seen is None:
        return None
    (first_at, first), (last_at, last) = seen
    return round(max(last.cpu_s - first.cpu_s, 0.0) / (last_at - first_at), 3) if last_at > first_at else None


def _row(tracks: Mapping[str, Track], low: float, high: float) -> dict[str, float | None]:
    row: dict[str, float | None] = {}
    for name, track in tracks.items():
        seen = track.between(low, high)
        rss = None if seen is None else round(seen[1][1].rss_mb, 1)
        row |= {f"{name}_cores": _cores(seen), f"{name}_rss_mb": rss}
    return row

"""What happened in each part of a run, of all callers or of one kind. Pure.

Who came counts where the call began, all else where it ended.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

from simulator.measures.quantiles import Quantiles
from simulator.scenario.record import CallRecord, Sound, Went

MOST_PARTS = 60
_MS = 1e-2
_MOS = 1e-3
FIGURES = (
    "came", "up", "failed", "abandoned", "wait_p95_s", "mos_p5", "jitter_p95_ms", "loss_share", "failed_codes",
)  # fmt: skip
"""Of each part, beside ``at_s``. Sound is what callers and agents heard; ``failed_codes`` are final SIP answers to
INVITEs from 300 up, ``none`` where none came."""


def part_s(seconds: float) -> int:
    """Return how long each part of a run is: whole seconds, so that there are not too many."""
    return max(1, -(-int(seconds + 1) // MOST_PARTS))


def over_time(records: Sequence[CallRecord], seconds: float) -> list[dict[str, Any]]:
    """Return the figures of each part of a run of so many seconds."""
    size = part_s(seconds)
    count = max(1, -(-int(seconds + 1) // size))
    came = Counter(int(record.began_at // size) for record in records)
    over: dict[int, list[CallRecord]] = {}
    for record in records:
        over.setdefault(int(record.ended_at // size), []).append(record)
    up = _up(records, size, count)
    return [
        {"at_s": place * size, "came": came[place], "up": up[place], **_ended(over.get(place, ()))}
        for place in range(count)
    ]


def _up(records: Iterable[CallRecord], size: int, count: int) -> list[int]:
    """Return how many calls were up at some time of each part."""
    changes = [0] * (count + 1)
    for record in records:
        first, last = (min(max(int(at // size), 0), count) for at in (record.began_at, record.ended_at))
        if first < count:
            changes[first] += 1
            changes[min(last + 1, count)] -= 1
    return list(accumulate(changes[:count]))


def _ended(records: Sequence[CallRecord]) -> dict[str, Any]:
    sounds = [sound for record in records for sound in (record.heard, record.agent_heard) if sound is not None]
    lost, packets = sum(sound.lost for sound in sounds), sum(sound.packets for sound in sounds)
    codes = Counter(times.code for record in records for times in record.sip if not 200 <= times.code < 300)
    return {
        "failed": sum(record.went is Went.FAILED for record in records),
        "abandoned": sum(record.went is Went.ABANDONED for record in records),
        "wait_p95_s": _at(0.95, [record.wait_s for record in records if record.wait_s is not None]),
        "mos_p5": _at(0.05, [record.heard.mos for record in records if record.heard.mos], unit=_MOS),
        "jitter_p95_ms": _jitter(sounds),
        "loss_share": round(lost / (packets + lost), 6) if packets + lost else None,
        "failed_codes": {str(code) if code else "none": number for code, number in sorted(codes.items())},
    }


def _jitter(sounds: Sequence[Sound]) -> float | None:
    return _at(0.95, [sound.jitter_ms for sound in sounds if sound.packets], unit=_MS)


def _at(quantile: float, values: Sequence[float], unit: float = 1e-4) -> float | None:
    if not values:
        return None
    found = Quantiles(values, unit=unit).at(quantile)
    return None if found is None else round(found, 4)

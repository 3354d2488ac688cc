"""All figures of some callers (a run's, or one kind's). Pure.

``wait_s`` runs from the last digit (or the answer) to the agent's voice; ``overtaken`` counts callers after whom
another of their kind asked, by half a second or more, and was offered to an agent first.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from simulator.measures.order import overtaken
from simulator.measures.quantiles import Quantiles
from simulator.measures.sip_times import SipTimes, ratios
from simulator.scenario.record import CallRecord, Defect, Sound, Went

_MS = 1e-2
_MOS = 1e-3


def summary(records: Sequence[CallRecord]) -> dict[str, Any]:
    """Return the figures in JSON-able form; percentiles are None where nothing was measured."""
    placed = len(records)
    went = Counter(record.went for record in records)
    sounds = [sound for record in records for sound in (record.heard, record.agent_heard) if sound is not None]
    return {
        "placed": placed,
        "done": went[Went.DONE],
        "answered": sum(record.wait_s is not None for record in records),
        "abandoned": went[Went.ABANDONED],
        "failed": went[Went.FAILED],
        "unfinished": went[Went.UNFINISHED],
        "abandoned_share": _share(went[Went.ABANDONED], placed),
        "failed_share": _share(went[Went.FAILED], placed),
        "misrouted": sum(record.misrouted for record in records),
        "overtaken": len(overtaken(records)),
        "one_way": _with_defect(records, Defect.ONE_WAY),
        "gaps": _with_defect(records, Defect.GAP),
        "reasons": dict(Counter(r.reason for r in records if r.went is Went.FAILED).most_common(20)),
        **_times(records),
        "sip": _sip(records),
        "sound": _sound(sounds),
    }


def _times(records: Sequence[CallRecord]) -> dict[str, Any]:
    dials = [times for record in records for times in record.sip]
    values: dict[str, Iterable[float | None]] = {
        "wait_s": (record.wait_s for record in records),
        "request_delay_s": (times.request_delay_s for times in dials),
        "failed_request_delay_s": (times.failed_request_delay_s for times in dials),
        "disconnect_delay_s": (times.disconnect_delay_s for times in dials),
        "session_s": (times.duration_s for times in dials),
        "post_dial_delay_s": (record.post_dial_delay_s for record in records),
        "first_prompt_s": (record.first_prompt_s for record in records),
        "reaction_s": (value for record in records for value in record.reactions_s),
        "free_to_ring_s": (record.free_to_ring_s for record in records),
        "connect_s": (record.connect_s for record in records),
        "transfer_clip_s": (value for record in records for value in record.transfer_clips_s),
        "talk_s": (record.talk_s for record in records),
    }
    return {name: Quantiles(_known(found)).as_dict() for name, found in values.items()}


def _sip(records: Sequence[CallRecord]) -> dict[str, Any]:
    dials = [times for record in records for times in record.sip]
    codes = Counter(times.code for times in dials)
    return {
        "dials": len(dials),
        "codes": {str(code) if code else "none": count for code, count in sorted(codes.items())},
        "repeated_invites": sum(times.repeated for times in dials),
        "cancelled": sum(times.cancelled for times in dials),
        **{name: _rounded(value) for name, value in _ratios(dials).items()},
    }


def _ratios(dials: Sequence[SipTimes]) -> dict[str, float | None]:
    return ratios([times.code for times in dials], sum(times.completed for times in dials))


def _sound(sounds: Sequence[Sound]) -> dict[str, Any]:
    packets, lost = sum(sound.packets for sound in sounds), sum(sound.lost for sound in sounds)
    scores = Quantiles(_known(sound.mos for sound in sounds), unit=_MOS)
    return {
        "packets": packets,
        "lost": lost,
        "loss_share": _share(lost, packets + lost),
        "jitter_ms": Quantiles((s.jitter_ms for s in sounds if s.packets), unit=_MS).as_dict(2),
        "delay_ms": Quantiles(_known(sound.delay_ms for sound in sounds), unit=_MS).as_dict(2),
        "longest_gap_s": _rounded(max((sound.longest_gap_s for sound in sounds), default=0.0)),
        "mos": {"p5": _rounded(scores.at(0.05)), **scores.as_dict(2)},
    }


def _with_defect(records: Sequence[CallRecord], defect: Defect) -> int:
    return sum(defect in record.defects for record in records)


def _known(values: Iterable[float | None]) -> Iterable[float]:
    return (value for value in values if value is not None)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)

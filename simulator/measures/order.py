"""Who was served out of turn. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from simulator.scenario.record import CallRecord, Defect, Moment

OVERTAKEN_S = 0.5
"""Who asked so much later clearly asked later."""


def overtaken(records: Iterable[CallRecord]) -> list[tuple[CallRecord, CallRecord]]:
    """Return who was offered to an agent later than somebody of their kind who had asked after them, with that one.

    Of several, that one is told who was offered first. Who has dialled again is left out: a hotline may keep the place,
    or not.
    """
    found: list[tuple[CallRecord, CallRecord]] = []
    kinds: dict[str, list[CallRecord]] = {}
    for record in records:
        if record.asked_at is not None and record.offered_at is not None and record.dials <= 1:
            kinds.setdefault(record.kind, []).append(record)
    for asked in kinds.values():
        asked.sort(key=_asked, reverse=True)
        first: CallRecord | None = None  # of those who asked clearly later, who was offered first
        ahead = 0
        for record in asked:
            while ahead < len(asked) and _asked(asked[ahead]) - _asked(record) >= OVERTAKEN_S:
                first = min(first or asked[ahead], asked[ahead], key=_offered)
                ahead += 1
            if first is not None and _offered(first) < _offered(record):
                found.append((record, first))
    return found


def named(records: Sequence[CallRecord]) -> list[CallRecord]:
    """Return the records with the defect at those who were overtaken, and by whom in their timelines."""
    by = {record.index: other for record, other in overtaken(records)}
    return [_told(record, by[record.index]) if record.index in by else record for record in records]


def _told(record: CallRecord, other: CallRecord) -> CallRecord:
    what = (
        f"is overtaken by call {other.index}, which asked {_asked(other) - _asked(record):.1f} s later and was offered "
        f"{_offered(record) - _offered(other):.1f} s sooner"
    )
    timeline = sorted([*record.timeline, Moment(_offered(other), what)], key=lambda moment: moment.at)
    return replace(record, defects=[*record.defects, Defect.OVERTAKEN], timeline=timeline)


def _asked(record: CallRecord) -> float:
    assert record.asked_at is not None
    return record.asked_at


def _offered(record: CallRecord) -> float:
    assert record.offered_at is not None
    return record.offered_at

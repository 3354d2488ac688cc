"""What a recording holds of which the caller is no part: agent and third, while the caller hears music."""

from collections.abc import Iterable

from calls import timeline as t
from calls.recording_events import (
    ConsultRecordingEnded,
    ConsultRecordingStarted,
    RecordingContinued,
    RecordingPaused,
)
from recorder.index import Gap, Part, TalkIndex


def consultation_of(events: Iterable[t.Event], path: str) -> TalkIndex | None:
    """Return what a consultation's recording holds; None when the events do not tell of it. A call that is not over
    gives what is known so far."""
    agent, party, paused = "", "", None
    began: float | None = None
    gaps: list[tuple[float, float, str]] = []
    at = 0.0
    for event in events:
        at = event.at
        match event:
            case t.Connected():
                agent = f"agent:{event.agent}"
            case RecordingPaused() if paused is None:
                paused = (at, event.by)
            case RecordingContinued() if paused is not None:
                gaps.append((paused[0], at, paused[1]))
                paused = None
            case ConsultRecordingStarted() if event.path == path:
                began, party = at, event.party
            case ConsultRecordingEnded() if event.path == path:
                break
            case t.CallEnded() if began is not None:
                break
            case _:
                pass
    if began is None:
        return None
    if paused is not None:
        gaps.append((paused[0], at, paused[1]))
    within = tuple(
        Gap(round(max(start, began) - began, 2), round(end - began, 2), by) for start, end, by in gaps if end > began
    )
    return TalkIndex(began, at, (Part(0.0, round(at - began, 2), (agent, party), "consult"),), within)

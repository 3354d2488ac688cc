"""What a recording holds of which the caller is no part: agent and third, and a supervisor who has joined in, while the
caller hears music."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from calls import timeline as t
from calls.recording_events import (
    ConsultRecordingEnded,
    ConsultRecordingStarted,
    RecordingContinued,
    RecordingPaused,
)
from calls.talk_events import Together
from recorder.index import Gap, Part, TalkIndex


def consultation_of(events: Iterable[t.Event], path: str) -> TalkIndex | None:
    """Return what a consultation's recording holds; None when the events do not tell of it. A call that is not over
    gives what is known so far."""
    agent, party, paused = "", "", None
    began: float | None = None
    parts: list[tuple[float, tuple[str, ...]]] = []  # since when who is in it
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
                parts = [(at, (agent, party))]
            case Together() if began is not None:
                parts += [(at, present) for group in event.groups if (present := _present(group, agent, party))]
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
    return TalkIndex(began, at, tuple(_parts(parts, began, at)), within)


def _present(group: Iterable[str], agent: str, third: str) -> tuple[str, ...]:
    """Return who is in the recording when these are together: agent, third, supervisors; () without the first two."""
    here = set(group)
    return (agent, third, *sorted(here - {agent, third})) if here >= {agent, third} else ()


def _parts(changes: Iterable[tuple[float, tuple[str, ...]]], began: float, ended: float) -> Iterator[Part]:
    """Yield the stretches with the same parties."""
    stretches = [(present, [at for at, _ in same]) for present, same in groupby(changes, key=lambda change: change[1])]
    for (present, since), until in zip(stretches, [*(times[0] for _, times in stretches[1:]), ended], strict=True):
        if until > since[0] or len(stretches) == 1:
            yield Part(round(since[0] - began, 2), round(until - began, 2), present, "consult")

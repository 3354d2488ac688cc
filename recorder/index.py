"""Who was in a recording when, folded from the call's timeline: seconds are counted from the recording's beginning.

The timeline knows who was connected; who of them spoke is heard in the recording itself (``recorder.hearing``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from calls import timeline as t
from calls.recording_events import RecordingContinued, RecordingPaused, RecordingStarted
from calls.talk_events import Together

CALLER = "caller"
SECRET = "secret"
"""By whom a gap is that a flow has made, which asked for a PIN, a card's number and the like."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a recording with the same parties. ``what``: talk, hold, or alone (nobody is with the caller)."""

    from_s: float
    to_s: float
    parties: tuple[str, ...]
    what: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch that was left out: there is silence in the recording."""

    from_s: float
    to_s: float
    by: str


@dataclass(frozen=True, slots=True)
class TalkIndex:
    """One recording's contents by the timeline; times of ``started_at`` and ``ended_at`` are epoch seconds."""

    started_at: float
    ended_at: float
    parts: tuple[Part, ...]
    gaps: tuple[Gap, ...]
    before: tuple[Gap, ...] = ()  # what flows asked in secret since the talk before this one; seconds are negative

    @property
    def expected_s(self) -> float:
        """How long the recording should be."""
        return max(0.0, self.ended_at - self.started_at)


@dataclass(slots=True)
class _Fold:
    path: str
    agent: str = ""
    others: list[str] = field(default_factory=list)
    held: bool = False
    started_at: float | None = None
    ended_at: float | None = None
    since: float = 0.0
    paused: tuple[float, str] | None = None
    parts: list[Part] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    secrets: list[tuple[float, float]] = field(default_factory=list)  # asked since the talk before, epoch seconds

    def take(self, event: t.Event) -> None:
        """Take the next event."""
        if self.ended_at is not None:
            return
        match event:
            case RecordingStarted(path=path) if path == self.path:
                self.started_at = self.since = event.at
            case t.StepEntered() if self.agent:
                pass  # the talk has outlived a service, and the next one has taken the call up at its step
            case RecordingStarted() | t.CallEnded() | t.StepEntered():
                self.end(event.at)
                if isinstance(event, RecordingStarted):
                    self.secrets.clear()
            case RecordingPaused():
                self.paused = self.paused or (event.at, event.by)
            case RecordingContinued():
                self._close_gap(event.at)
            case _:
                self._talk(event)

    def _talk(self, event: t.Event) -> None:
        """Take what tells who is there."""
        match event:
            case t.Connected():
                self._cut(event.at)
                self.agent, self.held = f"agent:{event.agent}", False
                self.others = [party for party in self.others if party != self.agent]  # who was left with the caller
            case t.PassedOn():
                self._cut(event.at)
                self.others = [f"department:{event.party}"]
            case t.TalkEnded():
                self._cut(event.at)
                self.agent, self.held = "", False
                self._end_if_alone(event.at)
            case t.Held() | t.Unheld():
                self._cut(event.at)
                self.held = isinstance(event, t.Held)
            case t.PartyJoined(party=party) if party not in (CALLER, "agent"):
                self._cut(event.at)
                self.others.append(party)
            case t.PartyLeft(party=party) if party in self.others:
                self._cut(event.at)
                self.others.remove(party)
                self._end_if_alone(event.at)
            case Together(groups=groups) if not self.agent and not any(CALLER in group for group in groups):
                self.end(event.at)  # whom the caller was passed on to has left
            case _:
                pass

    def _cut(self, at: float) -> None:
        """A part ends."""
        if self.started_at is None or at <= self.since:
            return
        present = [CALLER, *([self.agent] if self.agent else []), *self.others]
        what = "hold" if self.held else "talk" if len(present) > 1 else "alone"
        self.parts.append(Part(self._place(self.since), self._place(at), tuple(present), what))
        self.since = at

    def _close_gap(self, at: float) -> None:
        if self.paused is not None and self.started_at is not None:
            self.gaps.append(Gap(self._place(max(self.paused[0], self.started_at)), self._place(at), self.paused[1]))
        elif self.paused is not None and self.paused[1] == SECRET:
            self.secrets.append((self.paused[0], at))
        self.paused = None

    def _end_if_alone(self, at: float) -> None:
        if not self.agent and not self.others:
            self.end(at)

    def end(self, at: float) -> None:
        """The recording ends."""
        if self.started_at is not None:
            self._cut(at)
            self._close_gap(at)
            self.ended_at = at

    def _place(self, at: float) -> float:
        assert self.started_at is not None
        return round(max(0.0, at - self.started_at), 2)


def index_of(events: Iterable[t.Event], path: str) -> TalkIndex | None:
    """Return what a recording holds; None when the events do not tell of it (a message, or one begun unseen). A call
    that is not over gives what is known so far."""
    fold, last = _Fold(path), 0.0
    for event in events:
        fold.take(event)
        last = event.at
    if fold.started_at is None:
        return None
    if fold.ended_at is None:
        fold.end(last)
    before = tuple(Gap(_before(fold, began), _before(fold, ended), SECRET) for began, ended in fold.secrets)
    return TalkIndex(fold.started_at, fold.ended_at or last, tuple(fold.parts), tuple(fold.gaps), before)


def _before(fold: _Fold, at: float) -> float:
    assert fold.started_at is not None
    return round(at - fold.started_at, 2)

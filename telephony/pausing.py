"""Pausing the recording of a talk: while somebody says a PIN or a card's number, silence is recorded in its place."""

from enum import StrEnum
from typing import Protocol

from calls import Call, Clock, Timeline
from calls.recording_events import RecordingContinued, RecordingPaused
from telephony.monitor import TalkMonitor


class Recorded(Protocol):
    """A line whose talk may be recorded; ``ChannelLine`` is one."""

    @property
    def call(self) -> Call:
        """The call."""
        ...

    @property
    def monitor(self) -> TalkMonitor:
        """Its recording."""
        ...


class Pause(StrEnum):
    """What came of it."""

    PAUSED = "paused"
    CONTINUED = "continued"
    UNCHANGED = "unchanged"  # it was so already, or Asterisk refused
    NOT_RECORDED = "not_recorded"  # there is nothing to pause


async def pause(line: Recorded, timeline: Timeline, clock: Clock, *, on: bool | None, by: str) -> Pause:
    """Pause, or (``on`` False) go on; None: the other of what is. ``by`` is who wants it, for the timeline."""
    monitor, call = line.monitor, line.call.id
    if not monitor.running:
        return Pause.NOT_RECORDED
    wanted = not monitor.paused if on is None else on
    at = clock.now()
    if not await monitor.pause(on=wanted):
        return Pause.UNCHANGED
    if wanted:
        timeline.append(RecordingPaused(call=call, at=at, by=by))
        return Pause.PAUSED
    timeline.append(RecordingContinued(call=call, at=clock.now(), by=by))
    return Pause.CONTINUED

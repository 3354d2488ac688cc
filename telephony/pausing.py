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

    @property
    def consult_monitor(self) -> TalkMonitor | None:
        """That of a talk without the caller."""
        ...


class Pause(StrEnum):
    """What came of it."""

    PAUSED = "paused"
    CONTINUED = "continued"
    UNCHANGED = "unchanged"  # it was so already, or Asterisk refused
    NOT_RECORDED = "not_recorded"  # there is nothing to pause


async def pause(line: Recorded, timeline: Timeline, clock: Clock, *, on: bool | None, by: str) -> Pause:
    """Pause, or (``on`` False) go on; None: the other of what is. ``by`` is who wants it, for the timeline."""
    call, changed = line.call.id, False
    at = clock.now()  # Asterisk does it at once, however late its reply is read
    running = [monitor for monitor in (line.monitor, line.consult_monitor) if monitor is not None and monitor.running]
    if not running:
        return Pause.NOT_RECORDED
    wanted = not running[0].paused if on is None else on
    changed = await running[0].pause(on=wanted)
    if line.consult_monitor is not None:  # one that has begun just now, too
        changed = await line.consult_monitor.pause(on=wanted) or changed
    if not changed:
        return Pause.UNCHANGED
    if wanted:
        timeline.append(RecordingPaused(call=call, at=at, by=by))
        return Pause.PAUSED
    timeline.append(RecordingContinued(call=call, at=at, by=by))
    return Pause.CONTINUED

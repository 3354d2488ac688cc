"""What flows ask in secret is in no recording, and marked where the call has recordings: before, after or around it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from calls import CallId, Clock
from calls.recording_events import RecordingContinued, RecordingPaused
from hotline.call_timeline import Timelines
from telephony.pausing import Pause

_BY = "secret"


class Pauses(Protocol):
    """Pauses what is being recorded; ``telephony.Switchboard.pause_recording`` is one."""

    async def __call__(self, call: CallId, *, on: bool | None, by: str) -> Pause:
        """Pause the recording of a call's talk, or go on with it."""
        ...


class Unrecorded:
    """Keeps secrets out of recordings."""

    def __init__(self, pause: Pauses, timelines: Timelines, clock: Clock) -> None:
        self._pause, self._timelines, self._clock = pause, timelines, clock

    @asynccontextmanager
    async def __call__(self, call: CallId) -> AsyncIterator[None]:
        """Nothing is recorded meanwhile. Talks, and their recordings, end before a flow goes on; should Asterisk
        not have stopped one, it is paused. Calls that nothing was recorded of need no mark."""
        if not self._timelines.standing(call).recordings:
            yield
            return
        if await self._pause(call, on=True, by=_BY) is not Pause.PAUSED:
            self._timelines.append(RecordingPaused(call=call, at=self._clock.now(), by=_BY))
        try:
            yield
        finally:
            if await self._pause(call, on=False, by=_BY) is not Pause.CONTINUED:
                self._timelines.append(RecordingContinued(call=call, at=self._clock.now(), by=_BY))

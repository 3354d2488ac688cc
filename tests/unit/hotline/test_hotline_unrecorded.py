"""Secrets are in no recording, and where a call has one, it is marked that something is missing."""

import asyncio
import contextlib

import pytest

from calls import CallId, ManualClock
from calls import timeline as t
from calls.timeline import MemoryTimeline
from hotline.call_timeline import Timelines
from hotline.unrecorded import Unrecorded
from telephony.pausing import Pause

CALL = CallId("c1")
STARTED = t.RecordingStarted(call=CALL, at=1.0, path="2026/11/27/c1-120000000.wav")


class Bench:
    """A call, and whether something is being recorded of it."""

    def __init__(self, *, running: bool, before: bool) -> None:
        self.journal = MemoryTimeline()
        self.timelines = Timelines(self.journal)
        self.timelines.open(CALL, [STARTED] if before else [])
        self.running, self.paused = running, False
        self.unrecorded = Unrecorded(self.pause, self.timelines, ManualClock(100.0))

    async def pause(self, call: CallId, *, on: bool | None, by: str) -> Pause:
        """Pause as ``telephony.pausing.pause`` does."""
        assert (call, by) == (CALL, "secret")
        if not self.running:
            return Pause.NOT_RECORDED
        self.paused = bool(on)
        kind = t.RecordingPaused if on else t.RecordingContinued
        self.timelines.append(kind(call=call, at=100.0, by=by))
        return Pause.PAUSED if on else Pause.CONTINUED

    @property
    def told(self) -> list[str]:
        """What the timeline has."""
        return [type(event).__name__ for event in self.journal.events]


@pytest.mark.parametrize("running", [True, False])
async def test_a_secret_of_a_call_with_a_recording_is_marked_once_whether_or_not_it_is_still_recorded(
    *, running: bool
) -> None:
    bench = Bench(running=running, before=True)
    async with bench.unrecorded(CALL):
        assert bench.paused is running
        assert bench.told == ["RecordingPaused"]
    assert not bench.paused
    assert bench.told == ["RecordingPaused", "RecordingContinued"]


async def test_a_call_that_nothing_was_recorded_of_needs_no_mark() -> None:
    bench = Bench(running=False, before=False)
    async with bench.unrecorded(CALL):
        pass
    assert bench.told == []


async def test_the_mark_ends_with_a_caller_who_hangs_up() -> None:
    bench = Bench(running=False, before=True)
    with contextlib.suppress(asyncio.CancelledError):
        async with bench.unrecorded(CALL):
            raise asyncio.CancelledError
    assert bench.told == ["RecordingPaused", "RecordingContinued"]

"""Recordings of calls that a former service left behind (``takeover.Recordings``)."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import structlog

from calls import CallId, Clock
from hotline.call_timeline import Timelines
from hotline.recording_policy import Places
from recorder import Recorder, RecordingFolder
from recorder.capture import look

log = structlog.get_logger(__name__)


class Channels(Protocol):
    """What is needed from telephony; ``telephony.Switchboard`` is one."""

    async def record(self, channel: str, path: Path) -> bool:
        """Record a channel's talk from now on; return whether that could be done."""
        ...


class FormerRecordings:
    """Looks at files that were begun by a service that is gone, and begins those that it could not begin."""

    def __init__(
        self,
        folder: RecordingFolder,
        places: Places,
        recorder: Recorder,
        *,
        timelines: Timelines,
        channels: Channels,
        clock: Clock,
    ) -> None:
        self._folder, self._places, self._recorder, self._timelines = folder, places, recorder, timelines
        self._channels, self._clock = channels, clock

    def last_written(self, path: str) -> float | None:
        """Return when a recording was last written (epoch seconds), or None."""
        with suppress(OSError, ValueError):
            return self._folder.capture(path).stat().st_mtime
        return None

    def seconds(self, path: str) -> float:
        """Return how much media a recording holds by now."""
        with suppress(OSError, ValueError):
            capture = look(self._folder.capture(path))
            return capture.duration_s if capture else 0.0
        return 0.0

    def capture(self, path: str) -> Path | None:
        """Return the file into which a recording is being written, None when there is none ("")."""
        with suppress(ValueError):
            return self._folder.capture(path).absolute() if path else None
        return None

    async def start(self, call: CallId, channel: str) -> str:
        """Record a talk that nobody records yet; return the path, or "" when that cannot be done."""
        place = self._places.new_talk(call, self._clock.now())
        if place is None or not await self._channels.record(channel, place.absolute):
            return ""
        log.info("recording.begun_late", call=call)
        return place.relative

    def ended(self, call: CallId, paths: Sequence[str]) -> None:
        """A call has ended without coming back: take its recordings into care, and forget its timeline."""
        for path in paths:
            self._recorder.talk_ended(call, path)
        self._timelines.close(call)

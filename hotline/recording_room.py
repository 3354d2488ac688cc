"""Everything of recordings in the running service, put together: who is recorded, workers, deletion by age."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from agents.queues import Queue
from calls import AgentId, CallId, Clock
from calls.timeline import Event
from hotline.call_timeline import Timelines
from hotline.former_recordings import Channels, FormerRecordings
from hotline.metrics import Metrics
from hotline.purging import Purger
from hotline.recording_parts import disk_guard, folder_of, keep_of, keys_of, storage_of
from hotline.recording_policy import RecordingPolicy
from hotline.settings import Settings
from recorder import Finisher, Recorder, StorageError
from recorder.leftovers import clear
from tickets import Journal, Reader, RecordingStore, Store, StoreUnavailable

log = structlog.get_logger(__name__)
_PURGE_EVERY_S = 6 * 3600.0


class RecordingRoom:
    """The recorder's parts in one service. Raises ``StorageError`` and ``SealError`` when they cannot be made."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        journal: Journal,
        timelines: Timelines,
        clock: Clock,
        *,
        metrics: Metrics,
        queues: Callable[[], Mapping[str, Queue]],
    ) -> None:
        self._settings, self._store, self._journal, self._clock = settings, store, journal, clock
        self._timelines, self._reader = timelines, Reader(store)
        self.folder = folder_of(settings)
        self._disk = disk_guard(settings, clock)
        self._storage = storage_of(settings)
        self.policy = RecordingPolicy(
            self.folder, self._disk, timelines, clock, queues,
            refuse_when_full=settings.recordings.when_full == "refuse", announce=settings.recordings.announce,
            refuse_messages=settings.recordings.messages_when_full == "refuse",
            refused=metrics.recording_refused,
        )  # fmt: skip
        timelines.observe(self.policy.observe)
        self.recorder = Recorder(
            self.folder, Finisher(self.folder, self._storage, keys_of(settings)), timelines, clock,
            events_of=self._events_of, safe=journal.safe, workers=settings.recordings.workers,
        )  # fmt: skip
        metrics.on_scrape(lambda: self._fill(metrics))

    def former(self, channels: Channels) -> FormerRecordings:
        """Return who looks after the recordings of a service that is gone."""
        return FormerRecordings(
            self.folder, self.policy, self.recorder, timelines=self._timelines, channels=channels, clock=self._clock
        )

    def talk_path(self, call: CallId, agent: AgentId) -> tuple[Path | None, str]:
        """Return the file for a talk that begins now, and its name for the timeline; none when it is not recorded."""
        del agent
        place = self.policy.new_talk(call, self._clock.now())
        return (None, "") if place is None else (place.absolute, place.relative)

    async def _events_of(self, call: CallId) -> Sequence[Event]:
        """Return what has happened in a call: remembered, or read."""
        known = self._timelines.remembered(call)
        return await self._reader.events(call) if known is None else known

    async def start(self) -> None:
        """Tidy up after a service that died, and take up what it had not finished. Raises ``StoreUnavailable``."""
        begun = await self._journal.pending_recordings()
        await clear(self.folder, [one.path for one in begun], RecordingStore(self._store).stored)
        await self.recorder.start(begun)

    async def purge(self) -> None:
        """Delete what is older than the settings say, now and every some hours, until cancelled."""
        keep = keep_of(self._settings)
        purger = Purger(RecordingStore(self._store), self._storage, ZoneInfo(self._settings.time_zone))
        while keep.bounds():
            try:
                await purger.purge(keep, self._clock.now(), "retention")
                await purger.left_behind()
            except (StoreUnavailable, StorageError) as error:
                log.error("recording.not_purged", error=str(error))  # noqa: TRY400 - the words say it
            await asyncio.sleep(_PURGE_EVERY_S)

    def _fill(self, metrics: Metrics) -> None:
        health, level = self.recorder.health, self._disk.level()
        metrics.set_recorder(
            flagged=health.flagged, unfinished=health.waiting, disk_free=self._disk.free, disk_level=level.value
        )

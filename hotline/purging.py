"""Deleting recordings that are older than they may be, and writing it down: by command, and every six hours."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

import structlog

from recorder import Storage, StorageError
from recorder.beside import BESIDE
from recorder.retention import KeepFor, due
from tickets import RecordingRecord, RecordingStore, RecordingUse, WantedRecordings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Purged:
    """A recording that was deleted, or would be."""

    recording: RecordingRecord
    age_days: int
    error: str = ""  # why its file is still there


class Purger:
    """Deletes what is due. The books come first: what they tell as deleted, and lies there, goes next time."""

    def __init__(self, recordings: RecordingStore, storage: Storage, zone: tzinfo) -> None:
        self._recordings, self._storage, self._zone = recordings, storage, zone

    async def due(self, keep: KeepFor, now: float) -> list[Purged]:
        """Return what is to be deleted now, and what stayed behind earlier. Raises ``StoreUnavailable``."""
        present = await self._recordings.find(WantedRecordings())
        return [Purged(one, age) for one, age in due(present, keep, now, self._zone)]

    async def purge(self, keep: KeepFor, now: float, by: str) -> list[Purged]:
        """Delete what is due; a call that was put on hold meanwhile stays. Raises ``StoreUnavailable``."""
        done: list[Purged] = []
        for one in await self.due(keep, now):
            recording = one.recording
            why = f"{one.age_days} days old; kept are {keep.days(recording.kind)}"
            use = RecordingUse(at=now, by=by, action="delete", call_id=recording.call, path=recording.path, detail=why)
            if await self._recordings.may_delete(use):
                log.info("recording.deleted", call=recording.call, path=recording.path, age_days=one.age_days, by=by)
                done.append(Purged(recording, one.age_days, await self._delete(recording.path)))
        return done

    async def left_behind(self) -> Sequence[str]:
        """Delete files of recordings that are marked as deleted; return those that were there. Raises
        ``StoreUnavailable`` and ``StorageError``."""
        gone = {one.path for one in await self._recordings.find(WantedRecordings(deleted=True))}
        keys = await asyncio.to_thread(lambda: [key for key, _ in self._storage.files()])
        left = [key for key in keys if key.removesuffix(BESIDE) in gone]
        for key in left:
            await asyncio.to_thread(self._storage.delete, key)
        return left

    async def _delete(self, path: str) -> str:
        try:
            for key in (path + BESIDE, path):
                await asyncio.to_thread(self._storage.delete, key)
        except StorageError as error:
            log.error("recording.not_deleted", path=path, error=str(error))  # noqa: TRY400 - the words say it
            return str(error)
        return ""

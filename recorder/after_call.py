"""After a talk: wait until its recording is complete, measure it, and tell the timeline. Never in a call's way.

The store knows which recordings are begun but not stored, so work that a crash cut short is done at the next start.
Waiting for a file holds no worker: a job that is not ready is put back until later.
"""

import asyncio
import heapq
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import structlog
from asyncio_pool import AioPool

from calls.clock import Clock
from calls.identity import CallId
from calls.timeline import RecordingStored, Timeline
from recorder.files import RecordingFolder
from recorder.wav import NotWav, WavFacts, inspect, sha256

_log = structlog.get_logger("recorder")
_REMEMBERED = 10_000


class Pending(Protocol):
    """A recording that the store knows as begun, but not as stored (``tickets.PendingRecording``)."""

    @property
    def call(self) -> CallId:
        """The call it belongs to."""
        ...

    @property
    def path(self) -> str:
        """The path relative to the recordings folder."""
        ...

    @property
    def call_ended(self) -> bool:
        """Whether the call is over; a running one says itself when its talk has ended."""
        ...


@dataclass(slots=True)
class RecorderHealth:
    """What the recorder has done since it was started."""

    stored: int = 0
    missing: int = 0  # no file, or none with sound in it, when the time was up
    failed: int = 0  # an error while looking; tried again at the next start
    waiting: int = 0  # jobs under way now


@dataclass(order=True, slots=True)
class _Job:
    due: float  # monotonic seconds
    number: int
    call: CallId = field(compare=False)
    path: str = field(compare=False)
    give_up: float = field(compare=False)  # monotonic; moves on while the file grows
    size: int = field(default=-1, compare=False)  # at the last look
    changed: float = field(default=0.0, compare=False)  # when the size was last seen to change
    errors: int = field(default=0, compare=False)


class Recorder:
    """Looks after finished recordings with a bounded number of workers."""

    def __init__(
        self,
        folder: RecordingFolder,
        timeline: Timeline,
        clock: Clock,
        *,
        workers: int = 2,
        look_every_s: float = 0.2,
        settle_s: float = 0.2,
        deadline_s: float = 15.0,
    ) -> None:
        """Take the parts. A file is complete when its header is right and its size has stood for ``settle_s``; one
        that does not change for ``deadline_s`` without becoming complete is taken as it is, or as missing."""
        self.health = RecorderHealth()
        self._folder, self._timeline, self._clock = folder, timeline, clock
        self._workers = workers
        self._look_every_s, self._settle_s, self._deadline_s = look_every_s, settle_s, deadline_s
        self._jobs: list[_Job] = []
        self._open: set[str] = set()  # paths under way
        self._done: OrderedDict[str, None] = OrderedDict()  # paths done lately, so that none is done twice
        self._count = 0
        self._new = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False
        self._dispatcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self, pending: Iterable[Pending] = ()) -> None:
        """Start working; ``pending`` is what the store knows as not done.

        Recordings of running calls are left alone: whoever takes the call over tells of their end.
        """
        self._stopping = False
        self._dispatcher = asyncio.create_task(self._dispatch(), name="recorder")
        for recording in pending:
            if recording.call_ended:
                self._add(recording.call, recording.path)

    async def close(self, *, grace_s: float = 2.0) -> None:
        """Stop. What is not done within ``grace_s`` is found again at the next start."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.drain(), grace_s)
        self._stopping = True  # not by cancelling: AioPool.spawn swallows a cancellation
        self._new.set()
        if self._dispatcher is not None:
            await self._dispatcher
            self._dispatcher = None

    def talk_ended(self, call: CallId, relative_path: str) -> None:
        """Take a talk's recording into care. Never waits; telling twice does no harm."""
        self._add(call, relative_path)

    def message_left(self, call: CallId, relative_path: str) -> None:
        """Take a caller's message into care. Never waits; telling twice does no harm."""
        self._add(call, relative_path)

    async def drain(self) -> None:
        """Return when nothing is under way."""
        await self._idle.wait()

    def _add(self, call: CallId, path: str) -> None:
        try:
            self._folder.absolute(path)
        except ValueError:
            self.health.failed += 1
            _log.error("recording_path_refused", call=call, path=path[:200])
            return
        if path in self._open or path in self._done:
            return
        self._open.add(path)
        self._count += 1
        now = self._clock.monotonic()
        self._push(_Job(now, self._count, call, path, give_up=now + self._deadline_s, changed=now))

    def _push(self, job: _Job) -> None:
        heapq.heappush(self._jobs, job)
        self.health.waiting = len(self._open)
        self._idle.clear()
        self._new.set()

    def _finish(self, job: _Job) -> None:
        self._open.discard(job.path)
        self._done[job.path] = None
        if len(self._done) > _REMEMBERED:
            self._done.popitem(last=False)
        self.health.waiting = len(self._open)
        if not self._open:
            self._idle.set()

    async def _dispatch(self) -> None:
        """Hand due jobs to the workers; the pool makes this loop wait while all of them are busy."""
        async with AioPool(size=self._workers) as pool:
            while not self._stopping:
                self._new.clear()
                wait_s = self._jobs[0].due - self._clock.monotonic() if self._jobs else None
                if wait_s is not None and wait_s <= 0:
                    await pool.spawn(self._look(heapq.heappop(self._jobs)))
                    continue
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._new.wait(), wait_s)

    async def _look(self, job: _Job) -> None:
        """Look at a file once: done, or put back for later. Never raises."""
        try:
            facts = await asyncio.to_thread(_inspect, self._folder.absolute(job.path))
            now = self._clock.monotonic()
            size = facts.size if facts else -1
            if size != job.size:
                job.size, job.changed, job.give_up = size, now, now + self._deadline_s
            settled = now - job.changed >= self._settle_s
            if (facts and facts.finished and settled) or now >= job.give_up:
                await self._store(job, facts)
                return
        except Exception:
            job.errors += 1
            _log.exception("recording_not_looked_after", call=job.call, path=job.path)
            if job.errors >= 3:
                self.health.failed += 1
                self._finish(job)
                return
        job.due = self._clock.monotonic() + self._look_every_s
        self._push(job)

    async def _store(self, job: _Job, facts: WavFacts | None) -> None:
        """Tell the timeline. No sound at all is told as a length of 0, no file as a size of 0 and no checksum."""
        digest = await asyncio.to_thread(sha256, self._folder.absolute(job.path)) if facts else ""
        duration_s = round(facts.duration_s, 3) if facts else 0.0
        stored = RecordingStored(
            call=job.call,
            at=self._clock.now(),
            path=job.path,
            duration_s=duration_s,
            size=facts.size if facts else 0,
            sha256=digest,
        )
        self._timeline.append(stored)
        if duration_s > 0:
            self.health.stored += 1
        else:
            self.health.missing += 1
            _log.error("recording_missing", call=job.call, path=job.path, size=stored.size)
        if facts and not facts.finished:
            _log.warning("recording_not_closed", call=job.call, path=job.path, duration_s=duration_s)
        self._finish(job)


def _inspect(path: Path) -> WavFacts | None:
    """Return the file's facts; None when it is missing, and no media when it is no WAV file (yet)."""
    try:
        return inspect(path)
    except FileNotFoundError:
        return None
    except NotWav:
        return WavFacts(declared=0, present=0, byte_rate=1, size=path.stat().st_size)

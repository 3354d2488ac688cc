"""After a talk: wait until its recording is complete, finish it, and tell the timeline. Never in a call's way.

The store knows which recordings are begun but not stored, so work that a crash cut short is done at the next start.
Waiting for a file holds no worker: a job that is not ready is put back until later. The work itself is done in threads
of little priority.
"""

import asyncio
import heapq
import os
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

import structlog
from asyncio_pool import AioPool

from calls.clock import Clock
from calls.identity import CallId
from calls.recording_events import RecordingStored
from calls.timeline import Event, Timeline
from recorder.capture import Capture, look
from recorder.consultation import consultation_of
from recorder.files import Kind, RecordingFolder, kind_of
from recorder.finishing import Finished, Finisher, Step, StillWritten
from recorder.index import TalkIndex, index_of
from recorder.integrity import Flag
from recorder.sealing import SealError
from recorder.storage import StorageError

_log = structlog.get_logger("recorder")
_REMEMBERED = 2_000  # paths done lately: who tells of one twice does so within minutes
_NICE = 10  # on top of the service's own: calls go first
_LONGEST_PAUSE_S = 60.0
T = TypeVar("T")
_TRIES = 3  # after an error that no waiting will mend

EventsOf = Callable[[CallId], Awaitable[Sequence[Event]]]
"""Looks up what happened in a call; may raise anything."""


async def _nothing_known(_call: CallId) -> Sequence[Event]:
    return ()


async def _safe_already() -> None:
    pass


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
    failed: int = 0  # tries that came to nothing; most are repeated
    flagged: int = 0  # stored, with something to look at
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
    begun: float = field(default=0.0, compare=False)  # when it was taken into care
    errors: int = field(default=0, compare=False)


class Recorder:
    """Looks after finished recordings with a bounded number of workers."""

    def __init__(
        self,
        folder: RecordingFolder,
        finisher: Finisher,
        timeline: Timeline,
        clock: Clock,
        *,
        events_of: EventsOf = _nothing_known,
        safe: Callable[[], Awaitable[None]] = _safe_already,
        workers: int = 2,
        look_every_s: float = 0.2,
        settle_s: float = 1.2,
        deadline_s: float = 15.0,
    ) -> None:
        """Take the parts. ``safe`` returns when what was told to the timeline would survive a crash; it need not hurry.

        A file is complete when it has stood for ``settle_s`` (Asterisk writes at least once a second while audio
        flows), counted from the end of the talk at the earliest, and its header, if it has one, is right; one that
        does not change for ``deadline_s`` without becoming complete is taken as it is, or as missing.
        """
        self.health = RecorderHealth()
        self._folder, self._finisher, self._timeline, self._clock = folder, finisher, timeline, clock
        self._events_of, self._safe = events_of, safe
        self._workers = workers
        self._look_every_s, self._settle_s, self._deadline_s = look_every_s, settle_s, deadline_s
        self._jobs: list[_Job] = []
        self._open: set[str] = set()  # paths under way
        self._told: set[asyncio.Task[None]] = set()  # those whose captures go when the books are safe
        self._done: OrderedDict[str, None] = OrderedDict()  # paths done lately, so that none is done twice
        self._count = 0
        self._new = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False
        self._dispatcher: asyncio.Task[None] | None = None
        self._threads = ThreadPoolExecutor(workers, "recorder", initializer=_give_way)

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
        for task in tuple(self._told):
            task.cancel()
        await asyncio.gather(*self._told, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

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
            self._folder.capture(path)
        except ValueError:
            self.health.failed += 1
            _log.error("recording_path_refused", call=call, path=path[:200])
            return
        if path in self._open or path in self._done:
            return
        self._open.add(path)
        self._count += 1
        now = self._clock.monotonic()  # sooner than in settle_s it cannot have stood for so long
        self._push(
            _Job(now + self._settle_s, self._count, call, path, give_up=now + self._deadline_s, changed=now, begun=now)
        )

    def _push(self, job: _Job) -> None:
        heapq.heappush(self._jobs, job)
        self.health.waiting = len(self._open)
        self._idle.clear()
        self._new.set()

    def _later(self, job: _Job, after_s: float) -> None:
        job.due = self._clock.monotonic() + after_s
        self._push(job)

    def _close_job(self, job: _Job) -> None:
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
                    await pool.spawn(self._work(heapq.heappop(self._jobs)))
                    continue
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._new.wait(), wait_s)

    async def _work(self, job: _Job) -> None:
        """Look at a file once: done, or put back for later. Never raises."""
        await self._try(job, self._look(job))

    async def _try(self, job: _Job, work: Awaitable[None]) -> None:
        """Do a piece of a job; what stands in its way has the job begun anew later. Never raises."""
        try:
            await work
        except StillWritten:
            self._later(job, self._look_every_s)
        except (StorageError, SealError, OSError) as error:  # a disk or a network that is away comes back
            self._failed(job, error)
            self._later(job, min(_LONGEST_PAUSE_S, self._look_every_s * 2 ** min(job.errors, 16)))
        except Exception as error:
            self._failed(job, error)
            if job.errors < _TRIES:
                self._later(job, self._look_every_s)
            else:  # looked at again at the next start
                self._close_job(job)

    async def _look(self, job: _Job) -> None:
        index, why_none = await self._index(job)
        capture, done = await self._in_thread(self._finished, job, index)
        if done is None:
            self._later(job, self._next_look_s(job, there=capture is not None))
            return
        if why_none:
            _log.warning("recording_not_indexed", call=job.call, path=job.path, error=why_none)
        self._tell(job, capture, done, [*done.flags, *([Flag.UNINDEXED] if why_none else [])])

    def _finished(self, job: _Job, index: TalkIndex | None) -> tuple[Capture | None, Finished | None]:
        """Finish a recording that is complete, in a thread; return what was there, and what is stored. No file is told
        as a size of 0 and no checksum, no sound at all as a length of 0."""
        capture = look(self._folder.capture(job.path))
        if not self._complete(job, capture):
            return capture, None
        if capture is not None:
            return capture, self._finisher.finish(job.call, job.path, capture, index)
        missing = Finished(0.0, 0, "", [Flag.MISSING], index.expected_s if index else None)
        return None, self._finisher.found(job.path) or missing

    def _failed(self, job: _Job, error: Exception) -> None:
        job.errors += 1
        self.health.failed += 1
        known = isinstance(error, StorageError | SealError | OSError)
        _log.error("recording_not_finished", call=job.call, path=job.path, tries=job.errors, error=str(error),
                   exc_info=not known)  # fmt: skip

    def _complete(self, job: _Job, capture: Capture | None) -> bool:
        now = self._clock.monotonic()
        size = capture.size if capture else -1
        if size != job.size:
            job.size, job.give_up = size, now + self._deadline_s
            job.changed = now if capture is None else self._written(job, capture, now)
        stands = now - job.changed >= self._settle_s
        return bool(capture and capture.finished and stands) or now >= job.give_up

    def _written(self, job: _Job, capture: Capture, now: float) -> float:
        """Return when a file was last written, on the monotonic clock; not before it was taken into care, for at its
        end Asterisk may write what it has held back, however long the file had stood still."""
        ago_s = max(0.0, self._clock.now() - capture.modified)  # a clock that was put back: as if written just now
        return max(job.begun, now - ago_s)

    def _next_look_s(self, job: _Job, *, there: bool) -> float:
        """Return in how many seconds to look again: when a file that is there may have settled."""
        settled_in = job.changed + self._settle_s - self._clock.monotonic()
        return max(self._look_every_s, settled_in) if there else self._look_every_s

    def _tell(self, job: _Job, capture: Capture | None, done: Finished, flags: Sequence[Flag]) -> None:
        """Tell the timeline what is stored; the capture goes when the books are safe."""
        self._timeline.append(
            RecordingStored(
                call=job.call, at=self._clock.now(), path=job.path, duration_s=done.duration_s, size=done.size,
                sha256=done.sha256, flags=[flag.value for flag in flags],
                expected_s=None if done.expected_s is None else round(done.expected_s, 3), what=kind_of(job.path).value,
            )
        )  # fmt: skip
        self._finisher.after(Step.TOLD)
        self._count_done(job, done, flags)
        task = asyncio.create_task(self._try(job, self._tidy(job, capture)), name=f"tidy {job.path}")
        self._told.add(task)  # no worker waits for it: the books are in no hurry
        task.add_done_callback(self._told.discard)

    async def _tidy(self, job: _Job, capture: Capture | None) -> None:
        """Remove the capture, when the books have the recording for good."""
        await self._safe()
        self._finisher.after(Step.SAFE)
        if capture is not None:
            await self._in_thread(self._finisher.remove, job.path)
        self._close_job(job)

    def _count_done(self, job: _Job, done: Finished, flags: Sequence[Flag]) -> None:
        if done.duration_s > 0:
            self.health.stored += 1
        else:
            self.health.missing += 1
            _log.error("recording_missing", call=job.call, path=job.path, size=done.size)
        if flags:
            self.health.flagged += 1
            _log.warning("recording_flagged", call=job.call, path=job.path, duration_s=done.duration_s,
                         expected_s=done.expected_s, flags=[flag.value for flag in flags])  # fmt: skip

    async def _index(self, job: _Job) -> tuple[TalkIndex | None, str]:
        """Return who was in the recording when, and why that could not be found out, or ""."""
        try:
            fold = consultation_of if kind_of(job.path) is Kind.CONSULT else index_of
            return fold(await self._events_of(job.call), job.path), ""
        except Exception as error:
            return None, str(error) or repr(error)

    async def _in_thread(self, work: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)


def _give_way() -> None:
    """Let calls go first: on Linux every thread has a priority of its own."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)

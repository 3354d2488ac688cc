"""The book of callbacks, told on the timelines of the calls they come from and kept in the store."""

import asyncio
import itertools
from collections.abc import Coroutine
from dataclasses import replace

import structlog

from acd.callbacks import NO_CALL, Callback, CallbackBook, CallbackCause, CallbackState, RetryPlan
from calls import CallId, Clock
from calls.timeline import CallbackChanged
from hotline.call_timeline import Timelines
from tickets import CallbackRecord, CallbackStore, StoreUnavailable

log = structlog.get_logger(__name__)


def record_of(one: Callback) -> CallbackRecord:
    """Return a callback as it is kept."""
    return CallbackRecord(
        id=one.id, number=one.number, queue=one.queue, origin=one.origin, since=one.since, created_at=one.created_at,
        changed_at=one.changed_at, missed=one.missed, language=one.language, priority=one.priority,
        asked=dict(one.asked), tries=one.plan.attempts, every_s=one.plan.every_s, state=one.state.value,
        over=one.over, attempts=one.attempts, not_before=one.not_before, call_id=one.call,
    )  # fmt: skip


def callback_of(record: CallbackRecord) -> Callback:
    """Return what ``record_of`` wrote."""
    return Callback(
        record.id, record.number, record.queue, CallId(record.origin), record.since, record.created_at,
        missed=record.missed, language=record.language, priority=record.priority, asked=dict(record.asked),
        plan=RetryPlan(record.tries, record.every_s), state=CallbackState(record.state), attempts=record.attempts,
        not_before=record.not_before, call=CallId(record.call_id), changed_at=record.changed_at,
    )  # fmt: skip


class KeptBook:
    """Changes callbacks; what changes is told and kept. Work begun here is waited for by ``close``."""

    def __init__(self, store: CallbackStore, timelines: Timelines, clock: Clock) -> None:
        self.book = CallbackBook()
        self._store, self._timelines, self._clock = store, timelines, clock
        self._saving = asyncio.Lock()
        self._unsaved: dict[str, Callback] = {}  # as they stand now
        self._tasks: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)

    async def load(self, left_behind: set[CallId]) -> None:
        """Read what is open. ``left_behind``: calls whose end is not in the books; others are not gone on with."""
        for record in await self._store.open():
            one = callback_of(record)
            waits = one.state in (CallbackState.WAITING, CallbackState.RESERVED)
            gone = waits and one.call not in left_behind
            self.book.add(replace(one, call=NO_CALL) if gone else one)

    async def close(self) -> None:
        """Wait until everything is written."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def new_id(self, prefix: str) -> str:
        """Return an id that no other life of the service gives."""
        now = self._clock.now()
        return f"{prefix}{int(now)}.{int(now * 1000) % 1000:03d}{next(self._numbers)}"

    def step(self, one: Callback, cause: CallbackCause) -> Callback:
        """Change a state, tell it, and have it kept soon."""
        changed = self.book.step(one.id, cause, self._clock.now())
        self.tell(changed, cause)
        self._keep_soon(changed)
        return changed

    async def step_kept(self, one: Callback, cause: CallbackCause, *, call: CallId | None = None) -> Callback:
        """Change a state and return when it is kept: it survives kill -9. Raises ``StoreUnavailable``."""
        changed = self.book.step(one.id, cause, self._clock.now(), call=call)
        await self._keep(changed)
        self.tell(changed, cause)
        return changed

    def not_reached(self, one: Callback) -> Callback:
        """A try came to nothing."""
        changed = self.book.not_reached(one.id, self._clock.now())
        self.tell(changed, CallbackCause.TOO_OFTEN if changed.over else CallbackCause.NOT_REACHED)
        self._keep_soon(changed)
        return changed

    def in_line(self, one: Callback, call: CallId) -> None:
        """Note under which call a callback waits."""
        self._keep_soon(self.book.in_line(one.id, call))

    def tell(self, one: Callback, cause: CallbackCause) -> None:
        """Put a change on the timeline of the call it comes from."""
        self._timelines.append(
            CallbackChanged(call=one.origin, at=self._clock.now(), callback=one.id, state=one.state.value,
                            cause=cause.value, attempt=one.attempts, dialled_as=one.call)
        )  # fmt: skip

    def tell_of(self, origin: CallId, name: str, state: CallbackState, cause: str) -> None:
        """The same, of one that is not in the book (yet)."""
        self._timelines.append(
            CallbackChanged(call=origin, at=self._clock.now(), callback=name, state=state.value, cause=str(cause))
        )

    def spawn(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        """Begin work that keeps something; it is waited for at the end."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _keep_soon(self, one: Callback) -> None:
        self._unsaved[one.id] = one
        self.spawn(self._keep_anyhow(one.id), f"keep callback {one.id}")

    async def _keep(self, one: Callback) -> None:
        self._unsaved[one.id] = one
        await self._save(one.id)

    async def _save(self, name: str) -> None:
        """Save a callback as it stands when the turn comes, whoever asked: an older state never comes last."""
        async with self._saving:
            one = self._unsaved.get(name)
            if one is None:
                return
            await self._store.save(record_of(one))
            if self._unsaved.get(name) is one:
                del self._unsaved[name]

    async def _keep_anyhow(self, name: str) -> None:
        try:
            await self._save(name)
        except StoreUnavailable:
            log.exception("callback.not_kept", callback=name)

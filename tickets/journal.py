"""The journal: takes events at once, writes them in batches, and loses nothing that it has acknowledged.

``append`` only puts an event into a list. One writer task takes what has gathered and enters it in one transaction:
``window_s`` after an event without which a killed service would not know where people stand (longer where writing
takes longer, so that a busy machine writes less often and more at once), ``lazy_s`` after others.
When the database refuses or is slow, the batch goes to the spool file instead, and so does everything after it, until
a second task has brought the spool into the database. "Acknowledged" (``flush`` has returned) means: committed, or
synced to the spool. A spool left by a dead process is replayed at the next start; an event is known by (call, seq), so
that nothing is written twice.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import tzinfo
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import structlog

from calls.clock import Clock
from calls.timeline import Event
from tickets.deadlines import Deadlines
from tickets.entries import Entry, Numbers, entry_of_agent, entry_of_event
from tickets.ledger import Entered, Ledger, journal_only
from tickets.outages import OUTAGES, is_outage
from tickets.resume import OpenCall, PendingRecording, latest_agents, latest_seq, open_calls, pending_recordings
from tickets.spool import Spool
from tickets.store import Store

_log = structlog.get_logger("tickets.journal")

_REST, _MOST_S = 3, 0.1
"""After a batch, others gather for three times as long as it took, a tenth of a second at most."""


@dataclass(slots=True)
class JournalHealth:
    """How the journal is doing; counts are since the start of this process."""

    appended: int = 0
    stored: int = 0  # entered into the database
    spooled: int = 0  # went through the spool file
    rejected: int = 0  # could not be entered at all; kept in the file of rejected events
    lost: int = 0  # not even accepted: wrong events, or memory full with database and disk both away
    degraded: bool = False  # the spool is in use


class AgentSide:
    """The journal as the agents room wants it: something with ``append`` for agents' changes."""

    def __init__(self, append: Callable[[Any], None]) -> None:
        self.append = append


class Journal:
    """The Timeline of all calls, and the journal of agents. Start it before use, close it at the end."""

    def __init__(
        self,
        store: Store,
        *,
        spool: Path,
        clock: Clock,
        zone: tzinfo | None = None,
        window_s: float = 0.015,
        lazy_s: float = 0.5,
        batch: int = 200,
        patience_s: float = 0.25,
        longest_pause_s: float = 5.0,
        most_held: int = 500_000,
        listeners: Sequence[Callable[[Event], None]] = (),
        deadlines: Deadlines | None = None,
    ) -> None:
        """Take the parts.

        ``zone`` (None: the machine's) decides the day of ticket numbers; ``patience_s`` is how long a write may take
        before its events are also spooled; ``listeners`` hear every event at once, ``TicketOpened`` when committed;
        ``deadlines`` are those of tickets that calls make (None: the usual ones in ``zone``).
        """
        self.health = JournalHealth()
        self.agents = AgentSide(self.append_agent)
        self._store = store
        self._spool = Spool(spool)
        self._numbers = Numbers(clock)
        self._monotonic, self._took_s = clock.monotonic, 0.0
        self._ledger = Ledger(self._numbers, clock.now, zone, deadlines)
        self._window_s, self._lazy_s, self._batch, self._patience_s = window_s, lazy_s, batch, patience_s
        self._longest_pause_s, self._most_held = longest_pause_s, most_held
        self._listeners = tuple(listeners)
        self._held: deque[Entry] = deque()
        self._taken = 0  # accepted by append, ever
        self._safe = 0  # of these, acknowledged
        self._hurried = 0  # so many are not to wait for others
        self._waiters: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._known: set[str] = set()  # running calls that have their row
        self._wake, self._press, self._hurry = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._closing = False
        self._spooling = asyncio.Lock()
        self._writer: asyncio.Task[None] | None = None
        self._recovery: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self, *, replay_s: float = 5.0) -> None:
        """Start writing; wait up to ``replay_s`` seconds for a spool left behind to be brought in.

        A database that is away does not stop the start: calls are served, and their events spooled.
        """
        try:
            async with self._store.read() as session:
                self._numbers.beyond(await latest_seq(session))
        except OUTAGES as error:
            _log.error("store_unavailable_at_start", error=str(error))
        if await asyncio.to_thread(self._spool.size):
            self._begin_recovery(None)
        self._writer = asyncio.create_task(self._write(), name="journal-writer")
        if self._recovery is not None:
            await asyncio.wait({self._recovery}, timeout=replay_s)

    async def close(self, *, grace_s: float = 5.0) -> None:
        """Make everything appended safe and stop. A spool that does not empty in time is left for the next start."""
        if self._writer is None:
            return
        self._closing = True
        self._wake.set()
        self._press.set()
        self._hurry.set()
        await asyncio.wait({self._writer}, timeout=grace_s)
        if not self._writer.done():
            _log.critical("journal_closed_with_events_held", held=len(self._held))
        self._writer.cancel()
        with suppress(asyncio.CancelledError):
            await self._writer
        self._writer = None
        if (recovery := self._recovery) is not None:
            await asyncio.wait({recovery}, timeout=grace_s)
            recovery.cancel()
            with suppress(asyncio.CancelledError):
                await recovery

    def append(self, event: Event) -> None:
        """Take an event of a call (``calls.Timeline``). Never waits, never raises."""
        try:
            self._take(entry_of_event(event, self._numbers()))
        except Exception:
            self.health.lost += 1
            _log.exception("event_not_journalled", journal_event=repr(event)[:500])
        self._tell(event)

    def append_agent(self, change: Any) -> None:
        """Take a change of an agent's state: a mapping or dataclass with ``agent``, ``seat``, ``state``, ``at``,
        ``cause`` and anything JSON-able. Never waits, never raises."""
        try:
            self._take(entry_of_agent(change, self._numbers()))
        except Exception:
            self.health.lost += 1
            _log.exception("agent_change_not_journalled", change=repr(change)[:500])

    async def flush(self) -> None:
        """Return when everything appended so far is acknowledged: in the database or on the disk in the spool."""
        if self._safe < self._taken:
            self._hurried = self._taken
            self._press.set()
            self._hurry.set()
        await self.safe()

    async def safe(self) -> None:
        """Return when everything appended so far is acknowledged, without hurrying it."""
        if self._safe >= self._taken:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append((self._taken, done))
        await done

    async def settled(self) -> None:
        """Return when everything appended so far is in the database itself (waits for as long as it is away)."""
        await self.flush()
        while self._recovery is not None:
            await asyncio.wait({self._recovery})

    async def open_calls(self) -> list[OpenCall]:
        """Return the calls that have not ended, oldest first, with their events; for taking over after a crash.

        Raises ``StoreUnavailable`` when the database cannot be read.
        """
        async with self._spooling:
            waiting = (await asyncio.to_thread(self._spool.read, 0, self._most_held))[0]
        return await open_calls(self._store, [*waiting, *self._held])

    async def latest_agents(self) -> list[dict[str, Any]]:
        """Return each agent's latest change, as it was appended. Raises ``StoreUnavailable``."""
        async with self._spooling:
            waiting = (await asyncio.to_thread(self._spool.read, 0, self._most_held))[0]
        return await latest_agents(self._store, [*waiting, *self._held])

    async def pending_recordings(self) -> list[PendingRecording]:
        """Return recordings begun but not stored, oldest first. Raises ``StoreUnavailable``."""
        return await pending_recordings(self._store)

    def _take(self, entry: Entry) -> None:
        if len(self._held) >= self._most_held:
            self.health.lost += 1
            _log.critical("journal_full", held=len(self._held), kind=entry.kind, key=entry.key)
            return
        self._held.append(entry)
        self._taken += 1
        self.health.appended += 1
        self._wake.set()
        if not entry.can_wait:
            self._press.set()
        if len(self._held) >= self._batch:
            self._press.set()
            self._hurry.set()

    def _tell(self, event: Event) -> None:
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:
                _log.exception("listener_failed", kind=type(event).__name__)

    async def _write(self) -> None:
        """Take batches and make them safe, until closed and empty."""
        while not (self._closing and not self._held):
            await self._wake.wait()
            await self._gather()
            batch = list(islice(self._held, self._batch))
            began = self._monotonic()
            try:
                await self._make_safe(batch)
            except Exception:
                _log.exception("journal_writer_stumbled", count=len(batch))
                await asyncio.sleep(self._longest_pause_s)
                continue
            self._took_s = self._monotonic() - began
            for _ in batch:  # only now: whoever looks for unfinished calls finds an event here or there
                self._held.popleft()
            self._acknowledge(len(batch))
            if not self._held and not self._closing:
                self._wake.clear()
                self._press.clear()
            if self._safe >= self._hurried and len(self._held) < self._batch and not self._closing:
                self._hurry.clear()

    async def _gather(self) -> None:
        """Let events gather, for as long as what is held may wait."""
        window_s = max(self._window_s, min(_REST * self._took_s, _MOST_S))
        for limit, sooner in ((self._lazy_s, self._press), (window_s, self._hurry)):
            if not sooner.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(limit):
                        await sooner.wait()

    def _acknowledge(self, count: int) -> None:
        self._safe += count
        while self._waiters and self._waiters[0][0] <= self._safe:
            _, done = self._waiters.popleft()
            if not done.done():
                done.set_result(None)

    async def _make_safe(self, batch: Sequence[Entry]) -> None:
        """Enter the batch or spool it; try both for as long as it takes."""
        if not batch:
            return
        attempt: asyncio.Task[None] | None = None
        tried = False
        for pause in self._pauses():
            if self._recovery is None:
                attempt = attempt or asyncio.create_task(self._enter(batch, again=tried))
                tried = True
                await asyncio.wait({attempt}, timeout=self._patience_s)
                if attempt.done() and attempt.exception() is None:
                    return
            if await self._set_aside(batch):
                if self._recovery is None:
                    self._begin_recovery(attempt, batch)
                return
            if attempt is not None and attempt.done():
                attempt = None
            await asyncio.sleep(pause)

    async def _set_aside(self, batch: Sequence[Entry]) -> bool:
        """Spool a batch; False when the disk refuses too."""
        try:
            async with self._spooling:
                await asyncio.to_thread(self._spool.append, batch)
        except OSError as error:
            _log.critical("spool_unwritable", path=str(self._spool.path), error=str(error))
            return False
        self.health.spooled += len(batch)
        return True

    def _begin_recovery(self, attempt: asyncio.Task[None] | None, batch: Sequence[Entry] = ()) -> None:
        self.health.degraded = True
        self._recovery = asyncio.create_task(self._recover(attempt, batch), name="journal-recovery")

    async def _recover(self, attempt: asyncio.Task[None] | None, batch: Sequence[Entry]) -> None:
        """Bring the spool into the database and remove it. ``attempt`` is a write of ``batch`` still under way: where
        it was only slow, the store has that batch and nothing else of the spool, and need not be asked, which a machine
        that is too busy already could bear least."""
        was_slow = False
        if attempt is not None:
            await asyncio.wait({attempt})
            if error := attempt.exception():
                _log.warning("store_refused", error=str(error)[:300])
            was_slow = error is None
        there = {(entry.stream, entry.key, entry.seq) for entry in batch} if was_slow else set()
        offset = 0
        while True:
            entries, behind = await asyncio.to_thread(self._spool.read, offset, self._batch)
            if entries:
                missing = [entry for entry in entries if (entry.stream, entry.key, entry.seq) not in there]
                if missing:
                    await self._enter_at_last(missing, again=not was_slow)
                offset = behind
                continue
            async with self._spooling:
                if self._spool.size() == behind:
                    await asyncio.to_thread(self._spool.clear)
                    self._recovery, self.health.degraded = None, False
                    _log.info("spool_replayed")
                    return
            offset = behind

    async def _enter_at_last(self, entries: Sequence[Entry], *, again: bool = True) -> None:
        """Enter spooled entries, however long the database is away; those it will never take are put apart."""
        for pause in self._pauses():
            try:
                await self._enter(entries, again=again)
            except Exception as error:
                again = True
                if is_outage(error):
                    _log.warning("store_still_unavailable", error=str(error)[:300], next_try_s=pause)
                    await asyncio.sleep(pause)
                    continue
                if len(entries) > 1:
                    for entry in entries:
                        await self._enter_at_last([entry])
                else:
                    await self._enter_bare(entries[0], error)
            return

    async def _enter_bare(self, entry: Entry, error: Exception) -> None:
        """Keep an event that cannot be folded: its journal row alone, or else a line in the file of rejects."""
        _log.error("event_refused", key=entry.key, seq=entry.seq, kind=entry.kind, error=str(error)[:300])
        try:
            await self._store.transact(lambda connection: journal_only(connection, [entry]))
            self.health.stored += 1
        except Exception as bare_error:
            _log.critical("event_rejected", key=entry.key, seq=entry.seq, error=str(bare_error)[:300])
            self.health.rejected += 1
            await asyncio.to_thread(self._spool.reject, entry.line())

    async def _enter(self, entries: Sequence[Entry], *, again: bool) -> None:
        """Enter a batch in one transaction, then tell of the tickets it opened."""
        first_seen = {entry.key for entry in entries if entry.stream == "call"} - self._known
        entered: Entered = await self._store.transact(
            lambda connection: self._ledger.enter(connection, entries, fold=first_seen, again=again)
        )
        self._known |= first_seen
        self._known -= entered.ended
        self.health.stored += len(entries)
        for opened in entered.opened:
            self._tell(opened)

    def _pauses(self) -> Iterator[float]:
        pause = 0.1
        while True:
            yield pause
            pause = min(pause * 2, self._longest_pause_s)

"""Nothing acknowledged is lost or doubled: kill -9, a locked, full, absent or poisoned database, no disk."""

import asyncio
import errno
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from calls import timeline as t
from calls.call import Outcome
from calls.clock import ManualClock
from calls.identity import CallId
from tickets import Journal, Reader, Store, ledger, migrate
from tickets.entries import entry_of_event
from tickets.spool import Spool

Answered = Callable[..., list[t.Event]]

JOURNALLING = """
import asyncio, sys
from pathlib import Path
from calls import timeline as t
from calls.clock import SystemClock
from calls.identity import CallId
from tickets import Journal, Store

async def main(url, spool):
    journal = Journal(Store(url), spool=Path(spool), clock=SystemClock(), patience_s=float(sys.argv[3]))
    await journal.start()
    n = 0
    while True:
        for _ in range(7):
            n += 1
            journal.append(t.PlaceAnnounced(call=CallId("c1"), at=float(n), place=n))
        await journal.flush()
        print(n, flush=True)

asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


async def journal_until_killed(url: str, spool: Path, patience_s: float, acknowledgements: int = 20) -> int:
    """Run a process that journals, kill -9 it in full swing, and return the last number it had acknowledged."""
    arguments = ["-c", JOURNALLING, url, str(spool), str(patience_s)]
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    last = 0
    async with asyncio.timeout(20):
        for _ in range(acknowledgements):
            last = int(await process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        rest = (await process.stdout.read()).split()
        await process.wait()
    return int(rest[-1]) if rest else last


def content(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def block(path: Path) -> None:
    path.mkdir(parents=True)


async def places(reader: Reader) -> list[int]:
    call = await reader.call("c1")
    assert call is not None
    return [entry.data["place"] for entry in call.timeline]


async def test_kill_9_loses_nothing_that_was_acknowledged(url: str, store: Store, reader: Reader, spool: Path) -> None:
    acknowledged = await journal_until_killed(url, spool, patience_s=5.0)
    found = await places(reader)
    assert found == list(range(1, len(found) + 1))
    assert len(found) >= acknowledged


async def test_kill_9_while_the_database_is_locked_loses_nothing_and_doubles_nothing(
    url: str, reader: Reader, spool: Path, make_journal: Callable[..., Journal]
) -> None:
    async with locked(url):
        acknowledged = await journal_until_killed(url, spool, patience_s=0.01)
    assert content(spool)
    journal = make_journal()
    await journal.start()
    await journal.settled()
    found = await places(reader)
    assert found == list(range(1, len(found) + 1))
    assert len(found) >= acknowledged
    assert content(spool) == b""
    assert [call.id for call in await journal.open_calls()] == ["c1"]


@asynccontextmanager
async def locked(url: str) -> AsyncIterator[None]:
    """Another connection holds what must be written: SQLite's write lock, or PostgreSQL's tables."""
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            await raw.execute("BEGIN EXCLUSIVE")
        else:
            await connection.execute(text("lock table journal, calls, tickets in exclusive mode"))
        yield
        await connection.rollback()
    await engine.dispose()


async def test_a_locked_database_delays_nobody_and_gets_everything_once_it_is_free(
    make_journal: Callable[..., Journal], reader: Reader, spool: Path, url: str, answered: Answered
) -> None:
    journal = make_journal(patience_s=0.02)
    await journal.start()
    async with locked(url):
        for n in range(3):
            for event in answered(f"c{n}"):
                journal.append(event)
            async with asyncio.timeout(1):
                await journal.flush()
        assert journal.health.degraded
        assert content(spool)
        assert len(await journal.open_calls()) == 0
    async with asyncio.timeout(5):
        await journal.settled()
    assert not journal.health.degraded
    assert content(spool) == b""
    calls = await reader.calls()
    assert {call.id for call in calls} == {"c0", "c1", "c2"}
    for call in calls:
        detail = await reader.call(call.id)
        assert detail is not None
        assert len(detail.timeline) == len(list(answered("x"))) + 1
    assert len({ticket.number for ticket in await reader.tickets()}) == 3


async def test_a_database_that_was_only_slow_gets_everything_once_and_is_not_asked_what_it_has(
    make_journal: Callable[..., Journal],
    reader: Reader,
    url: str,
    answered: Answered,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    missing = ledger._missing
    monkeypatch.setattr(ledger, "_missing", lambda c, entries: asked.append(len(entries)) or missing(c, entries))
    journal = make_journal(patience_s=0.02)
    await journal.start()
    events = list(answered("c1"))
    async with locked(url):
        for event in events[:4]:  # of this batch the write goes on while it is spooled
            journal.append(event)
        await journal.flush()
        for event in events[4:]:
            journal.append(event)
        await journal.flush()
        assert journal.health.degraded
    async with asyncio.timeout(5):
        await journal.settled()
    assert not journal.health.degraded
    assert not asked
    detail = await reader.call(CallId("c1"))
    assert detail is not None
    assert len(detail.timeline) == len(events) + 1
    assert journal.health.stored == journal.health.appended == len(events)


async def test_calls_and_agents_waiting_in_the_spool_are_taken_over_too(
    make_journal: Callable[..., Journal], url: str, answered: Answered
) -> None:
    journal = make_journal(patience_s=0.02)
    await journal.start()
    events = list(answered("c1"))
    async with locked(url):
        for event in events[:5]:
            journal.append(event)
        journal.append_agent({"agent": "2001", "seat": "1001", "state": "ready", "at": 1.0, "cause": "code"})
        await journal.flush()
        (found,) = await journal.open_calls()
        assert found.events == events[:5]
        assert [agent["state"] for agent in await journal.latest_agents()] == ["ready"]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # its pages can be counted
async def test_a_full_database_loses_nothing(
    store: Store, make_journal: Callable[..., Journal], reader: Reader, answered: Answered
) -> None:
    async def set_limit(pages: int) -> None:
        """Of the writer's connection, where it is used: to close it from here would be under the writer's hands."""
        await store.transact(lambda writer: writer.exec_driver_sql(f"PRAGMA max_page_count={pages}"))

    await set_limit(60)
    journal = make_journal(longest_pause_s=0.1)
    await journal.start()
    for n in range(60):
        for happened in answered(f"c{n}", name="名" * 200):
            journal.append(happened)
        await journal.flush()
    assert journal.health.degraded
    stored = len(await reader.calls(limit=100))
    assert stored < 60
    await set_limit(1_000_000)
    async with asyncio.timeout(5):
        await journal.settled()
    assert len(await reader.calls(limit=100, outcome="answered")) == 60
    assert len(await reader.tickets(limit=100)) == 60


async def test_database_and_spool_both_away_hold_events_in_memory_until_one_is_back(
    make_journal: Callable[..., Journal], reader: Reader, spool: Path, url: str, answered: Answered
) -> None:
    block(spool)  # a folder where the file should be: nothing can be written
    journal = make_journal(patience_s=0.02, longest_pause_s=0.05)
    await journal._enter([], again=False)  # a connection is open: what fails below is the lock alone
    journal._writer = asyncio.create_task(journal._write())
    async with locked(url):
        for event in answered("c1"):
            journal.append(event)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await journal.flush()
    async with asyncio.timeout(5):
        await journal.flush()
    assert (await reader.calls())[0].outcome == "answered"


async def test_a_spool_replayed_twice_is_entered_once(
    make_journal: Callable[..., Journal], reader: Reader, spool: Path, answered: Answered
) -> None:
    entries = [entry_of_event(event, n) for n, event in enumerate(answered("c1"), 1)]
    for _ in range(2):
        Spool(spool).append(entries)
        Spool(spool).append(entries[:3])
        journal = make_journal()
        await journal.start()
        await journal.settled()
        assert (journal.health.degraded, journal.health.rejected) == (False, 0)
        await journal.close()
    detail = await reader.call("c1")
    assert detail is not None
    assert len(detail.timeline) == len(entries) + 1
    assert len(await reader.tickets()) == 1


def test_a_disk_that_fills_up_within_a_batch_keeps_none_of_it_and_takes_it_whole_later(
    spool: Path, answered: Answered, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [entry_of_event(event, n) for n, event in enumerate(answered("c1"), 1)]
    keeper = Spool(spool)
    keeper.append(entries[:3])
    before = content(spool)

    def half(descriptor: int, data: memoryview) -> int:
        if len(data) < 200:
            raise OSError(errno.ENOSPC, "No space left on device")
        return os.pwrite(descriptor, data[: len(data) // 2], os.fstat(descriptor).st_size)

    with monkeypatch.context() as filling:
        filling.setattr("tickets.spool.os.write", half)
        with pytest.raises(OSError, match="No space"):
            keeper.append(entries[3:])
    assert content(spool) == before
    keeper.append(entries[3:])
    assert keeper.read(0, 100)[0] == entries


def test_a_line_torn_by_a_crash_costs_only_itself(spool: Path, answered: Answered) -> None:
    entries = [entry_of_event(event, n) for n, event in enumerate(answered("c1"), 1)]
    keeper = Spool(spool)
    keeper.append(entries[:2])
    with spool.open("ab") as file:
        file.write(entries[2].line()[:-20])
    keeper.append(entries[3:])
    found, behind = keeper.read(0, 100)
    assert found == entries[:2] + entries[3:]
    assert behind == keeper.size()
    keeper.clear()
    assert content(spool.with_name(spool.name + ".rejected")) == entries[2].line()[:-20] + b"\n"


async def test_an_event_the_database_will_never_take_is_put_apart_and_the_others_go_on(
    make_journal: Callable[..., Journal], reader: Reader, spool: Path, url: str, answered: Answered
) -> None:
    journal = make_journal()
    await journal.start()
    bad = t.RecordingStored(call=CallId("bad"), at=1.0, path="x.wav", duration_s=1.0, size=2**80, sha256="")
    worse = t.PlaceAnnounced(call=CallId("worse"), at=float("nan"), place=1)
    journal.append(bad)  # no column for its size: the journal keeps it, the table of recordings does not
    journal.append(worse)  # not even the journal can: it has no time that a database knows
    for event in answered("good"):
        journal.append(event)
    async with asyncio.timeout(5):
        await journal.settled()
    assert {call.id for call in await reader.calls()} >= {"good"}
    refused = url.startswith("sqlite")  # PostgreSQL knows such a time
    assert (journal.health.rejected, journal.health.lost) == (int(refused), 0)
    assert (b"worse" in content(spool.with_name(spool.name + ".rejected"))) is refused
    async with reader._store.read() as session:
        assert await session.scalar(text("select count(*) from journal where call_id = 'bad'")) == 1


async def test_order_and_uniqueness_survive_a_clock_that_goes_back(
    make_journal: Callable[..., Journal], reader: Reader
) -> None:
    for start in (2000.0, 1000.0):
        journal = make_journal(clock=ManualClock(start))
        await journal.start()
        for n in range(5):
            journal.append(t.PlaceAnnounced(call=CallId("c1"), at=start, place=int(start) + n))
        await journal.close()
    assert await places(reader) == [2000, 2001, 2002, 2003, 2004, 1000, 1001, 1002, 1003, 1004]


async def test_a_store_that_was_never_made_does_not_stop_the_service_and_catches_up(
    url: str, spool: Path, answered: Answered, tmp_path: Path
) -> None:
    bare = Store(url)
    journal = Journal(bare, spool=spool, clock=ManualClock(1.0), patience_s=0.1, longest_pause_s=0.1)
    await journal.start()
    for event in answered("c1"):
        journal.append(event)
    await journal.flush()
    assert journal.health.degraded
    await migrate.upgrade(bare)
    async with asyncio.timeout(5):
        await journal.settled()
    assert [call.outcome for call in await Reader(bare).calls()] == [Outcome.ANSWERED]
    await journal.close()
    await bare.close()

"""Whenever the service dies, between any two of its writes, nothing acknowledged is lost, nothing is there twice."""

import asyncio
import os
import sys
from pathlib import Path

from conftest import answered_call
from sqlalchemy import text

from calls.clock import SystemClock
from calls.timeline import Event, from_record
from tickets import Journal, Reader, Store, migrate

PROGRAM = Path(__file__).with_name("killed_writer.py")


async def outlive_every_death(room: Path) -> list[Path]:
    """Have calls journalled by processes that die one write later each; return what each has left behind."""
    empty = room / "empty.db"
    store = Store(f"sqlite+aiosqlite:///{empty}")
    await migrate.upgrade(store)
    async with store.write() as connection:
        await connection.execute(text("select 1"))
    await store.close()
    left = room / "left"
    left.mkdir()
    here = os.pathsep.join([str(PROGRAM.parent), str(PROGRAM.parents[2]), str(Path.cwd())])
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), str(empty), str(left), env={**os.environ, "PYTHONPATH": here},
        stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    async with asyncio.timeout(240):
        _, told = await process.communicate()
    assert process.returncode == 0, told.decode()[-2000:]
    return sorted(left.iterdir())


async def test_a_death_between_any_two_writes_loses_and_doubles_nothing(tmp_path: Path) -> None:
    deaths = await outlive_every_death(tmp_path)
    spooled = 0
    assert len(deaths) > 30
    for folder in deaths:
        spool = folder / "spool.jsonl"
        spooled += spool.exists() and spool.stat().st_size > 0
        store = Store(f"sqlite+aiosqlite:///{folder / 'store.db'}")
        async with Journal(store, spool=spool, clock=SystemClock(), longest_pause_s=0.05) as journal:
            await journal.settled()
        assert not spool.exists() or not spool.stat().st_size, folder  # empty: opened, and died
        await check(Reader(store), folder)
        await store.close()
    assert spooled > 5  # some died while events were in the spool


async def check(reader: Reader, folder: Path) -> None:
    """Every acknowledged call is whole, with one ticket and one parcel; of another there is a beginning, or nothing."""
    kept = folder / "acknowledged"
    acknowledged = kept.read_text(encoding="ascii").split() if kept.exists() else []
    async with reader._store.read() as session:
        parcels = list((await session.execute(text("select key from outbox"))).scalars())
        tickets = list((await session.execute(text("select call_id from tickets"))).scalars())
    ended = {call.id for call in await reader.calls() if call.outcome == "answered"}
    assert set(acknowledged) <= ended, folder
    assert sorted(tickets) == sorted(ended), folder
    assert sorted(parcels) == sorted(f"call:{call}" for call in ended), folder
    for call in await reader.calls():
        detail = await reader.call(call.id)
        assert detail is not None
        events: list[Event] = [from_record({**one.data, "call": call.id, "at": one.at, "kind": one.kind})
                               for one in detail.timeline if one.kind != "TicketOpened"]  # fmt: skip
        whole = list(answered_call(call.id))
        assert events == whole[: len(events)], folder
        assert (len(events) == len(whole)) == (call.id in ended), folder

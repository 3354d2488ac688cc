"""Several services, readers in other processes, and a thousand calls: nobody waits for the store."""

import asyncio
import gc
import itertools
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from calls import timeline as t
from calls.clock import ManualClock
from tickets import Journal, Reader, Store

Answered = Callable[..., list[t.Event]]


async def test_ticket_numbers_are_unique_when_several_services_open_tickets(
    url: str, store: Store, reader: Reader, tmp_path: Path, answered: Answered
) -> None:
    async def one_store(k: int) -> None:
        own = Store(url, busy_timeout_s=10)
        journal = Journal(own, spool=tmp_path / f"spool{k}", clock=ManualClock(1e9 + k), batch=3, patience_s=10)
        await journal.start()
        for n in range(10):
            for event in answered(f"p{k}-{n}"):
                journal.append(event)
        await journal.close()
        await own.close()

    await asyncio.gather(*(one_store(k) for k in range(4)))
    numbers = [ticket.number for ticket in await reader.tickets(limit=1000)]
    assert len(numbers) == len(set(numbers)) == 40


READING = """
import asyncio, sys
from tickets import Reader, Store

async def main(url):
    store = Store(url)
    calls = await Reader(store).calls(limit=1000)
    print(len(calls), calls[0].model_dump_json() if calls else "")
    await store.close()

asyncio.run(main(sys.argv[1]))
"""


async def test_another_process_reads_while_the_journal_writes(url: str, journal: Journal, answered: Answered) -> None:
    for event in answered("before"):
        journal.append(event)
    await journal.flush()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-c", READING, url, stdout=asyncio.subprocess.PIPE
    )
    reading = asyncio.create_task(process.communicate())
    for n in itertools.count():
        for event in answered(f"during-{n}"):
            journal.append(event)
        await journal.flush()
        if reading.done():
            break
    output, _ = await reading
    assert process.returncode == 0
    assert int(output.split()[0]) >= 1
    assert b'"outcome":"answered"' in output
    assert journal.health.spooled == 0


@pytest.fixture
def own_garbage() -> Iterator[None]:
    """Looking through what a thousand tests before left in this process is no work of the journal's."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("own_garbage")
async def test_a_thousand_calls_are_journalled_without_holding_up_the_loop(
    make_journal: Callable[..., Journal], reader: Reader, answered: Answered, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = make_journal(patience_s=10.0)
    await journal.start()
    waves = [[list(answered(f"c{n}")) for n in range(start, start + 40)] for start in range(0, 1000, 40)]
    slowest, appending, began, used = 0.0, 0.0, time.perf_counter(), time.process_time()
    busiest = 0.0
    for wave in waves:
        for step in zip(*wave, strict=True):
            before = time.perf_counter()
            for event in step:
                journal.append(event)
            appended, at_work = time.perf_counter(), time.thread_time()
            await asyncio.sleep(0.002)
            busiest = max(busiest, time.thread_time() - at_work)
            appending += appended - before
            slowest = max(slowest, time.perf_counter() - appended - 0.002)
    await journal.flush()
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    with capsys.disabled():
        print(
            f"\n1,000 calls, 9,000 events: {wall:.2f} s, {cpu:.2f} ms of CPU a call,"
            f" append {appending / 9000 * 1e6:.0f} µs, longest hold-up of the loop {slowest * 1e3:.1f} ms,"
            f" longest work in it {busiest * 1e3:.1f} ms"
        )
    assert len(await reader.tickets(limit=2000)) == 1000
    assert busiest < 0.1  # the loop's own work: how long others have the processor says nothing of the journal
    assert journal.health.lost == 0

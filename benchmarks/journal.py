"""What the journal costs a call: CPU of the whole process, driven in real time as the service drives it.

Each call has the events of an answered one with ticket and recording, and the agent's changes, spread over some
seconds. Printed are CPU per call at two rates, transactions per call, and how many events a second it takes at most.

    python -m benchmarks.journal [--json] [--seconds 10]
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event

from benchmarks.machine import machine
from calls import timeline as t
from calls.call import Outcome
from calls.clock import SystemClock
from calls.identity import AgentId, CallId, SeatId
from calls.recording_events import RecordingStarted, RecordingStored
from tickets import Journal, Reader, Store, migrate

Step = tuple[float, Callable[[float], t.Event | dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Cost:
    """At one rate."""

    calls: int
    calls_per_s: float
    cpu_ms_per_call: float
    transactions_per_call: float


def life(call_id: str) -> list[Step]:
    """What happens to one call: seconds from its beginning, and the event or agent's change made then."""
    call, agent, seat, path = CallId(call_id), AgentId("2001"), SeatId("1001"), f"2026/11/23/{call_id}.wav"

    def change(state: str, cause: str) -> Callable[[float], dict[str, Any]]:
        return lambda at: {"agent": agent, "seat": seat, "state": state, "at": at, "cause": cause, "call": call_id}

    return [
        (0.0, lambda at: t.CallArrived(call=call, at=at, caller="13812345678", caller_name="", dialled="12345",
                                       node="a1", unique_id=call_id)),
        (0.0, lambda at: t.StepEntered(call=call, at=at, flow="12345", step="open")),
        (0.0, lambda at: t.StepEntered(call=call, at=at, flow="12345", step="welcome")),
        (0.4, lambda at: t.DigitsEntered(call=call, at=at, flow="12345", step="welcome", digits="1", verdict="match")),
        (0.4, lambda at: t.StepEntered(call=call, at=at, flow="12345", step="person")),
        (0.4, lambda at: t.Queued(call=call, at=at, queue="general", needs={"general": 1}, priority=0, since=at)),
        (0.4, change("reserved", "reserved")),
        (0.4, change("ringing", "rang")),
        (0.4, lambda at: t.Offered(call=call, at=at, offer="o1", agent=agent, seat=seat)),
        (1.0, change("talking", "talk_began")),
        (1.0, lambda at: t.Connected(call=call, at=at, agent=agent, seat=seat)),
        (1.0, lambda at: RecordingStarted(call=call, at=at, path=path)),
        (3.0, lambda at: t.TalkEnded(call=call, at=at, agent=agent, by="caller")),
        (3.0, lambda at: t.CallEnded(call=call, at=at, outcome=Outcome.ANSWERED)),
        (3.0, change("wrap_up", "talk_ended")),
        (3.2, lambda at: RecordingStored(call=call, at=at, path=path, duration_s=2.0, size=32_044, sha256="0" * 64)),
        (3.6, lambda at: t.WrapUpEnded(call=call, at=at, agent=agent, seconds=0.6)),
        (3.6, change("ready", "wrap_up_over")),
    ]  # fmt: skip


async def _with_journal(work: Callable[[Journal, Store], Awaitable[None]]) -> int:
    """Run something with a journal on a new store; return how many transactions it made."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite+aiosqlite:///{Path(folder) / 'store.db'}")
        await migrate.upgrade(store)
        commits = 0

        def count(_connection: object) -> None:
            nonlocal commits
            commits += 1

        for engine in store.engines:
            event.listen(engine, "commit", count)
        async with Journal(store, spool=Path(folder) / "spool", clock=SystemClock()) as journal:
            await work(journal, store)
        await store.close()
        return commits


async def at_rate(calls_per_s: float, seconds: float) -> Cost:
    """Drive calls in real time and return what one costs."""
    calls = max(1, round(calls_per_s * seconds))
    used = 0.0

    chance = random.Random(1)

    async def one(journal: Journal, index: int) -> None:
        due = time.monotonic() + index / calls_per_s
        before = 0.0
        for after, make in life(f"bench-{index}"):
            due += (after - before) * chance.uniform(0.5, 1.5)
            before = after
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            made = make(time.time())
            if isinstance(made, dict):
                journal.append_agent(made)
            else:
                journal.append(made)

    async def drive(journal: Journal, store: Store) -> None:
        nonlocal used
        await _at_once(journal, 3, "warm")  # statements are put together once in a service's life
        before = time.process_time()
        await asyncio.gather(*(one(journal, index) for index in range(calls)))
        await journal.settled()
        used = time.process_time() - before
        rows = await Reader(store).calls(limit=calls + 9)
        assert len(rows) == calls + 3
        assert all(row.ticket and row.recording_sha256 for row in rows)

    commits = await _with_journal(drive)
    return Cost(calls, calls_per_s, round(used * 1000 / calls, 2), round(commits / calls, 2))


async def _at_once(journal: Journal, calls: int, name: str) -> None:
    for index in range(calls):
        for _, make in life(f"{name}-{index}"):
            made = make(time.time())
            if isinstance(made, dict):
                journal.append_agent(made)
            else:
                journal.append(made)
    await journal.settled()


async def saturated(calls: int) -> float:
    """Return how many events a second are entered when they come all at once."""
    took = 0.0

    async def drive(journal: Journal, _store: Store) -> None:
        nonlocal took
        began = time.perf_counter()
        await _at_once(journal, calls, "bench")
        took = time.perf_counter() - began

    await _with_journal(drive)
    return round(calls * len(life("")) / took)


async def measure(seconds: float) -> dict[str, Any]:
    """Return all figures."""
    return {
        "at_rates": [asdict(await at_rate(rate, seconds)) for rate in (5.0, 0.5)],
        "saturated_events_per_s": await saturated(2_000),
        "machine": machine(),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.journal", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each rate is driven")
    options = parser.parse_args()
    figures = asyncio.run(measure(options.seconds))
    if options.json:
        print(json.dumps(figures, indent=1))
        return 0
    for cost in figures["at_rates"]:
        print(
            f"{cost['calls_per_s']:>5g} calls/s  {cost['cpu_ms_per_call']:7.2f} ms CPU per call  "
            f"{cost['transactions_per_call']:5.1f} transactions per call  ({cost['calls']} calls)"
        )
    print(f"saturated     {figures['saturated_events_per_s']:,} events/s")
    print(figures["machine"])
    return 0


if __name__ == "__main__":
    sys.exit(main())

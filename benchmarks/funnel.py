"""How long `hotline flow funnel` asks the store: a day's journal of so many calls, as the service writes it.

python -m benchmarks.funnel [--json] [--calls 100000]
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from benchmarks.journal import life
from benchmarks.machine import machine
from calls import timeline as t
from calls.identity import CallId
from calls.timeline import to_record
from tickets import Reader, Store, migrate
from tickets.models import CallRow, JournalRow

_AT_ONCE = 2_000  # calls in a transaction
_PATHS = (
    ("open", "welcome", "person"),
    ("open", "welcome", "self_service", "guides", "guide_hours", "guides", "self_service", "person"),
    ("open", "welcome", "self_service", "ask_ticket", "ticket_state", "self_service"),
    ("open", "welcome", "english", "welcome_en", "person_en"),
    ("open", "welcome"),
)


def events(call_id: str, chance: random.Random) -> Iterator[t.Event]:
    """Return one call's events: the menu of its way, then (for most) a talk."""
    call, at = CallId(call_id), 0.0
    path = chance.choice(_PATHS)
    rest = [made for _, make in life(call_id) if isinstance(made := make(at), t.Event)]
    yield rest[0]
    for step in path:
        yield t.StepEntered(call=call, at=at, flow="12345", step=step)
        if step in ("welcome", "self_service", "guides", "welcome_en"):
            key, verdict = chance.choice((("1", "match"), ("2", "match"), ("7", "no_match"), ("", "no_input")))
            yield t.DigitsEntered(call=call, at=at, flow="12345", step=step, digits=key, verdict=verdict)
    yield from (event for event in rest[1:] if not isinstance(event, t.StepEntered | t.DigitsEntered))


async def fill(store: Store, calls: int) -> int:
    """Write so many calls; return how many events they have."""
    chance, written = random.Random(1), 0
    for first in range(0, calls, _AT_ONCE):
        call_rows: list[dict[str, Any]] = []
        rows: list[dict[str, Any]] = []
        for index in range(first, min(calls, first + _AT_ONCE)):
            call_id = f"a1-1764200000.{index}"
            call_rows.append({
                "id": call_id, "arrived_at": 1_764_200_000.0 + index, "ended_at": 1.0, "outcome": "answered",
                "cause": "caller", "agents": [], "departments": [], "services": [],
            })  # fmt: skip
            for seq, event in enumerate(events(call_id, chance)):
                record = to_record(event)
                kind, _, at = record.pop("kind"), record.pop("call"), record.pop("at")
                rows.append({"call_id": call_id, "seq": seq, "at": at, "kind": kind, "data": record})
        async with store.write() as connection:
            await connection.execute(insert(CallRow), call_rows)
            await connection.execute(insert(JournalRow), rows)
        written += len(rows)
    return written


async def measure(calls: int) -> dict[str, Any]:
    """Return how long it takes to ask for all calls, and for the latest tenth."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite+aiosqlite:///{Path(folder) / 'store.db'}")
        await migrate.upgrade(store)
        written = await fill(store, calls)
        found: dict[str, Any] = {"calls": calls, "events": written, "machine": machine()}
        reader = Reader(store)
        for name, since in (("all_s", 0.0), ("latest_tenth_s", 1_764_200_000.0 + calls * 0.9)):
            began = time.perf_counter()
            moves, _ = await reader.funnel(since=since)
            found[name] = round(time.perf_counter() - began, 2)
            assert sum(move.times for move in moves) > 0
        await store.close()
        return found


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--calls", type=int, default=100_000)
    wanted = parser.parse_args()
    found = asyncio.run(measure(wanted.calls))
    if wanted.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        sys.stdout.write("".join(f"{name:18} {value}\n" for name, value in found.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())

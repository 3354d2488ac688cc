"""How fast the ticket store takes calls and answers questions, at 10 thousand and 100 thousand calls (a million with
``--million``). Calls are those of `hotline generate-month`, 5,000 a day, with all their events and the agents' changes.

    python -m benchmarks.store [--json] [--million]
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.machine import machine
from hotline.cli.report_work import report_of
from hotline.generated import Month
from tickets import Bulk, OrderBook, Reader, Store, WantedOrders, migrate
from tickets.reporting import Period, Rules, Span, period_of

_ZONE = ZoneInfo("Asia/Shanghai")
_MONTHLY = 150_000
_FIRST = date(2024, 1, 1)


async def fill(store: Store, calls: int) -> tuple[int, float, date]:
    """Write so many calls, month by month; return how many events they have, the seconds that writing took (making the
    calls not counted), and the last month's first day."""
    bulk, events, took, first = Bulk(store, _ZONE), 0, 0.0, _FIRST
    left, seed = calls, 1
    month = first
    while left > 0:
        month = first
        for day in Month(month, min(left, _MONTHLY), seed, _ZONE).days():
            began = time.perf_counter()
            events += await bulk.write(day.calls, day.changes, day.orders, day.others)
            took += time.perf_counter() - began
        left, seed = left - _MONTHLY, seed + 1
        first = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return events, took, month


async def _report(store: Store, period: Period) -> None:
    report = await report_of(store, period, Rules(), period.end)
    assert report.arrived > 0


async def _timed(work: Callable[[], Awaitable[Any]]) -> float:
    began = time.perf_counter()
    await work()
    return round((time.perf_counter() - began) * 1000, 1)


async def measure(calls: int) -> dict[str, Any]:
    """Return the figures of a store with so many calls: milliseconds for each question."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "store.db"
        store = Store(f"sqlite+aiosqlite:///{file}")
        await migrate.upgrade(store)
        events, took, month = await fill(store, calls)
        reader, book = Reader(store), OrderBook(store)
        latest = await reader.calls(limit=1)
        one = latest[0]
        day, whole = (period_of(span, f"{month:%Y-%m}-15", 0.0, _ZONE) for span in (Span.DAY, Span.MONTH))
        found = {
            "calls": calls, "events": events, "calls_per_s": round(calls / took), "events_per_s": round(events / took),
            "megabytes": round(file.stat().st_size / 1e6, 1),
            "latest_50_calls_ms": await _timed(lambda: reader.calls(limit=50)),
            "one_call_with_timeline_ms": await _timed(lambda: reader.call(one.id)),
            "calls_of_a_number_ms": await _timed(lambda: reader.calls(limit=50, caller=one.caller)),
            "one_ticket_ms": await _timed(lambda: reader.ticket(one.ticket)),
            "tickets_with_a_common_word_ms": await _timed(lambda: book.find(WantedOrders(text="噪声"), whole.end)),
            "tickets_with_a_rare_word_ms": await _timed(lambda: book.find(WantedOrders(text="珊瑚"), whole.end)),
            "report_day_ms": await _timed(lambda: _report(store, day)),
            "report_month_ms": await _timed(lambda: _report(store, whole)),
        }  # fmt: skip
        await store.close()
        return found


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--million", action="store_true", help="a store of a million calls, too (many minutes)")
    parser.add_argument("--calls", type=int, nargs="+", help="other sizes instead")
    wanted = parser.parse_args()
    sizes = wanted.calls or [10_000, 100_000, *([1_000_000] if wanted.million else [])]
    stores = [asyncio.run(measure(size)) for size in sizes]
    found = {"machine": machine(), "stores": stores}
    if wanted.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
        return 0
    for one in stores:
        sys.stdout.write("".join(f"{name:28} {value:>12,}\n" for name, value in one.items()) + "\n")
    sys.stdout.write(f"{found['machine']}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

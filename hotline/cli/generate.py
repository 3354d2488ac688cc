"""``hotline generate-month``: fill an empty store with a month that nobody lived."""

import asyncio
import re
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hotline.cli import show
from hotline.cli.report_work import report_of
from hotline.generated import Month
from hotline.logging import set_up_cli_log
from hotline.settings import Settings
from tickets import Bulk, Store, StoreUnavailable, migrate, open_store
from tickets.reporting import Rules, Span, period_of

_MONTH = re.compile(r"((?:19[89]|20\d|21\d)\d)-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command's options ask for."""

    calls: int
    seed: int
    month: str | None
    store_url: str
    as_json: bool


class NotEmpty(Exception):
    """The store holds something."""


def generate(settings: Settings, wanted: Wanted) -> None:
    """Fill the store, compute the month's report, and say how long both took."""
    set_up_cli_log()
    zone = ZoneInfo(settings.time_zone)
    first = _first(wanted.month, datetime.now(zone).date())
    try:
        told = asyncio.run(_fill(wanted, first, zone))
    except NotEmpty as error:
        show.fail(str(error), show.EXIT_FAILED)
    except StoreUnavailable as error:
        show.fail(str(error), show.EXIT_STORE)
    if wanted.as_json:
        show.give_json(told)
        return
    show.facts([(name.replace("_", " "), f"{value:,}" if isinstance(value, int) else value)
                for name, value in told.items()])  # fmt: skip


async def _fill(wanted: Wanted, first: date, zone: ZoneInfo) -> dict[str, object]:
    store = open_store(wanted.store_url)
    try:
        bulk = await _ready(store, zone)
        began = time.perf_counter()
        events = 0
        for day in Month(first, wanted.calls, wanted.seed, zone).days():
            events += await bulk.write(day.calls, day.changes, day.orders, day.others)
        filled = time.perf_counter()
        period = period_of(Span.MONTH, first.isoformat(), time.time(), zone)
        report = await report_of(store, period, Rules(), period.end)
        return {
            "month": f"{first:%Y-%m}", "calls": report.arrived, "events": events,
            "generated_in_s": round(filled - began, 1), "report_in_s": round(time.perf_counter() - filled, 1),
        }  # fmt: skip
    finally:
        await store.close()


async def _ready(store: Store, zone: ZoneInfo) -> Bulk:
    try:
        await migrate.upgrade(store)
    except Exception as error:  # whatever the database or its driver says
        raise StoreUnavailable(f"the store cannot be made ready: {error}") from error
    bulk = Bulk(store, zone)
    if not await bulk.empty():
        raise NotEmpty("this store is not empty, and stays as it is: name a new one with --store, like "
                       "sqlite+aiosqlite:///var/month.db")  # fmt: skip
    return bulk


def _first(month: str | None, today: date) -> date:
    if month is None:
        return (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    found = _MONTH.fullmatch(month.strip())
    if found is None:
        show.fail(f"--month: {month!r} is no month: write one like 2026-10", show.EXIT_MISTAKE)
    return date(int(found[1]), int(found[2]), 1)

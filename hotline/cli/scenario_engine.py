"""The engine's side of calls that went wrong in a scenario: their timelines, out of the ticket store."""

import asyncio
from typing import Any

from hotline.settings import Settings
from simulator.telling.report import Report
from tickets import CallDetail, Reader, StoreUnavailable, open_store

_MOST_OF_ONE = 5
"""Calls from one number: redials."""
_EARLY_S = 1.0


def add_engine_side(settings: Settings, report: Report, began_at: float) -> str:
    """Put what the hotline tells of each opened call beside it; return why that was not possible, "" when it was.

    ``began_at`` is the run's beginning (epoch seconds): both sides count from there. Each caller has an own number.
    """
    try:
        asyncio.run(_add(settings, report["opened"], began_at))
    except StoreUnavailable as error:
        return f"the hotline's side of the calls could not be read: {error}"
    return ""


async def _add(settings: Settings, opened: list[dict[str, Any]], began_at: float) -> None:
    store = open_store(settings.store_url)
    try:
        reader = Reader(store)
        for call in opened:
            rows = await reader.calls(caller=call["number"], since=began_at - _EARLY_S, limit=_MOST_OF_ONE)
            details = [detail for row in reversed(rows) if (detail := await reader.call(row.id)) is not None]
            call["engine"] = [line for detail in details for line in engine_lines(detail, began_at)]
    finally:
        await store.close()


def engine_lines(call: CallDetail, began_at: float) -> list[str]:
    """Return a call's timeline as lines, each with its second of the run."""
    lines = [f"call {call.id}: {call.outcome or 'goes on'}"]
    for entry in call.timeline:
        data = ", ".join(f"{name} {value}" for name, value in entry.data.items() if value not in (None, "", [], {}))
        lines.append(f"{entry.at - began_at:8.2f}  {entry.kind} {data}".rstrip())
    return lines

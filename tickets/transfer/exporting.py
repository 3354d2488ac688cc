"""Tickets into a file, row by row, as one consistent state of the store."""

from datetime import tzinfo
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tickets.asking import reading
from tickets.models import TicketRow
from tickets.order_book import WantedOrders, narrowed
from tickets.rows import columns_of
from tickets.store import Store
from tickets.transfer import moments
from tickets.transfer.columns import COLUMNS
from tickets.transfer.writing import TooLong, write_table

_AT_ONCE = 500


class ExportFailed(Exception):
    """The file cannot be written; the message says why and what to do."""


async def export_tickets(store: Store, path: Path, wanted: WantedOrders, zone: tzinfo, now: float) -> int:
    """Write the tickets that are wanted (all of them, whatever ``limit`` says), the oldest first; return how many.

    Raises ``ExportFailed`` and ``StoreUnavailable``; then there is no file.
    """
    table = columns_of(TicketRow)
    query = select(*(table.c[column.name] for column in COLUMNS)).order_by(table.c.created_at, table.c.id)
    query = narrowed(query, wanted, now).execution_options(yield_per=_AT_ONCE)
    count = 0
    try:
        with write_table(path) as rows:
            rows.add([column.heading for column in COLUMNS])
            async with reading(store) as session:
                async for row in (await session.stream(query)).mappings():
                    rows.add([_cell(row[column.name], column.name, zone) for column in COLUMNS])
                    count += 1
    except TooLong as error:
        raise ExportFailed(f"{path}: ticket {row['number']} has too long a text: {error}") from error
    except OSError as error:
        raise ExportFailed(f"{path} cannot be written: {error.strerror or error}") from error
    return count


def _cell(value: Any, name: str, zone: tzinfo) -> str:
    if value is None:
        return ""
    return moments.said(value, zone) if name.endswith(("_at", "_by")) else str(value)

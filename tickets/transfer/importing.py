"""Tickets out of a file: all of its rows, or none.

The file is gone through twice: first everything is checked that can be without the store, which others use meanwhile;
then all rows are written in one transaction.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from tickets.asking import must_be_there
from tickets.deadlines import Deadlines
from tickets.models import TicketChangeRow, TicketKind, TicketRow
from tickets.numbers import next_numbers, not_below
from tickets.rows import Row, columns_of, insert_rows
from tickets.store import Store, StoreUnavailable, plain_text
from tickets.transfer.columns import BY_HEADING, COLUMNS, Known, RowMistake, read_row
from tickets.transfer.reading import open_table

_AT_ONCE = 500
_MOST_TOLD = 100  # mistakes; a file in which all is wrong need not fill the screen


class ImportRefused(Exception):
    """Nothing was imported. ``mistakes`` tells the first ones, ``more`` how many there are beyond."""

    def __init__(self, mistakes: Sequence[RowMistake], more: int = 0) -> None:
        self.mistakes, self.more = list(mistakes), more
        told = [str(one) for one in mistakes]
        super().__init__("\n".join([*told, *([f"and {more:,} more"] if more else [])]))


class _Undone(Exception):
    """Takes back what a trial has written."""


@dataclass(slots=True)
class _Found:
    """Mistakes as they are met."""

    mistakes: list[RowMistake]
    more: int = 0

    def add(self, mistakes: Sequence[RowMistake]) -> None:
        room = _MOST_TOLD - len(self.mistakes)
        self.mistakes += mistakes[:room]
        self.more += max(0, len(mistakes) - room)

    def told(self) -> None:
        if self.mistakes:
            raise ImportRefused(self.mistakes, self.more)


async def import_tickets(
    store: Store, path: Path, known: Known, deadlines: Deadlines, by: str, *, trial: bool = False
) -> int:
    """Write the tickets of a file; return how many. ``trial`` takes them back again, when all would have worked.

    Raises ``TableUnreadable``, ``ImportRefused`` and ``StoreUnavailable``; then nothing was written.
    """
    must_be_there(store)
    found = _Found([])
    for _ in _rows(path, known, found):
        pass
    found.told()

    def work(connection: Connection) -> int:
        count = _write(connection, path, known, deadlines, by)
        if trial:
            raise _Undone(count)
        return count

    try:
        return await store.transact(work)
    except _Undone as undone:
        return int(undone.args[0])
    except SQLAlchemyError as error:
        raise StoreUnavailable(
            f"the tickets cannot be written ({error.__cause__ or error}); nothing was imported. Has the service been "
            "started with this store, and is its disk there and not full?"
        ) from error


def _rows(path: Path, known: Known, found: _Found) -> Iterator[tuple[int, dict[str, Any]]]:
    with open_table(path) as table:
        for number, cells in table.rows:
            values, mistakes = read_row(number, cells, known)
            if mistakes:
                found.add(mistakes)
            else:
                yield number, values


def _write(connection: Connection, path: Path, known: Known, deadlines: Deadlines, by: str) -> int:
    found, count = _Found([]), 0
    rows = _rows(path, known, found)
    while some := list(islice(rows, _AT_ONCE)):
        found.add(_taken(connection, some))
        if not found.mistakes:  # else the rest is only looked at
            _insert(connection, [values for _, values in some], known, deadlines, by)
        count += len(some)
    found.told()
    return count


def _taken(connection: Connection, some: Sequence[tuple[int, dict[str, Any]]]) -> list[RowMistake]:
    """Return a mistake for each number that is in the store, or was in the file before."""
    numbers = [values["number"] for _, values in some if values.get("number")]
    table = columns_of(TicketRow)
    there = set(connection.execute(select(table.c.number).where(table.c.number.in_(numbers))).scalars())
    mistakes: list[RowMistake] = []
    for row, values in some:
        number = values.get("number")
        if number and number in there:
            remedy = "remove the row, or its number to give it a new one"
            mistakes.append(
                RowMistake(row, BY_HEADING["number"].heading, f"there is a ticket {number} already", remedy)
            )
        there.add(number or "")
    return mistakes


def _insert(
    connection: Connection, some: Sequence[dict[str, Any]], known: Known, deadlines: Deadlines, by: str
) -> None:
    _keep_numbers(connection, [values["number"] for values in some if values.get("number")])
    new = [values for values in some if not values.get("number")]
    for values, number in zip(new, next_numbers(connection, len(new), known.now, known.zone), strict=True):
        values["number"] = number
    insert_rows(connection, TicketRow, [_row(values, known, deadlines) for values in some])
    note = {"at": known.now, "by": plain_text(by), "action": "import", "before": "", "note": ""}
    insert_rows(connection, TicketChangeRow, [
        {**note, "ticket": values["number"], "after": values.get("state", "registered"),
         "department": values.get("department", "")}
        for values in some
    ])  # fmt: skip


def _keep_numbers(connection: Connection, numbers: Sequence[str]) -> None:
    """See that no number of these is given to another ticket later."""
    last: dict[str, int] = {}
    for number in numbers:
        day, count = number[:6], number[6:]
        if 4 <= len(count) <= 5:
            last[day] = max(last.get(day, 0), int(count))
    for day, count_of_day in last.items():
        not_below(connection, day, count_of_day)


def _row(values: Mapping[str, Any], known: Known, deadlines: Deadlines) -> Row:
    row: Row = {column.name: values.get(column.name, column.empty) for column in COLUMNS}
    row = {name: plain_text(value) if isinstance(value, str) else value for name, value in row.items()}
    row["created_at"] = known.now if row["created_at"] is None else row["created_at"]
    row["updated_at"] = row["created_at"] if row["updated_at"] is None else row["updated_at"]
    if "answer_by" not in values:  # the table does not say: as if it had been registered here
        row["answer_by"] = deadlines.answer_by(TicketKind(row["kind"]), row["created_at"])
    return row

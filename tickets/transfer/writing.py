"""Rows into a CSV or XLSX file. It is there when all of it is written, or not at all; only its owner may read it."""

import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from tickets.transfer.cells import LONGEST, guarded, to_xlsx


class TooLong(ValueError):
    """A text does not fit into a cell; the message says of what format."""


class Rows(Protocol):
    """Takes rows."""

    def add(self, cells: Sequence[str]) -> None:
        """Write a row. Raises ``TooLong``, and ``OSError`` when it cannot be written."""
        ...


@contextmanager
def write_table(path: Path) -> Iterator[Rows]:
    """Yield what takes the rows of a new file; the ending says of which format. Raises ``OSError``."""
    made = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        if path.suffix.lower() == ".xlsx":
            os.close(descriptor)
            book = _Workbook()
            try:
                yield book
            except BaseException:
                book.give_up()
                raise
            book.save(made)
        else:
            # With a BOM, without which Excel takes UTF-8 for the machine's own encoding.
            with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
                yield _Csv(csv.writer(file, lineterminator="\r\n"))
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)


class _Csv:
    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def add(self, cells: Sequence[str]) -> None:
        self._writer.writerow([guarded(cell) for cell in cells])


class _Workbook:
    """Its rows wait in a temporary file of the library's."""

    def __init__(self) -> None:
        from openpyxl import Workbook  # noqa: PLC0415 - only when it is wanted

        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet("tickets")
        self._sheet.freeze_panes = "A2"

    def add(self, cells: Sequence[str]) -> None:
        ready = [to_xlsx(guarded(cell)) for cell in cells]
        if any(len(cell) > LONGEST for cell in ready):
            raise TooLong(f"a cell of XLSX holds {LONGEST:,} characters: write .csv")
        self._sheet.append(ready)

    def give_up(self) -> None:
        """End the temporary file, which the library removes in its own time."""
        self._sheet.close()

    def save(self, path: Path) -> None:
        self._book.save(path)

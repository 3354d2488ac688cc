"""The rows of a CSV or XLSX file: tickets, or whatever has columns. CSV may be UTF-8 (with or without BOM), GBK or
GB18030, or UTF-16 with BOM."""

import codecs
import csv
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from tickets.transfer.cells import from_xlsx, unguarded
from tickets.transfer.columns import COLUMNS

_CHUNK = 1 << 20
_LONGEST_FIELD = 131_072  # characters; the csv module's own bound
_LARGEST_XLSX = 2 << 30  # bytes, once unpacked
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class TableUnreadable(Exception):
    """A file is no table of what it should hold; the message says why and what to do."""


class Heading(Protocol):
    """A column that a table may have."""

    @property
    def name(self) -> str:
        """The name that rows have it under."""
        ...

    @property
    def zh(self) -> str:
        """What Chinese tables call it."""
        ...

    @property
    def heading(self) -> str:
        """What stands in row 1; the two above may stand there, too."""
        ...


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file with their numbers, each a mapping of columns to cells; the heading, row 1, is not among them.
    Going through them raises ``TableUnreadable`` where the file cannot be read on."""

    columns: Sequence[str]
    rows: Iterator[tuple[int, Mapping[str, Any]]]


@contextmanager
def open_table(path: Path, known: Sequence[Heading] = COLUMNS) -> Iterator[Table]:
    """Open a file for one reading; ``known`` are the columns that it may have. Raises ``TableUnreadable``, and within
    whatever is raised."""
    match path.suffix.lower():
        case ".csv" | ".txt":
            opened = _csv(path)
        case ".xlsx" | ".xlsm":
            opened = _xlsx(path)
        case other:
            old = "save it as .xlsx or .csv" if other in (".xls", ".et", ".ods") else "give it the ending .csv or .xlsx"
            raise TableUnreadable(f"{path}: files that end with {other or 'nothing'} cannot be read: {old}")
    with opened as rows:
        try:
            heading = next(rows, (1, ()))[1]
            columns = _columns(path, heading, known)
            yield Table([name for name in columns if name], _mapped(columns, rows))
        except csv.Error as error:
            raise TableUnreadable(f"{path} cannot be read on: {error}; is a quote not closed?") from error


def _mapped(
    columns: Sequence[str], rows: Iterator[tuple[int, Sequence[Any]]]
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, cells in rows:
        if any(cell not in (None, "") for cell in cells):
            padded = [*cells, *[""] * (len(columns) - len(cells))]
            yield number, {name: padded[index] for index, name in enumerate(columns) if name}


def _columns(path: Path, heading: Sequence[Any], known: Sequence[Heading]) -> list[str]:
    """Return the columns' own names; "" for those without heading."""
    by_heading = {text.lower(): one for one in known for text in (one.name, one.zh, one.heading)}
    names: list[str] = []
    for cell in heading:
        text = str(cell if cell is not None else "").strip()
        column = by_heading.get(text.lower())
        if text and column is None:
            there = ", ".join(one.heading for one in known)
            raise TableUnreadable(
                f"{path}: row 1: there is no column {text[:40]!r}: remove it, or name one of: {there}"
            )
        if column is not None and column.name in names:
            raise TableUnreadable(f"{path}: row 1: the column {column.heading} is there twice: remove one")
        names.append(column.name if column is not None else "")
    if not any(names):
        needed = ", ".join(one.heading for one in known[:4])
        raise TableUnreadable(f"{path}: row 1 holds no headings: write there what stands below, like {needed}")
    return names


@contextmanager
def _csv(path: Path) -> Iterator[Iterator[tuple[int, Sequence[Any]]]]:
    try:
        encoding = _encoding(path)
        with path.open(encoding=encoding, newline="") as file:
            yield _csv_rows(path, file)
    except OSError as error:
        raise TableUnreadable(f"{path} cannot be read: {error.strerror or error}") from error


def _csv_rows(path: Path, file: IO[str]) -> Iterator[tuple[int, Sequence[Any]]]:
    first = file.readline(_LONGEST_FIELD)
    file.seek(0)
    delimiter = max(",;\t，", key=first.count)
    for number, row in enumerate(csv.reader(file, delimiter=delimiter, strict=True), 1):
        if any("\0" in cell for cell in row):
            raise TableUnreadable(f"{path}: row {number} holds a NUL: is this a CSV file?")
        yield number, [unguarded(cell) for cell in row]


def _encoding(path: Path) -> str:
    """Return the encoding in which all of a file can be read."""
    with path.open("rb") as file:
        start = file.read(4)
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            _whole(path, encoding)
            return encoding
    try:
        _whole(path, "utf-8")
    except TableUnreadable as broken:
        if _said_in_utf8(path):
            raise  # it is UTF-8, only damaged: as GBK it would be gibberish
        try:
            _whole(path, "gb18030")
        except TableUnreadable:
            raise broken from None
        return "gb18030"
    return "utf-8"


def _whole(path: Path, encoding: str) -> None:
    """Decode a file to its end. Raises ``TableUnreadable`` with the line of the first fault."""
    decoder, lines = codecs.getincrementaldecoder(encoding)(), 1
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                lines += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeError as error:
                begun = bytes(getattr(error, "object", b""))[: int(getattr(error, "start", 0))]
                line = lines + begun.count(b"\n")
                remedy = "save it as 'CSV UTF-8' (or GBK)"
                raise TableUnreadable(f"{path}: line {line} is no text in UTF-8 or GBK: {remedy}") from None
            if not chunk:
                return


def _said_in_utf8(path: Path) -> bool:
    """Return whether what stands before the first fault holds several characters that are surely UTF-8."""
    with path.open("rb") as file:
        start = file.read(_CHUNK)
    try:
        text = start.decode()
    except UnicodeDecodeError as error:
        text = start[: error.start].decode()
    return sum(ord(letter) > 0x7F for letter in text) > 3


@contextmanager
def _xlsx(path: Path) -> Iterator[Iterator[tuple[int, Sequence[Any]]]]:
    from openpyxl import load_workbook  # noqa: PLC0415 - only when it is wanted

    try:
        with zipfile.ZipFile(path) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
        book = load_workbook(path, read_only=True, data_only=True) if unpacked <= _LARGEST_XLSX else None
    except OSError as error:
        raise TableUnreadable(f"{path} cannot be read: {error.strerror or error}") from error
    except Exception as error:  # whatever a broken package makes the library raise
        raise TableUnreadable(f"{path} is no XLSX file ({type(error).__name__}): save it anew, or as .csv") from error
    if book is None:
        raise TableUnreadable(f"{path} is too large once unpacked: save it as .csv")
    try:
        yield _xlsx_rows(path, book)
    finally:
        book.close()


def _xlsx_rows(path: Path, book: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    try:
        for number, row in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
            yield number, [unguarded(from_xlsx(cell)) if isinstance(cell, str) else cell for cell in row]
    except Exception as error:
        raise TableUnreadable(f"{path} cannot be read on ({type(error).__name__}): save it anew, or as .csv") from error

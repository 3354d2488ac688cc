"""A report as a workbook: one sheet a table, numbers as numbers."""

from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from hotline.cli.report_sheets import Cell, Sheet, Sheets

_BOLD = Font(bold=True)
_WIDEST = 60


def write_workbook(sheets: Sheets, file: Path) -> None:
    """Write all tables; raises ``OSError`` when the file cannot be written."""
    book = Workbook(write_only=True)
    for sheet in sheets.all():
        made = book.create_sheet(sheet.key)
        for index, width in enumerate(_widths(sheet)):
            made.column_dimensions[chr(ord("A") + index)].width = width
        made.append([_words(made, sheets.title(), bold=True)])
        made.append([_words(made, sheet.title, bold=True)])
        made.append([_words(made, column, bold=True) for column in sheet.columns])
        for row in sheet.rows:
            made.append([_cell(made, cell) for cell in row])
    book.save(file)


def _cell(sheet: Any, cell: Cell) -> Any:
    if cell.number is None:
        return _words(sheet, cell.text)
    made = WriteOnlyCell(sheet, cell.number)
    made.number_format = "0.0%" if cell.share else "#,##0" if float(cell.number).is_integer() else "#,##0.0"
    return made


def _words(sheet: Any, text: str, *, bold: bool = False) -> Any:
    """Return a cell of text: what begins like a formula stays text, for a subject comes from outside."""
    made = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\ufffd", text))
    made.data_type = "s"
    if bold:
        made.font = _BOLD
    return made


def _widths(sheet: Sheet) -> list[int]:
    rows = [[cell.text for cell in row] for row in sheet.rows]
    columns = zip(sheet.columns, *rows, strict=True)
    return [min(_WIDEST, 2 + max(_width(text) for text in column)) for column in columns]


def _width(text: str) -> int:
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)

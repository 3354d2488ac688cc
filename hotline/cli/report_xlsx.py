"""Tables as a workbook: one sheet a table, numbers as numbers."""

import io
from collections.abc import Iterable
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from hotline.cli.report_cells import Cell, Sheet

_BOLD = Font(bold=True)
_WIDEST = 60
_FIRST_ROW = 4  # after the report's title, the table's, and the columns'


def workbook(title: str, sheets: Iterable[Sheet]) -> bytes:
    """Return a workbook of all tables."""
    book = Workbook()
    book.remove(book.active)
    for sheet in sheets:
        made = book.create_sheet(sheet.key)
        heads = [[title], [sheet.title], list(sheet.columns)]
        for row, texts in enumerate(heads, 1):
            for column, text in enumerate(texts, 1):
                _put(made.cell(row, column), Cell(text)).font = _BOLD
        for row, cells in enumerate(sheet.rows, _FIRST_ROW):
            for column, cell in enumerate(cells, 1):
                _put(made.cell(row, column), cell)
        for column, width in enumerate(_widths(sheet), 1):
            made.column_dimensions[get_column_letter(column)].width = width
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _put(place: Any, cell: Cell) -> Any:
    """Fill a cell; text that begins like a formula stays text, for a subject comes from outside."""
    if cell.number is None:
        place.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", cell.text)
        place.data_type = "s"
    else:
        place.value = cell.number
        place.number_format = "0.0%" if cell.share else "#,##0" if float(cell.number).is_integer() else "#,##0.0"
    return place


def _widths(sheet: Sheet) -> list[int]:
    rows = [[cell.text for cell in row] for row in sheet.rows]
    columns = zip(sheet.columns, *rows, strict=True)
    return [min(_WIDEST, 2 + max(_width(text) for text in column)) for column in columns]


def _width(text: str) -> int:
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)

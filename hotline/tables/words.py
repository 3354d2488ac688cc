"""What tables of departments and of categories share: columns, cells as text, what is refused."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tickets.transfer import RowMistake, open_table

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the name of the key in the YAML file, and what Chinese tables call it."""

    name: str
    zh: str

    @property
    def heading(self) -> str:
        """What stands in row 1."""
        return f"{self.zh} {self.name}"


class TableRefused(Exception):
    """Nothing was imported; ``mistakes`` tells why, row by row."""

    def __init__(self, mistakes: Sequence[RowMistake]) -> None:
        self.mistakes = list(mistakes)
        super().__init__("\n".join(str(one) for one in mistakes))


def rows_of(path: Path, columns: Sequence[Column]) -> Iterator[tuple[int, Row]]:
    """Return the rows of a table, all cells as text, with their numbers. Raises ``TableUnreadable``."""
    with open_table(path, columns) as table:
        for number, cells in table.rows:
            yield number, {name: _text(cell) for name, cell in cells.items()}


def worded(row: int, columns: Sequence[Column], error: ValidationError, places: Mapping[str, str]) -> list[RowMistake]:
    """Return what a model says is wrong in a row; ``places`` maps keys to the columns that they come from."""
    headings = {one.name: one.heading for one in columns}
    found = []
    for one in error.errors(include_url=False):
        key = str(one["loc"][0]) if one["loc"] else ""
        message = str(one["msg"]).removeprefix("Value error, ")
        found.append(RowMistake(row, headings.get(places.get(key, key), key), message, "mend this cell"))
    return found


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip()

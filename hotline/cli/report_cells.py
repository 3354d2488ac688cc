"""What a report's tables are made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from hotline.cli.show import duration


@dataclass(frozen=True, slots=True)
class Cell:
    """A text as people read it, with the number behind it (None: it is words)."""

    text: str
    number: float | None = None
    share: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


def value_cell(value: float | None, unit: str) -> Cell:
    """Return a figure as people read it."""
    if value is None:
        return Cell("")
    if unit == "share":
        return share_cell(value)
    if unit == "seconds":
        return Cell(f"{value:.1f} s" if value < 60 else duration(value), value)
    return count_cell(value)


def share_cell(value: float | None) -> Cell:
    """Return a share, 0 to 1, as a percentage; None is nothing."""
    return Cell("") if value is None else Cell(f"{value:.1%}", value, share=True)


def count_cell(value: float) -> Cell:
    """Return a count."""
    return Cell(f"{value:,.0f}", value)

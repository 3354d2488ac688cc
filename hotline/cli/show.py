"""Putting answers on the terminal: rich tables for people, JSON for machines, one way to say a mistake."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Any, NoReturn

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from calls.identity import mask_number

EXIT_FAILED = 1  # not found, a limit missed, a check failed
EXIT_MISTAKE = 2  # wrong usage or settings
EXIT_NOT_RUNNING = 3
EXIT_STORE = 4  # the ticket store cannot be read
EXIT_UNWRITTEN = 5  # there is a report, and a file of it could not be written
EXIT_STOPPED = 130  # by Ctrl-C, as shells tell it, or by SIGTERM

_WIDE = 180  # columns, where the output is no terminal


def give_json(value: Any) -> None:
    """Print ``value`` as JSON, Chinese readable."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print a table; numbers to the right. ``empty`` is said where there are no rows."""
    kept = [list(row) for row in rows]
    if not kept:
        console().print(empty, markup=False)
        return
    made = Table(title=title or None, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD)
    for index, column in enumerate(columns):
        numeric = all(isinstance(row[index], int | float) or row[index] in ("", None) for row in kept)
        made.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in kept:
        made.add_row(*(_cell(value) for value in row))
    console().print(made)


def facts(pairs: Iterable[tuple[str, object]]) -> None:
    """Print names and values below each other; empty values are left out."""
    made = Table.grid(padding=(0, 2))
    made.add_column(style="bold", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in pairs:
        if value not in ("", None, [], {}):
            made.add_row(_cell(name), _cell(value))
    console().print(made)


def fail(message: str, code: int) -> NoReturn:
    """Say what is wrong on standard error and leave with ``code``."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


def note(message: str) -> None:
    """Say on standard error what is amiss though there is an answer."""
    typer.echo(message, err=True)


def console() -> Console:
    """Return a rich console on standard output, wide where nobody looks at it directly."""
    return Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False)


def moment(at: float | None, zone: tzinfo) -> str:
    """Return a time of day with its date, as people write it."""
    return "" if at is None else datetime.fromtimestamp(at, zone).strftime("%m-%d %H:%M:%S")


def duration(seconds: float | None) -> str:
    """Return a duration as ``1:05:09`` or ``5:09``."""
    if seconds is None:
        return ""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def number(value: str, *, full: bool) -> str:
    """Return a telephone number, masked unless ``full``."""
    return value if full else mask_number(value)


def _cell(value: object) -> Text:
    if isinstance(value, Text):
        return value
    if isinstance(value, list):
        return Text(", ".join(str(one) for one in value))
    if isinstance(value, dict):
        return Text(", ".join(f"{name} {inner}" for name, inner in value.items()))
    printable = "" if value is None else str(value)
    return Text("".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in printable))

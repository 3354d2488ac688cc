"""``hotline flow check``: every mistake with its place, the line it stands in, a caret below, and what to do."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
from rich.cells import cell_len

from hotline.cli import show
from hotline.flow_files import SHIPPED, FlowFiles, Report, settings_or_none
from hotline.logging import set_up_cli_log
from hotline.prompt_files import prompt_doubts
from ivr import FlowMistake
from ivr.source import MOST_BYTES

_MOST_SHOWN = 100  # of one kind; a file that is all wrong need not fill the screen
_WIDEST = 160  # columns of a line that is shown


def check(paths: Sequence[Path], directory: Path | None, *, as_json: bool) -> None:
    """Check files and folders and show what was found; leaves with 1 when there are errors."""
    set_up_cli_log()
    settings = settings_or_none()
    if directory is not None and not directory.is_file():
        show.fail(f"--directory: there is no file {directory}", show.EXIT_MISTAKE)
    if not paths:
        paths = [settings.files.dialplans if settings is not None else SHIPPED]
    report = FlowFiles(directory, settings).check(paths)
    if settings is not None and report.ok and settings.files.dialplans in paths:
        stale, unspoken = prompt_doubts(settings)
        report.notes += stale
        report.notes += [f"{unspoken} texts are not rendered yet: a reload does that first"] if unspoken else []
    if as_json:
        show.give_json(as_data(report))
    else:
        _print(report)
    if not report.ok:
        raise typer.Exit(show.EXIT_FAILED)


def as_data(report: Report) -> dict[str, Any]:
    """Return a report for machines."""
    return {
        "ok": report.ok,
        "files": report.files,
        "errors": [mistake_data(one) for one in report.errors],
        "warnings": [mistake_data(one) for one in report.warnings],
        "notes": report.notes,
    }


def mistake_data(mistake: FlowMistake) -> dict[str, Any]:
    """Return a mistake for machines."""
    return {
        "file": mistake.file, "line": mistake.line, "column": mistake.column, "key": mistake.key,
        "message": mistake.message, "remedy": mistake.remedy,
    }  # fmt: skip


def _print(report: Report) -> None:
    lines = _Lines()
    for title, mistakes in (("error", report.errors), ("warning", report.warnings)):
        for mistake in mistakes[:_MOST_SHOWN]:
            typer.echo(told(title, mistake, lines.of(mistake)))
        if len(mistakes) > _MOST_SHOWN:
            typer.echo(f"… and {len(mistakes) - _MOST_SHOWN} {title}s more")
    for note in report.notes:
        typer.echo(f"note: {note}")
    errors, warnings = len(report.errors), len(report.warnings)
    found = f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}"
    typer.echo(f"{report.files} file{'s' * (report.files != 1)}: {found}")


def told(title: str, mistake: FlowMistake, line: str | None) -> str:
    """Return a mistake as people read it; ``line`` is the text it stands in, None when there is none to show."""
    where = f"{mistake.file}:{mistake.line}:{mistake.column}"
    rows = [f"{title}: {where}: {mistake.key + ': ' if mistake.key else ''}{mistake.message}"]
    if line is not None:
        edge = f"{mistake.line:>5} | "
        before = line[: mistake.column - 1]
        rows += [edge + line, " " * (len(edge) + cell_len(before)) + "^"]
    if mistake.remedy:
        rows.append(f"        {mistake.remedy}")
    return "\n".join(_printable(row) for row in rows)


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


class _Lines:
    """The lines of the files that mistakes stand in."""

    def __init__(self) -> None:
        self._texts: dict[str, list[str]] = {}

    def of(self, mistake: FlowMistake) -> str | None:
        """Return the line to show, or None: the file cannot be shown, or the place is beyond what fits."""
        if mistake.file not in self._texts:
            self._texts[mistake.file] = self._read(mistake.file)
        lines = self._texts[mistake.file]
        if not mistake.key and mistake.line == mistake.column == 1:
            return None  # about the whole file
        if not 0 < mistake.line <= len(lines) or mistake.column > _WIDEST:
            return None
        return lines[mistake.line - 1].replace("\t", " ")[:_WIDEST]

    @staticmethod
    def _read(file: str) -> list[str]:
        path = Path(file)
        try:
            if not path.is_file():
                return []
            with path.open("rb") as opened:
                return opened.read(MOST_BYTES).decode("utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError):
            return []

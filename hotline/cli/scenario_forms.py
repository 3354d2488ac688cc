"""The files of a report: looked at before the run, for what took hours must not be lost to a wrong path."""

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from simulator.telling.files import as_csv, as_csv_over_time, as_json, as_junit
from simulator.telling.page import page
from simulator.telling.report import Report

STANDARD_OUTPUT = Path("-")
_FORMS: Mapping[str, Callable[[Report], str]] = {
    "html": page, "json": as_json, "csv": as_csv, "junit": as_junit,
    "csv_over_time": as_csv_over_time,
}  # fmt: skip


def check_writable(files: Mapping[str, Path | None]) -> None:
    """Look whether all files can be written, and make their folders. What is there is left as it is.

    Raises ``ValueError`` with every one that cannot be written.
    """
    mistakes = []
    for form, file in _wanted(files):
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.exists():
                file.open("a").close()
            else:
                tempfile.TemporaryFile(dir=file.parent).close()
        except OSError as error:
            mistakes.append(_cannot(form, file, error))
    if mistakes:
        raise ValueError("\n".join(mistakes))


def write(report: Report, files: Mapping[str, Path | None]) -> list[str]:
    """Write the report in all forms that are wanted; return in words which could not be written."""
    mistakes = []
    for form, file in files.items():
        if file == STANDARD_OUTPUT:
            sys.stdout.write(_FORMS[form](report))
    for form, file in _wanted(files):
        told = _FORMS[form](report)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(told, encoding="utf-8")
        except OSError as error:
            mistakes.append(_cannot(form, file, error))
    return mistakes


def _wanted(files: Mapping[str, Path | None]) -> list[tuple[str, Path]]:
    return [(form, file) for form, file in files.items() if file is not None and file != STANDARD_OUTPUT]


def _cannot(form: str, file: Path, error: OSError) -> str:
    return f"--{form.replace('_', '-')}: {file} cannot be written: {error.strerror or error}"

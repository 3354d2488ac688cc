"""``hotline flow test``: scripted callers through flows, a line for each, an exit code for machines."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import typer

from calls import SystemClock
from hotline.cli import show
from hotline.cli.flow_check import mistake_data, told
from hotline.flow_files import FlowFiles, settings_or_none
from hotline.logging import set_up_cli_log
from ivr import FlowErrors, FlowMistake
from ivr.flow_testing import ScriptResult, run_tests
from ivr.flow_tests import load_tests


@dataclass(frozen=True, slots=True)
class FileResult:
    """What came of one file: its tests' results, or why it could not be run."""

    file: Path
    results: Sequence[ScriptResult] = ()
    errors: Sequence[FlowMistake] = ()

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.errors and all(result.passed for result in self.results)


def run(paths: Sequence[Path], directory: Path | None, junit: Path | None, *, as_json: bool) -> None:
    """Run the tests of files and folders and show what came of them; leaves with 1 when one failed."""
    set_up_cli_log()
    files = FlowFiles(directory, settings_or_none())
    found = [_run(path, files) for path in _files(paths)]
    if junit is not None:
        try:
            _write_junit(junit, found)
        except OSError as error:
            show.fail(f"--junit: {junit} cannot be written: {error.strerror or error}", show.EXIT_FAILED)
    if as_json:
        show.give_json(_as_data(found))
    else:
        _print(found)
    if not all(one.passed for one in found) or not found:
        raise typer.Exit(show.EXIT_FAILED)


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    return found


def _run(path: Path, files: FlowFiles) -> FileResult:
    files.report.errors = []
    try:
        tests = load_tests(path)
        flow = files.load(tests.flow).flow
    except FlowErrors as error:
        return FileResult(path, errors=error.mistakes)
    system = files.around(tests.flow.parent).system
    return FileResult(path, asyncio.run(run_tests(tests, flow, system, SystemClock(), files.others(tests.flow, flow))))


def _print(found: Sequence[FileResult]) -> None:
    passed = failed = 0
    for one in found:
        for mistake in one.errors:
            typer.echo(told("error", mistake, None))
        for result in one.results:
            passed, failed = passed + result.passed, failed + (not result.passed)
            typer.echo(f"{'pass' if result.passed else 'FAIL'}  {one.file}:{result.line}: {result.name}")
            if not result.passed:
                typer.echo(f"      {result.message}")
                if result.call is not None:
                    typer.echo(f"      steps: {' → '.join(result.call.steps)}; end: {result.call.end}")
    broken = sum(1 for one in found if one.errors)
    more = f", {broken} file{'s' * (broken != 1)} with mistakes" if broken else ""
    typer.echo(f"{passed} passed, {failed} failed{more}")


def _as_data(found: Sequence[FileResult]) -> dict[str, Any]:
    results = [(one.file, result) for one in found for result in one.results]
    return {
        "ok": all(one.passed for one in found) and bool(found),
        "passed": sum(result.passed for _, result in results),
        "failed": sum(not result.passed for _, result in results),
        "errors": [mistake_data(mistake) for one in found for mistake in one.errors],
        "tests": [
            {
                "file": str(file), "line": result.line, "name": result.name, "ok": result.passed,
                "message": result.message,
                "heard": [heard.text for heard in result.call.heard] if result.call is not None else [],
                "steps": list(result.call.steps) if result.call is not None else [],
                "end": result.call.end if result.call is not None else "",
            }
            for file, result in results
        ],
    }  # fmt: skip


def _write_junit(path: Path, found: Sequence[FileResult]) -> None:
    suites = ElementTree.Element("testsuites")
    for one in found:
        failures = sum(not result.passed for result in one.results)
        suite = ElementTree.SubElement(
            suites, "testsuite", name=_xml(str(one.file)), tests=str(len(one.results) + bool(one.errors)),
            failures=str(failures), errors=str(int(bool(one.errors))),
        )  # fmt: skip
        for result in one.results:
            case = ElementTree.SubElement(suite, "testcase", classname=_xml(one.file.stem), name=_xml(result.name))
            if not result.passed:
                place = f"{one.file}:{result.line}"
                ElementTree.SubElement(case, "failure", message=_xml(result.message)).text = place
        if one.errors:
            case = ElementTree.SubElement(suite, "testcase", classname=_xml(one.file.stem), name="can be read")
            text = "\n".join(str(mistake) for mistake in one.errors)
            ElementTree.SubElement(case, "error", message="has mistakes").text = _xml(text)
    path.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(suites).write(path, encoding="utf-8", xml_declaration=True)


def _xml(text: str) -> str:
    """Return a text without the characters that XML cannot hold."""
    return "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in text)

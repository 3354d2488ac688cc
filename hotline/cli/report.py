"""``hotline report``: the figures out of the ticket store, on the terminal, as JSON, as a page, as a workbook."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.markup import escape

from hotline.cli import show
from hotline.cli.categories import category_names, tree_of
from hotline.cli.report_cells import Sheet
from hotline.cli.report_sheets import Sheets
from hotline.cli.report_words import Language
from hotline.cli.report_work import report_of
from hotline.logging import set_up_cli_log
from hotline.report_rules import rules_of
from hotline.settings import Settings
from tickets import StoreUnavailable, open_store
from tickets.reporting import Period, Report, Rules, Span, period_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command's arguments ask for."""

    span: str
    date: str | None
    language: str
    html: Path | None
    xlsx: Path | None
    store_url: str
    as_json: bool


def show_report(settings: Settings, wanted: Wanted) -> None:
    """Compute and give the report; with a file nothing but its name is printed, unless JSON is asked for, too."""
    set_up_cli_log()
    now = time.time()
    language = language_of(wanted.language)
    period = _period(wanted, now, ZoneInfo(settings.time_zone))
    service = tuple(sorted(tree_of(settings).of_the_service))
    rules = rules_of(settings).model_copy(update={"service_categories": service})
    try:
        report = asyncio.run(_compute(wanted.store_url, period, rules, now))
    except StoreUnavailable as error:
        show.fail(str(error), show.EXIT_STORE)
    sheets = Sheets(report, language, category_names(settings))
    if wanted.html is not None:
        from hotline.cli.report_html import page  # noqa: PLC0415 - matplotlib takes its time

        write(wanted.html, page(report, sheets).encode())
    if wanted.xlsx is not None:
        from hotline.cli.report_xlsx import workbook  # noqa: PLC0415 - only when it is wanted

        write(wanted.xlsx, workbook(sheets.title(), sheets.all()))
    if wanted.as_json:
        show.give_json(_as_data(report, sheets))
    elif wanted.html is None and wanted.xlsx is None:
        _print(sheets)
    else:
        show.facts([("written", str(file)) for file in (wanted.html, wanted.xlsx) if file is not None])


async def _compute(url: str, period: Period, rules: Rules, now: float) -> Report:
    store = open_store(url)
    try:
        return await report_of(store, period, rules, now)
    finally:
        await store.close()


def language_of(text: str) -> Language:
    """Return the language that an option names, or say which there are and leave."""
    try:
        return Language(text)
    except ValueError:
        show.fail(f"--language: {text!r} is none of: {', '.join(Language)}", show.EXIT_MISTAKE)


def _period(wanted: Wanted, now: float, zone: ZoneInfo) -> Period:
    try:
        span = Span(wanted.span)
    except ValueError:
        show.fail(f"{wanted.span!r} is none of: {', '.join(Span)}", show.EXIT_MISTAKE)
    try:
        return period_of(span, wanted.date, now, zone)
    except ValueError as error:
        show.fail(str(error), show.EXIT_MISTAKE)


def write(file: Path, content: bytes) -> None:
    """Write a file, or say why it cannot be and leave."""
    try:
        file.write_bytes(content)
    except OSError as error:
        show.fail(f"{file} cannot be written: {error.strerror or error}", show.EXIT_FAILED)


def _as_data(report: Report, sheets: Sheets) -> dict[str, object]:
    """Return the report with the words beside the numbers: names, formulas, and why a figure is not known."""
    data: dict[str, object] = report.model_dump(mode="json")
    for key, figures in (("judged", report.judged), ("field", report.field)):
        data[key] = [{**one.model_dump(mode="json"), **sheets.figure_words(one)} for one in figures]
    data["categories"] = [
        {**one.model_dump(mode="json"), "name": sheets.category(one.category)} for one in report.categories
    ]
    data["levels"] = [{**one.model_dump(mode="json"), **sheets.level_words(one)} for one in report.levels]
    return data


def _print(sheets: Sheets) -> None:
    show.console().print(escape(sheets.title()), style="bold")
    show.facts(sheets.counts())
    for sheet in sheets.all():
        show.console().print()
        print_sheet(sheet, sheets.word("none"))


def print_sheet(sheet: Sheet, nothing: str) -> None:
    """Print a table; ``nothing`` is said where it has no rows."""
    rows = [[cell.text for cell in row] for row in sheet.rows]
    show.table(sheet.title, sheet.columns, rows, empty=f"{sheet.title}: {nothing}")

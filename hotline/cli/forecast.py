"""``hotline forecast``: how many will call next week, and how many seats that takes."""

import asyncio
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.markup import escape

from agents import DirectoryError, load_directory
from hotline.cli import show
from hotline.cli.forecast_sheets import ForecastSheets
from hotline.cli.report import language_of, print_sheet, write
from hotline.cli.report_xlsx import workbook
from hotline.logging import set_up_cli_log
from hotline.settings import Settings
from tickets import StoreUnavailable, open_store

if TYPE_CHECKING:
    from tickets.staffing import Aim, StaffingPlan

_REMEDY = (
    "forecasts need statsmodels, which is large and not installed: "
    "in the hotline's folder, .venv/bin/pip install -e '.[forecast]'"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command's options ask for."""

    week: str | None
    history_days: int
    queue: str | None
    target: float
    connect: float
    shrinkage: float
    language: str
    xlsx: Path | None
    store_url: str
    as_json: bool


def show_forecast(settings: Settings, wanted: Wanted) -> None:
    """Compute and give the plan; with a workbook nothing but its name is printed, unless JSON is asked for, too."""
    set_up_cli_log()
    try:
        from tickets.staffing import Aim  # noqa: PLC0415 - statsmodels takes its time
    except ModuleNotFoundError:
        show.fail(_REMEDY, show.EXIT_FAILED)
    language, zone = language_of(wanted.language), ZoneInfo(settings.time_zone)
    today = datetime.fromtimestamp(time.time(), zone).date()
    aim = Aim(wanted.target, settings.report.threshold_s, wanted.connect, wanted.shrinkage)
    try:
        plan = asyncio.run(_plan(wanted, aim, _monday(wanted.week, today), today, zone))
    except ValueError as error:
        show.fail(f"{error}{_queue_known(settings, wanted.queue)}", show.EXIT_FAILED)
    except StoreUnavailable as error:
        show.fail(str(error), show.EXIT_STORE)
    sheets = ForecastSheets(plan, language, wanted.queue)
    if wanted.xlsx is not None:
        write(wanted.xlsx, workbook(sheets.title(), sheets.all()))
    if wanted.as_json:
        show.give_json(plan.model_dump(mode="json"))
    elif wanted.xlsx is not None:
        show.facts([("written", str(wanted.xlsx))])
    else:
        show.console().print(escape(sheets.title()), style="bold")
        show.facts(sheets.facts())
        print_sheet(sheets.days(), "")
        print_sheet(sheets.grid(), "")


def _queue_known(settings: Settings, queue: str | None) -> str:
    """Return in words that there is no such queue now; "" where there is, or it is not known."""
    try:
        there = load_directory(settings.directory_file).queues
    except DirectoryError:
        return ""
    return "" if queue is None or queue in there else f"; there is no queue {queue!r}: there are {', '.join(there)}"


async def _plan(wanted: Wanted, aim: "Aim", monday: date, today: date, zone: ZoneInfo) -> "StaffingPlan":
    """Return the plan of the week that begins on ``monday``, from the whole days before it and before today."""
    from tickets.staffing import read_history, staffing, trimmed  # noqa: PLC0415 - as above

    store = open_store(wanted.store_url)
    behind = min(monday, today)
    try:
        history = await read_history(
            store, behind - timedelta(days=wanted.history_days), wanted.history_days, zone, wanted.queue
        )
    finally:
        await store.close()
    return staffing(trimmed(history), monday, 7, aim)


def _monday(week: str | None, today: date) -> date:
    if week is None:
        return today + timedelta(days=7 - today.weekday())
    try:
        day = date.fromisoformat(week.strip())
    except ValueError:
        show.fail(f"--week: {week!r} is no date: write one like 2026-12-01", show.EXIT_MISTAKE)
    if not timedelta(days=-36_500) < day - today < timedelta(days=366):
        show.fail(f"--week: {week} is too far away: a year ahead at most", show.EXIT_MISTAKE)
    return day - timedelta(days=day.weekday())

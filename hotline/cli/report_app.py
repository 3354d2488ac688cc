"""``hotline report``. Nothing heavy is imported before a command runs."""
# ruff: noqa: PLC0415 - that is what keeps it quick

from pathlib import Path
from typing import Annotated

import typer

from hotline.cli.options import Config, StoreUrl

report_app = typer.Typer(add_completion=False)


@report_app.command()
def report(
    span: Annotated[str, typer.Argument(metavar="day|week|month")],
    date: Annotated[
        str | None, typer.Argument(help="A date in it, today, yesterday, 2026-W48 (week), 2026-11 (month); now.")
    ] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="JSON for machines: stable keys, shares 0 to 1.")] = False,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page with plots.")] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help="Write a workbook.")] = None,
    language: Annotated[str, typer.Option(metavar="zh|en|both", help="Of names and formulas.")] = "both",
    store: StoreUrl = None,
    config: Config = None,
) -> None:
    """All figures of a day, week or month, each with its formula; works while the service is down too."""
    from hotline.cli import report as figures
    from hotline.cli.app import settings_in_force

    settings = settings_in_force(config)
    wanted = figures.Wanted(span, date, language, html, xlsx, store or settings.store_url, as_json=json)
    figures.show_report(settings, wanted)


@report_app.command()
def forecast(
    *,
    week: Annotated[str | None, typer.Option(metavar="2026-12-01", help="A date in it; else the coming week.")] = None,
    history: Annotated[int, typer.Option(min=14, max=730, help="So many days before it are looked at.")] = 56,
    queue: Annotated[str | None, typer.Option(help="Of this queue only.")] = None,
    target: Annotated[float, typer.Option(min=0.01, max=0.99, help="Share to be answered in time.")] = 0.8,
    connect: Annotated[float, typer.Option(min=0.01, max=0.999, help="Share to be answered at all.")] = 0.95,
    shrinkage: Annotated[
        float, typer.Option(min=0, max=0.9, help="Share of time on duty that is breaks, training, absence.")
    ] = 0.0,
    json: Annotated[bool, typer.Option("--json", help="JSON for machines.")] = False,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help="Write a workbook.")] = None,
    language: Annotated[str, typer.Option(metavar="zh|en|both", help="Of names.")] = "both",
    store: StoreUrl = None,
    config: Config = None,
) -> None:
    """How many will call in each half-hour of a week, and how many seats that takes (Erlang A)."""
    from hotline.cli import forecast as forecasting
    from hotline.cli.app import settings_in_force

    settings = settings_in_force(config)
    forecasting.show_forecast(settings, forecasting.Wanted(
        week, history, queue, target, connect, shrinkage, language, xlsx, store or settings.store_url, as_json=json
    ))  # fmt: skip


@report_app.command("generate-month")
def generate_month(
    *,
    calls: Annotated[int, typer.Option(min=1, max=2_000_000, help="How many callers call.")] = 150_000,
    seed: Annotated[int, typer.Option(help="The same seed, month and number give the same content.")] = 1,
    month: Annotated[str | None, typer.Option(metavar="2026-10", help="Which month; else the last whole one.")] = None,
    store: Annotated[
        str | None, typer.Option("--store", metavar="URL", help="The store to fill, instead of that of the settings.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="JSON for machines.")] = False,
    config: Config = None,
) -> None:
    """Fill an empty store with a month of calls made by chance, to try reports on. One that is not empty is refused."""
    from hotline.cli import generate
    from hotline.cli.app import settings_in_force

    settings = settings_in_force(config)
    generate.generate(settings, generate.Wanted(calls, seed, month, store or settings.store_url, as_json=json))

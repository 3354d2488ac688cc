"""``hotline whatif``: callers by chance in virtual time."""
# ruff: noqa: PLC0415 - nothing heavy is imported before a command runs

from pathlib import Path
from typing import Annotated

import typer

from hotline.cli.options import Config, Json

trying_app = typer.Typer(add_completion=False)


@trying_app.command()
def whatif(
    seats: Annotated[int, typer.Option(help="Seats with somebody on them.")],
    calls_per_hour: Annotated[float | None, typer.Option(help="Callers an hour, coming at random (Poisson).")] = None,
    aht: Annotated[float | None, typer.Option(help="Mean handling time in seconds (exponential).")] = None,
    *,
    arrivals: Annotated[
        Path | None,
        typer.Option(help="Instead: a recorded day, CSV with at_s, handling_s and, if wanted, patience_s, queue."),
    ] = None,
    house: Annotated[
        Path | None, typer.Option(help="A directory.yaml: its people with skills and shifts, its queues' rules.")
    ] = None,
    mix: Annotated[str | None, typer.Option(help="With --house: which queue how often, general=70,housing=30.")] = None,
    begins: Annotated[
        str, typer.Option(help="With --house: when hours, or at_s, begin, for the shifts: HH:MM, or YYYY-MM-DD HH:MM.")
    ] = "09:00",
    patience: Annotated[
        float | None, typer.Option(help="Mean patience in seconds (exponential); none: for ever.")
    ] = None,
    wrap_up: Annotated[
        float | None,
        typer.Option(help="Seconds of wrap-up after each call. With --house: instead of each queue's own; else none."),
    ] = None,
    hours: Annotated[float, typer.Option(help="Hours measured, after an hour of warming up.")] = 8.0,
    threshold: Annotated[float, typer.Option(help="Seconds of the service level.")] = 15.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same result.")] = 1,
    absent: Annotated[int, typer.Option(min=0, help="Show beside it what happens with so many seats fewer.")] = 0,
    csv: Annotated[Path | None, typer.Option(help="Write the figures of each hour there.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the level over the number of seats: .png or .svg.")] = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """What would happen: the hotline's own router in virtual time, thousands of times faster than life."""
    from hotline.cli import whatif as virtual
    from hotline.cli.app import settings_in_force

    load = virtual.Load(calls_per_hour, aht, patience, wrap_up, hours, threshold, seed, arrivals)
    people = virtual.People(seats, absent, house, mix, begins)
    virtual.whatif(load, people, lambda: settings_in_force(config), csv_file=csv, plot_file=plot, as_json=json)

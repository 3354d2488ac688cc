"""``hotline simulate`` and ``whatif``: callers by chance, over SIP and in virtual time."""
# ruff: noqa: PLC0415 - nothing heavy is imported before a command runs

from pathlib import Path
from typing import Annotated

import typer

trying_app = typer.Typer(add_completion=False)

Json = Annotated[bool, typer.Option("--json", help="JSON for machines: stable keys, numbers in full.")]
Config = Annotated[
    Path | None, typer.Option("--config", help="Settings file, instead of HOTLINE_CONFIG or ./hotline.toml.")
]


@trying_app.command()
def simulate(
    calls: Annotated[int, typer.Option(min=1, help="Calls to place.")] = 100,
    rate: Annotated[float, typer.Option(help="Calls a second.")] = 5.0,
    seats: Annotated[int, typer.Option(min=0, help="Simulated softphones that log in and answer.")] = 60,
    *,
    talk: Annotated[str, typer.Option(help="Seconds of talk: 5, 3-8 or exp:180 (mean).")] = "5",
    patience: Annotated[str, typer.Option(help="Seconds until a waiting caller gives up.")] = "120",
    pick_up: Annotated[str, typer.Option(help="Seconds for which a seat rings.")] = "0.5",
    wrap_up: Annotated[str, typer.Option(help="Seconds from a talk's end until the seat ends its wrap-up.")] = "0",
    press: Annotated[
        list[str] | None, typer.Option(help="Digits pressed at each prompt in turn (repeatable); 1 unless given.")
    ] = None,
    number: Annotated[str | None, typer.Option(help="Number dialled, instead of the hotline's.")] = None,
    poisson: Annotated[bool, typer.Option("--poisson", help="Calls come at random, not evenly.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed gives the same run.")] = 1,
    max_concurrent: Annotated[int, typer.Option(help="Callers at one time.")] = 200,
    answer_p95: Annotated[float | None, typer.Option(help="Limit: time to answer, 95th percentile, seconds.")] = None,
    max_failed: Annotated[int | None, typer.Option(help="Limit: failed calls.")] = None,
    max_abandoned: Annotated[int | None, typer.Option(help="Limit: abandoned calls.")] = None,
    max_one_way: Annotated[int | None, typer.Option(help="Limit: calls heard one way only.")] = None,
    max_engine_cpu_ms: Annotated[float | None, typer.Option(help="Limit: the service's CPU per call.")] = None,
    max_engine_rss_mb: Annotated[float | None, typer.Option(help="Limit: the service's memory at the end.")] = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Place simulated SIP calls against the running service; leaves with 1 when a stated limit is missed."""
    from hotline.cli import load
    from hotline.cli.app import settings_in_force
    from simulator import Limits

    settings = settings_in_force(config)
    order = load.Order(
        calls=calls, rate=rate, seats=seats, talk=talk, patience=patience, pick_up=pick_up, wrap_up=wrap_up,
        press=tuple(press or ("1",)), number=number or settings.dialled_number, poisson=poisson, seed=seed,
        max_concurrent=max_concurrent, limits=Limits(max_failed, answer_p95, max_abandoned, max_one_way),
        max_engine_cpu_ms=max_engine_cpu_ms, max_engine_rss_mb=max_engine_rss_mb,
    )  # fmt: skip
    load.simulate(settings, order, as_json=json)


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
    begins: Annotated[str, typer.Option(help="With --house: the time of day, for the shifts.")] = "09:00",
    patience: Annotated[
        float | None, typer.Option(help="Mean patience in seconds (exponential); none: for ever.")
    ] = None,
    wrap_up: Annotated[float, typer.Option(help="Seconds of wrap-up after each call.")] = 0.0,
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

"""``hotline simulate``: callers and agents over SIP, by a scenario's file or by options."""
# ruff: noqa: PLC0415 - nothing heavy is imported before a command runs

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from hotline.cli.options import Config, Json

_FILES = (".yaml", ".yml")
_FORMS = ("--json", "--csv", "--csv-over-time", "--junit")


class _WordsLeftOut(TyperGroup):
    """``simulate FILE.yaml`` means ``simulate run FILE.yaml``, and ``simulate --calls 5`` means ``simulate load``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the word there that was left out."""
        if not args or args[0] not in (*self.commands, "--help"):
            runs = any(word.endswith(_FILES) for word in args) or (args and not args[0].startswith("-"))
            args = ["run" if runs else "load", *args]
        if args[0] == "run":
            args = _to_standard_output(args)
        return super().parse_args(ctx, args)


def _to_standard_output(args: list[str]) -> list[str]:
    """A form without a file's name goes to standard output."""
    given: list[str] = []
    for place, word in enumerate(args):
        given.append(word)
        following = args[place + 1] if place + 1 < len(args) else "--"
        if word in _FORMS and (following.startswith("--") or following.endswith(_FILES)):
            given.append("-")
    return given


simulate_app = typer.Typer(
    name="simulate",
    cls=_WordsLeftOut,
    help="Simulated SIP calls: `simulate SCENARIO.yaml`, or by options: `simulate --calls 100 --rate 5 --seats 60`.",
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=False,
)

File = Path | None


@simulate_app.command("run")
def run(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO.yaml", help="What is to happen: docs/scenarios.md.")],
    *,
    target: Annotated[
        str | None,
        typer.Option(
            metavar="sip:HOST:PORT",
            help="Whom to call, instead of this machine's hotline; also sip:HOST;transport=tcp, and sips:HOST (TLS).",
        ),
    ] = None,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="The target may be another machine: yours, and warned.")
    ] = False,
    ca: Annotated[
        File, typer.Option(metavar="FILE", help="TLS: the authority (PEM) whose certificates are good.")
    ] = None,
    insecure: Annotated[bool, typer.Option("--insecure", help="TLS: any certificate will do.")] = False,
    local_host: Annotated[
        str | None, typer.Option(help="Our own address, instead of the one by which the target is reached.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Instead of the scenario's.")] = None,
    calls: Annotated[int | None, typer.Option(min=1, help="At most so many, instead of the scenario's.")] = None,
    processes: Annotated[
        int, typer.Option(min=1, max=16, help="Share callers and agents out among so many processes.")
    ] = 1,
    html: Annotated[File, typer.Option(help="Write the report there as one page that needs nothing else.")] = None,
    json: Annotated[
        File, typer.Option(metavar="[FILE]", help="The report as JSON; without FILE to the terminal.")
    ] = None,
    csv: Annotated[File, typer.Option(metavar="[FILE]", help="A line for each call.")] = None,
    csv_over_time: Annotated[
        File, typer.Option(metavar="[FILE]", help="A line for each part of the run, of all callers and of each kind.")
    ] = None,
    junit: Annotated[File, typer.Option(metavar="[FILE]", help="JUnit XML: a test for each limit.")] = None,
    config: Config = None,
) -> None:
    """Live a scenario (the word `run` may be left out). Leaves with 1 when a stated limit is missed."""
    from hotline.cli import scenario as scenarios
    from hotline.cli.app import settings_in_force

    wanted = scenarios.Wanted(
        scenario, target, allow_remote, local_host, seed, calls,
        {"html": html, "json": json, "csv": csv, "csv_over_time": csv_over_time, "junit": junit},
        ca=ca, insecure=insecure, processes=processes,
    )  # fmt: skip
    scenarios.run(lambda: settings_in_force(config), wanted)


@simulate_app.command("check")
def check(
    scenarios: Annotated[list[Path], typer.Argument(metavar="SCENARIO.yaml...")],
    json: Json = False,
) -> None:
    """Check scenarios without a call; leaves with 1 and every mistake, when there is one."""
    from hotline.cli import scenario_files

    scenario_files.check(scenarios, as_json=json)


@simulate_app.command("schema")
def schema(
    to: Annotated[Path | None, typer.Option("--to", help="Write it there, instead of to the terminal.")] = None,
) -> None:
    """JSON Schema of scenarios, for editors."""
    from hotline.cli import scenario_files

    scenario_files.schema(to)


@simulate_app.command("compare")
def compare(
    first: Annotated[Path, typer.Argument(metavar="A.json", help="A report, written by `simulate ... --json A.json`.")],
    second: Annotated[Path, typer.Argument(metavar="B.json")],
    json: Json = False,
) -> None:
    """Two reports beside each other, with the ratio of each figure."""
    from hotline.cli import scenario_files

    scenario_files.compare(first, second, as_json=json)


@simulate_app.command("load")
def load_by_options(
    calls: Annotated[int, typer.Option(min=1, help="Calls to place.")] = 100,
    rate: Annotated[float, typer.Option(help="Calls a second.")] = 5.0,
    seats: Annotated[int, typer.Option(min=0, help="Simulated softphones that log in and answer.")] = 60,
    *,
    talk: Annotated[
        str, typer.Option(help="Seconds of talk: 5, 3-8, exp(180) (mean) or normal(180, 60) (mean, deviation).")
    ] = "5",
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
    """Calls of one kind, by options; the word may be left out. Leaves with 1 when a stated limit is missed."""
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

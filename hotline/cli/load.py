"""``hotline simulate``: real SIP calls against the running service, with what they cost it."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from agents import Directory, DirectoryError, load_directory, load_or_make_pins
from calls import SystemClock
from hotline.cli import show
from hotline.cli.cost import Cost, CostMeter
from hotline.cli.cost_database import database_of
from hotline.cli.running import NotRunning, Refused, ask
from hotline.cli.scenario_stop import ended_by_signal
from hotline.logging import set_up_cli_log
from hotline.settings import Settings
from simulator import (
    Arrivals,
    CallResult,
    ForeignTarget,
    Limits,
    LoadOutcome,
    LoadProfile,
    LoadReport,
    SeatPlan,
    parse_duration,
    run_load,
)
from telephony.asterisk.secrets import load_secrets

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Order:
    """What the options of ``simulate`` ask for. Durations as ``simulator.parse_duration`` reads them."""

    calls: int
    rate: float
    seats: int
    talk: str
    patience: str
    pick_up: str
    wrap_up: str
    press: tuple[str, ...]
    number: str
    poisson: bool
    seed: int
    max_concurrent: int
    limits: Limits
    max_engine_cpu_ms: float | None = None
    max_engine_rss_mb: float | None = None

    @property
    def limited(self) -> bool:
        """Whether any limit was stated."""
        stated = (*astuple(self.limits), self.max_engine_cpu_ms, self.max_engine_rss_mb)
        return any(limit is not None for limit in stated)


def simulate(settings: Settings, order: Order, *, as_json: bool) -> None:
    """Place the calls, show the report, and leave with 1 when a stated limit was missed."""
    set_up_cli_log()
    try:
        profile = _profile(order)
        seats = seat_plans(settings, asked(settings), order.seats)
        report, cost = run_loop(_measured(settings, profile, seats, quiet=as_json))
    except (ValueError, DirectoryError) as error:
        show.fail(f"hotline simulate: {error}", show.EXIT_MISTAKE)
    except (ForeignTarget, OSError) as error:
        show.fail(f"hotline simulate: {error}", show.EXIT_FAILED)
    missed = report.misses(order.limits) + cost.misses(order.max_engine_cpu_ms, order.max_engine_rss_mb)
    if not order.limited and report.results and report.count(LoadOutcome.FAILED) == len(report.results):
        missed.append(f"calls: all {len(report.results)} failed, and no limit says how many may")
    if as_json:
        show.give_json({**report.as_dict(), **cost.as_dict(), "limits_missed": missed})
    else:
        _show(report, cost, missed, limited=order.limited)
    if report.stopped:
        show.fail("hotline simulate: stopped; the report is of what was measured by then", show.EXIT_STOPPED)
    if missed:
        show.fail("\n".join(f"limit missed: {one}" for one in missed), show.EXIT_FAILED)


def asked(settings: Settings) -> list[dict[str, Any]]:
    """Return who is at work, as the running service tells, or say that it does not run and leave."""
    try:
        rows: list[dict[str, Any]] = ask(settings.control_file, "agents")
    except NotRunning as error:
        show.fail(str(error), show.EXIT_NOT_RUNNING)
    except Refused as error:
        show.fail(str(error), show.EXIT_FAILED)
    return rows


def _profile(order: Order) -> LoadProfile:
    return LoadProfile(
        calls=order.calls,
        rate=order.rate,
        arrivals=Arrivals.POISSON if order.poisson else Arrivals.CONSTANT,
        seed=order.seed,
        number=order.number,
        press=order.press,
        talk=parse_duration(order.talk),
        patience=parse_duration(order.patience),
        pick_up=parse_duration(order.pick_up),
        wrap_up=parse_duration(order.wrap_up),
        max_concurrent=order.max_concurrent,
    )


def seat_plans(
    settings: Settings, agents: list[dict[str, Any]], wanted: int, queue: str | None = None
) -> list[SeatPlan]:
    """Return ``wanted`` free seats with free people, generalists first; whoever is logged in already is left alone.

    ``agents`` are the rows of ``/api/agents``; with ``queue`` only people who can serve it, those first who
    can serve little else.
    Raises ``ValueError`` when there are not so many, with the number.
    """
    directory = load_directory(settings.directory_file)
    pins = load_or_make_pins(settings.pins_file, directory)
    accounts = load_secrets(settings.secrets_file, []).seats
    present = [row for row in agents if row["state"] != "logged_out"]
    busy_people, busy_seats = {row["agent"] for row in present}, {row["seat"] for row in present}
    people = [agent for agent in _generalists_first(directory) if agent not in busy_people]
    if queue is not None:
        people = [agent for agent in reversed(people) if _serves(directory, agent, queue)]
    seats = [seat for seat in directory.seats.ids() if seat not in busy_seats and seat in accounts]
    if min(len(people), len(seats)) < wanted:
        raise ValueError(
            f"{wanted} seats are wanted, but {len(seats)} seats and {len(people)} people of the directory are free: "
            "ask for fewer (--seats), or log people out"
        )
    return [
        SeatPlan(seat, accounts[seat], agent, pins[agent])
        for seat, agent in zip(seats[:wanted], people[:wanted], strict=True)
    ]


def _serves(directory: Directory, agent: Any, queue: str) -> bool:
    return bool(directory.queues[queue].hard.satisfied_by(directory.routing_skills(agent)))


def people_of(directory: Directory, queue: str) -> int:
    """Return how many people can serve a queue."""
    return sum(_serves(directory, agent, queue) for agent in directory.people)


def _generalists_first(directory: Directory) -> list[Any]:
    """People who can serve most queues come first, so that few seats serve whatever the callers press."""

    def served(agent: Any) -> int:
        skills = directory.routing_skills(agent)
        return sum(queue.hard.satisfied_by(skills) for queue in directory.queues.values())

    first = next(iter(directory.queues.values()))

    def rank(agent: Any) -> tuple[bool, int, str]:
        able = first.hard.satisfied_by(directory.routing_skills(agent))
        return not able, -served(agent), agent

    return sorted(directory.people, key=rank)


def local_host_of(settings: Settings) -> str:
    """Return the address at which Asterisk is called from this machine."""
    return "127.0.0.1" if settings.sip.host in ("0.0.0.0", "::") else settings.sip.host


async def _measured(
    settings: Settings, profile: LoadProfile, seats: list[SeatPlan], *, quiet: bool
) -> tuple[LoadReport, Cost]:
    host = local_host_of(settings)
    with _progress(profile.calls, quiet=quiet) as tick, ended_by_signal() as stop:
        database = database_of(settings.store_url)
        async with CostMeter(settings.control_file, settings.asterisk_file, SystemClock(), database) as meter:

            def on_result(result: CallResult) -> None:
                meter.mark()
                tick(result)

            report = await run_load(
                profile, seats, target=(host, settings.sip.port), local_host=host, on_result=on_result, stop=stop
            )
    return report, meter.cost(report.seconds, len(report.results))


@contextmanager
def _progress(calls: int, *, quiet: bool) -> Iterator[Callable[[CallResult], None]]:
    """Show how far the run is, on standard error and only to people."""
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), disable=quiet or not sys.stderr.isatty(), transient=True,
    )  # fmt: skip
    counts = dict.fromkeys(LoadOutcome, 0)
    with bar:
        task = bar.add_task("seats log in", total=calls)

        def tick(result: CallResult) -> None:
            counts[result.outcome] += 1
            told = ", ".join(f"{outcome.value} {count}" for outcome, count in counts.items() if count)
            bar.update(task, advance=1, description=told)

        yield tick


def _show(report: LoadReport, cost: Cost, missed: list[str], *, limited: bool) -> None:
    table = report.table()
    for name, value in cost.rows():
        table.add_row(name, value)
    show.console().print(table)
    if not missed and not report.stopped:
        kept = "Every stated limit was kept." if limited else "No limit was stated."
        show.console().print(kept if report.results else "No calls.")


def run_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run work to its end, on uvloop where it is: it carries three times the media."""
    try:
        import uvloop  # noqa: PLC0415 - where it is

        return uvloop.run(work)
    except ImportError:
        return asyncio.run(work)

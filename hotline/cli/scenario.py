"""``hotline simulate SCENARIO.yaml``: lives a scenario against this machine's hotline, or any SIP target."""

import asyncio
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from agents import DirectoryError, load_directory
from calls import SystemClock
from hotline.cli import load, show
from hotline.cli.cost import CostMeter, Track, pid_in
from hotline.cli.cost_database import database_of
from hotline.cli.cost_machine import MachineMeter, cores_of, holder_of
from hotline.cli.cost_over_time import cores_between, cost_over_time
from hotline.cli.scenario_engine import add_engine_side
from hotline.cli.scenario_forms import STANDARD_OUTPUT, check_writable, write
from hotline.cli.scenario_replay import with_recorded_day
from hotline.cli.scenario_stop import ended_by_signal
from hotline.cli.simulate_target import SipTarget, sip_target, trust_of
from hotline.logging import set_up_cli_log
from hotline.settings import Settings
from simulator import CannotConnect, ForeignTarget, Guard, SeatPlan, Trust, own_address_towards
from simulator.measures.over_time import part_s
from simulator.measures.plateaus import Watched
from simulator.scenario import (
    Read,
    Run,
    ScenarioMistakes,
    Whither,
    read_accounts,
    read_scenario,
    run_in_processes,
    run_scenario,
    with_changes,
)
from simulator.scenario.arriving import Replay
from simulator.scenario.saturating import check_target
from simulator.sip.transport import UnknownHost, is_loopback
from simulator.telling.live import LiveView
from simulator.telling.report import Report, report_of
from simulator.telling.tables import report_table
from tickets import StoreUnavailable


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command's options ask for."""

    scenario: Path
    target: str | None
    allow_remote: bool
    local_host: str | None
    seed: int | None
    calls: int | None
    files: Mapping[str, Path | None]  # by form
    ca: Path | None = None
    insecure: bool = False
    processes: int = 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where the calls go, with the seats that are there."""

    target: SipTarget
    local_host: str
    seats: Mapping[str, Sequence[SeatPlan]]
    department_port: int = 0
    trust: Trust | None = None


def run(settings: Callable[[], Settings], wanted: Wanted) -> None:
    """Live the scenario, show and write the report, and leave with 1 when a limit was missed."""
    set_up_cli_log()
    quiet = any(file == STANDARD_OUTPUT for file in wanted.files.values())
    try:
        read = _read(wanted)
        check_writable(wanted.files)
        report = load.run_loop(_lived(settings, read, wanted, quiet=quiet))
    except (ScenarioMistakes, DirectoryError) as error:
        show.fail(str(error), show.EXIT_MISTAKE)
    except ForeignTarget as error:
        show.fail(f"hotline simulate: {error} (--allow-remote)", show.EXIT_MISTAKE)
    except (UnknownHost, ValueError) as error:
        show.fail(f"hotline simulate: {error}", show.EXIT_MISTAKE)
    except StoreUnavailable as error:
        show.fail(f"hotline simulate: arrivals: {error}", show.EXIT_STORE)
    except CannotConnect as error:
        show.fail(f"hotline simulate: {error}", show.EXIT_NOT_RUNNING)
    except OSError as error:
        show.fail(f"hotline simulate: {error}", show.EXIT_FAILED)
    if wanted.target is None and (why := add_engine_side(settings(), report, report["began_at"])):
        print(f"warning: {why}", file=sys.stderr)
    unwritten = write(report, wanted.files)
    if not quiet:
        show.console().print(report_table(report))
    for doubt in report["simulator"]["doubts"]:
        print(f"warning: {doubt}", file=sys.stderr)
    if unwritten:
        show.fail("\n".join(unwritten), show.EXIT_UNWRITTEN)
    if report["stopped"]:
        show.fail("hotline simulate: stopped; the report is of what was measured by then", show.EXIT_STOPPED)
    if report["limits_missed"]:
        show.fail("\n".join(f"limit missed: {one}" for one in report["limits_missed"]), show.EXIT_FAILED)


def _read(wanted: Wanted) -> Read:
    read = read_scenario(wanted.scenario)
    changed = {name: value for name in ("seed", "calls") if (value := getattr(wanted, name)) is not None}
    return with_changes(read, changed)


async def _lived(settings: Callable[[], Settings], read: Read, wanted: Wanted, *, quiet: bool) -> Report:
    if isinstance(read.scenario.arrivals, Replay):
        read = await with_recorded_day(settings(), read)
    if wanted.target is not None:
        return await _lived_elsewhere(read, wanted, quiet=quiet)
    if wanted.ca is not None or wanted.insecure:
        raise ValueError("--ca and --insecure are for TLS: write --target sips:HOST, too")
    ours = settings()
    place, pids = _here(ours, read), {"asterisk": pid_in(ours.asterisk_file), "engine_loop": pid_in(ours.control_file)}
    meter = CostMeter(ours.control_file, ours.asterisk_file, SystemClock(), database_of(ours.store_url))
    machine = MachineMeter(SystemClock(), engine_pid=pids["engine_loop"])
    with LiveView(read.scenario, quiet=quiet) as view, ended_by_signal() as stop:
        async with meter, machine:
            look = _looking(view, machine)
            lived = await _run(read, place, wanted, stop, look=look, watch=lambda _: meter.mark())
    tracks = {**meter.tracks, "simulator": machine.tracks["simulator"]}
    extra = {
        "cost": meter.cost(lived.seconds, len(lived.records)).as_dict(),
        "cost_over_time": cost_over_time(tracks, lived.began, lived.seconds, part_s(lived.seconds)),
    }
    return report_of(lived, extra, _watched(lived, {**meter.tracks, **machine.tracks}, pids))


async def _lived_elsewhere(read: Read, wanted: Wanted, *, quiet: bool) -> Report:
    place = _elsewhere(read, wanted)
    pid = holder_of(place.target) if is_loopback(place.target.host) else None
    machine = MachineMeter(SystemClock(), target_pid=pid)
    with LiveView(read.scenario, quiet=quiet) as view, ended_by_signal() as stop:
        async with machine:
            lived = await _run(read, place, wanted, stop, look=_looking(view, machine))
    return report_of(lived, None, _watched(lived, machine.tracks, {"target": pid}))


def _looking(view: LiveView, machine: MachineMeter) -> Callable[[Run], None]:
    def look(run: Run) -> None:
        machine.carried_by([one.pid for one in run.processes])
        view.show(run)

    return look


def _watched(run: Run, tracks: Mapping[str, Track], pids: Mapping[str, int | None]) -> Watched:
    """Return what was seen of processors. ``pids``: of those that may be full."""
    return Watched(partial(cores_between, tracks, run.began), cores_of(pids))


async def _run(
    read: Read,
    place: Place,
    wanted: Wanted,
    stop: asyncio.Event,
    *,
    look: Callable[[Run], None],
    watch: Callable[[Run], None] | None = None,
) -> Run:
    whither = Whither(
        (place.target.host, place.target.port), place.local_host, place.department_port, wanted.allow_remote,
        place.target.way, place.trust,
    )  # fmt: skip
    if wanted.processes > 1:
        return await run_in_processes(read, place.seats, wanted.processes, whither, watch, look=look, stop=stop)
    return await run_scenario(
        read, place.seats, target=(place.target.host, place.target.port), local_host=place.local_host,
        department_port=place.department_port, allow_remote=wanted.allow_remote, way=place.target.way,
        trust=place.trust, watch=watch, look=look, stop=stop,
    )  # fmt: skip


def _elsewhere(read: Read, wanted: Wanted) -> Place:
    """Return the target that was named, with the accounts that the scenario names."""
    try:
        target = sip_target(wanted.target or "")
    except ValueError as error:
        raise ValueError(f"--target: {error}") from error
    trust = trust_of(target, wanted.ca, insecure=wanted.insecure)
    if without := [name for name, kind in read.scenario.agents.items() if kind.accounts is None]:
        raise ValueError(
            f"agents.{without[0]}: with --target each kind of agents needs accounts: a CSV file with account, secret "
            "and, if wanted, agent and pin"
        )
    check_target(read.scenario, target.host)
    Guard(allow_remote=wanted.allow_remote).check(target.host)
    return Place(target, wanted.local_host or _towards(target), _with_accounts(read), trust=trust)


def _towards(target: SipTarget) -> str:
    try:
        return own_address_towards((target.host, target.port))
    except OSError as error:
        raise ValueError(
            f"--target: {target.host} cannot be reached from here ({error.strerror or error}): is the name right? "
            "--local-host says by which address of this machine it is called"
        ) from error


def _with_accounts(read: Read) -> dict[str, list[SeatPlan]]:
    kinds = read.scenario.agents.items()
    return {name: read_accounts(read.folder / kind.accounts) for name, kind in kinds if kind.accounts is not None}


def _here(settings: Settings, read: Read) -> Place:
    """Return this machine's hotline, with free seats and people for all agents; whoever is logged in stays so."""
    trunk = _department_port(settings)
    if not trunk and (deaf := [name for name, kind in read.scenario.departments.items() if kind.port is None]):
        raise ValueError(
            f"departments.{deaf[0]}: this hotline has no department trunk, so no department is ever called: set "
            "department_trunk under [sip] (sip:127.0.0.1:5090, say) and start it again, or give the department a port"
        )
    rows = load.asked(settings)
    seats: dict[str, list[SeatPlan]] = dict(_with_accounts(read))
    directory = load_directory(settings.directory_file)
    kinds = {name: kind for name, kind in read.scenario.agents.items() if kind.accounts is None}
    for name, kind in kinds.items():
        if kind.queue is not None and kind.queue not in directory.queues:
            raise ValueError(f"agents.{name}: there is no queue {kind.queue}; there are: {', '.join(directory.queues)}")

    def rarity(name: str) -> float:
        queue = kinds[name].queue
        return math.inf if queue is None else load.people_of(directory, queue)

    for name in sorted(kinds, key=rarity):  # so that the rare ones are not taken for others
        kind = kinds[name]
        try:
            seats[name] = load.seat_plans(settings, rows, kind.count, kind.queue)
        except ValueError as error:
            raise ValueError(f"agents.{name}: {error}") from error
        rows = rows + [
            {"agent": plan.agent_id, "seat": plan.account, "state": "taken by this run"} for plan in seats[name]
        ]
    host = load.local_host_of(settings)
    return Place(SipTarget(host, settings.sip.port), host, seats, trunk)


def _department_port(settings: Settings) -> int:
    trunk = settings.sip.department_trunk
    return sip_target(trunk).port if trunk else 0

"""``hotline whatif``: how the hotline's own router would do under a load, in virtual time."""

import csv
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rich.table import Table

from hotline.cli import show
from hotline.cli.whatif_house import House, read_house, recorded
from hotline.settings import Settings
from simulator.virtual import Arrival, Figures, OutOfBounds, Plan, arrivals_of, simulate

_TELL_EVERY_S = 5.0
_AROUND = 8  # seats fewer and more that a plot shows
_OPTIONS = {"aht_s": "--aht", "patience_s": "--patience", "wrap_up_s": "--wrap-up", "threshold_s": "--threshold"}


@dataclass(frozen=True, slots=True)
class Load:
    """Who calls, as asked for on the command line. Durations are seconds but ``hours``."""

    calls_per_hour: float | None
    aht_s: float | None
    patience_s: float | None
    wrap_up_s: float | None  # None: the house's queues', or none where there is no house
    hours: float
    threshold_s: float
    seed: int
    recorded: Path | None  # a day's callers, instead of the first two

    def plan(self, seats: int, house: House | None) -> Plan:
        """Return the plan; raises ``ValueError`` with the option that is wrong."""
        rate, aht_s, warm_up_s = self.calls_per_hour, self.aht_s, 3600.0
        if self.recorded is not None:
            rate, aht_s, warm_up_s = 1.0, 1.0, 0.0  # not looked at
        if rate is None or aht_s is None:
            raise ValueError("--calls-per-hour and --aht are needed, or --arrivals FILE")
        wrap_up_s = self.wrap_up_s or 0.0
        if house is not None and self.recorded is None:
            wrap_up_s = house.mean_wrap_up_s
        return Plan(
            rate, seats, aht_s, self.patience_s, wrap_up_s=wrap_up_s, hours=self.hours, warm_up_s=warm_up_s,
            threshold_s=self.threshold_s, seed=self.seed,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class People:
    """Who is there, as asked for on the command line."""

    seats: int
    absent: int  # so many fewer, shown beside
    house: Path | None  # a directory.yaml
    mix: str | None
    begins: str


@dataclass(frozen=True, slots=True)
class Who:
    """Who comes and who is there, when that is not left to the plan."""

    house: House | None = None
    callers: Sequence[Arrival] | None = None  # a recorded day

    def run(self, plan: Plan) -> Figures:
        """Run a plan with them."""
        if self.callers is not None:
            arrivals: Iterable[Arrival] = self.callers
            measured = 0.0, max(arrival.at_s for arrival in self.callers) + 1
        else:
            arrivals = arrivals_of(plan) if self.house is None else self.house.arrivals(plan)
            measured = plan.measured
        agents = plan.agents() if self.house is None else self.house.agents(plan, measured[1])
        return simulate(_followed(arrivals), agents, measured, threshold_s=plan.threshold_s, wrap_up_s=plan.wrap_up_s)

    def title(self, plan: Plan) -> str:
        """Say in words who comes."""
        if self.callers is not None:
            return f"{len(self.callers)} recorded calls"
        return f"{plan.calls_per_hour:g} calls an hour of {plan.aht_s:g} s"


def _followed(arrivals: Iterable[Arrival]) -> Iterator[Arrival]:
    """Pass arrivals on; where it takes long, say on the error output how far it is."""
    told = began = time.monotonic()
    for count, arrival in enumerate(arrivals):
        yield arrival
        if count % 1000 == 0 and (now := time.monotonic()) - told > _TELL_EVERY_S:
            told = now
            at = f"{arrival.at_s / 3600:.1f} hours in virtual time"
            print(f"hotline whatif: {count} calls, {at}, after {now - began:.0f} s", file=sys.stderr, flush=True)


def whatif(
    load: Load,
    people: People,
    settings: Callable[[], Settings],
    *,
    csv_file: Path | None,
    plot_file: Path | None,
    as_json: bool,
) -> None:
    """Run, show, and write what was asked for. Leaves with 2 when something asked for makes no sense, or when the load
    cannot be served at all."""
    try:
        house = None
        if people.house is not None:
            house = read_house(people.house, people.mix, people.begins, settings(), load.wrap_up_s)
        plan = load.plan(people.seats, house)
        who = Who(house, None if load.recorded is None else recorded(load.recorded, house))
        figures, fewer = who.run(plan), _fewer(plan, who, people.absent)
        if csv_file is not None:
            _write_csv(csv_file, figures)
        if plot_file is not None:
            _plot(plot_file, plan, who)
    except OutOfBounds as error:
        option = _OPTIONS.get(error.name, f"--{error.name.replace('_', '-')}")
        show.fail(f"hotline whatif: {option} {error.told}", show.EXIT_MISTAKE)
    except ValueError as error:
        show.fail(f"hotline whatif: {error}", show.EXIT_MISTAKE)
    except OSError as error:
        show.fail(f"hotline whatif: {error.filename}: {error.strerror or error}", show.EXIT_FAILED)
    if as_json:
        told: dict[str, Any] = {"seats": plan.seats, "seed": plan.seed, **figures.as_dict()}
        if fewer is not None:
            told["absent"] = {"seats": plan.seats - people.absent, **fewer.as_dict()}
        show.give_json(told)
        return
    show.console().print(_table(plan, who, figures, fewer, people.absent))


def _fewer(plan: Plan, who: Who, absent: int) -> Figures | None:
    if absent >= plan.seats:
        raise ValueError(f"--absent {absent} leaves nobody on {plan.seats} seats")
    return who.run(replace(plan, seats=plan.seats - absent)) if absent else None


def _table(plan: Plan, who: Who, figures: Figures, fewer: Figures | None, absent: int) -> Table:
    table = Table(title=who.title(plan) + ("" if who.callers is not None else f", {plan.hours:g} hours"))
    table.add_column("")
    table.add_column(f"{plan.seats} seats", justify="right")
    columns = [figures]
    if fewer is not None:
        table.add_column(f"{plan.seats - absent} seats", justify="right")
        columns.append(fewer)
    for title, words in (
        ("calls", [str(f.calls) for f in columns]),
        (f"answered within {plan.threshold_s:g} s / answered", [_percent(f.service_level) for f in columns]),
        ("ASA", [_seconds(f.asa_s) for f in columns]),
        ("wait, 95th percentile", [_seconds(f.wait_p95_s) for f in columns]),
        ("longest wait", [_seconds(f.longest_wait_s) for f in columns]),
        ("abandoned", [_percent(f.abandoned_share) for f in columns]),
        ("occupancy", [_percent(f.occupancy) for f in columns]),
    ):
        table.add_row(title, *words)
    if any(f.unserved for f in columns):
        table.add_row("never served: nobody who could", *(str(f.unserved) for f in columns))
    return table


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def _write_csv(path: Path, figures: Figures) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = [asdict(interval) for interval in figures.intervals]
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _plot(path: Path, plan: Plan, who: Who) -> None:
    """Draw the service level and ASA over the number of seats; the file's ending says PNG or SVG."""
    if path.suffix.lower() not in (".png", ".svg"):
        raise ValueError(f"{path}: a plot is a .png or an .svg")
    import matplotlib as mpl  # noqa: PLC0415 - slow to load, and seldom wanted

    mpl.use("Agg")
    from matplotlib import pyplot  # noqa: PLC0415 - the same
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - the same

    seats, levels, waits = _curve(plan, who)
    figure, left = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
    within = f"answered within {plan.threshold_s:g} s / answered, %"
    lines = left.plot(seats, [100 * level for level in levels], marker="o", color="tab:blue", label=within)
    lines.append(left.axhline(80, color="tab:gray", linestyle=":", label="80 %"))
    lines.append(left.axvline(plan.seats, color="tab:gray", linewidth=0.8, label=f"{plan.seats} seats"))
    left.set(xlabel="seats", ylim=(0, 102))
    left.set_ylabel(within, color="tab:blue")
    left.xaxis.set_major_locator(MaxNLocator(integer=True))
    right = left.twinx()
    lines += right.plot(seats, waits, marker=".", color="tab:orange", label="ASA, s")
    right.set_ylabel("ASA, s", color="tab:orange")
    right.set_ylim(bottom=0)
    left.legend(handles=lines, loc="center right")
    left.set_title(who.title(plan))
    figure.savefig(path)
    pyplot.close(figure)


def _curve(plan: Plan, who: Who) -> tuple[Sequence[int], Sequence[float], Sequence[float]]:
    seats: list[int] = []
    levels: list[float] = []
    waits: list[float] = []
    for count in range(max(1, plan.seats - _AROUND), plan.seats + _AROUND + 1):
        try:
            figures = who.run(replace(plan, seats=count))
        except ValueError:  # so few cannot serve the load at all
            continue
        seats.append(count)
        levels.append(figures.service_level or 0.0)
        waits.append(figures.asa_s or 0.0)
    return seats, levels, waits

"""What the comparison tells of each system: sustained rate, latency, CPU, drain, memory; medians over rounds. Pure.

Latency and CPU are of the same calls for all: of those turns only that every system held in every round.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from statistics import median

from benchmarks.drain_figures import Drained, percentile

MOST_FAILED = 0.001
"""Part of the calls that may fail at a rate that counts as sustained."""
MOST_LATE = 0.9
"""A turn in which calls came at less than this part of the rate that was meant proves nothing about that rate."""
CPU = ("cpu_ms_per_call", "asterisk_ms_per_call", "engine_ms_per_call")
"""The CPU of a call, and its parts."""
TurnKey = tuple[float, int]
"""What all systems get alike in a turn: calls a second, and how many calls."""


@dataclass(frozen=True, slots=True)
class Served:
    """Calls at one rate."""

    rate: float  # meant, calls a second
    placed_rate: float  # as they really came
    calls: int
    failed: int
    connect_ms: tuple[float, ...]  # from a caller's INVITE (or the end of their digit in a menu) to the seat's
    cpu_s: float
    engine_s: float = 0.0  # the engine's part of it
    late_ms: float = 0.0  # the simulator itself, at the 99th percentile
    unfinished: int = 0  # calls that were not over, or had not come, when the turn was cut off; they count as failed

    @property
    def key(self) -> TurnKey:
        """What it shares with the turns of other systems."""
        return self.rate, self.calls

    @property
    def held(self) -> bool:
        """Whether the rate was sustained."""
        return self.failed <= MOST_FAILED * self.calls and self.placed_rate >= MOST_LATE * self.rate


@dataclass(slots=True)
class Round:
    """One turn of one system."""

    rates: list[Served] = field(default_factory=list)  # rising
    menu: list[Served] = field(default_factory=list)
    drained: Drained | None = None
    rss_mb: float = 0.0

    def of(self, *, menu: bool) -> list[Served]:
        """Return its turns at rates, through the menu or without it."""
        return self.menu if menu else self.rates

    def forget(self, rate: float, *, menu: bool) -> None:
        """Forget the turns at a rate."""
        turns = self.of(menu=menu)
        turns[:] = [served for served in turns if served.rate != rate]


@dataclass(frozen=True, slots=True)
class Figures:
    """One system; None where there is nothing to measure (a bare Dial has no line that could be drained)."""

    max_cps: float | None
    cpu_ms_per_call: float | None
    asterisk_ms_per_call: float | None  # Asterisk's part of it
    engine_ms_per_call: float | None  # the engine's
    connect_p50_ms: float | None
    connect_p95_ms: float | None
    connect_p99_ms: float | None
    menu_p50_ms: float | None  # from the end of the digit in the menu to the seat's INVITE
    menu_p95_ms: float | None
    menu_p99_ms: float | None
    menu_cpu_ms_per_call: float | None
    drain_s: float | None
    idle_gap_p95_ms: float | None
    rss_mb: float | None

    def as_dict(self) -> dict[str, float | None]:
        """Return it for JSON."""
        return {name: None if value is None else round(value, 2) for name, value in asdict(self).items()}


def figures_of(
    one: Round, shared: Collection[TurnKey] | None = None, menu: Collection[TurnKey] | None = None
) -> Figures:
    """Return what one turn came to. Latency and CPU are of the ``shared`` rates (and of the ``menu``'s) alone; without,
    of those that held here, or of the first."""
    held = held_of(one.rates)
    connect, calls = latencies(_of(one.rates, shared)), _of(one.rates, shared)
    asked, pressed = latencies(_of(one.menu, menu)), _of(one.menu, menu)
    drained = one.drained
    return Figures(
        max_cps=held[-1].rate if held else None,
        **cpu_parts(calls),
        connect_p50_ms=connect[0],
        connect_p95_ms=connect[1],
        connect_p99_ms=connect[2],
        menu_p50_ms=asked[0],
        menu_p95_ms=asked[1],
        menu_p99_ms=asked[2],
        menu_cpu_ms_per_call=cpu_ms(pressed),
        drain_s=drained.total_s if drained else None,
        idle_gap_p95_ms=drained.idle_gap_p95_ms if drained else None,
        rss_mb=one.rss_mb or None,
    )


def latencies(turns: Sequence[Served]) -> tuple[float | None, float | None, float | None]:
    """Return p50, p95 and p99 of all calls of some turns, in milliseconds."""
    values = [value for served in turns for value in served.connect_ms]
    return (
        (percentile(values, 0.5), percentile(values, 0.95), percentile(values, 0.99)) if values else (None, None, None)
    )


def cpu_ms(turns: Sequence[Served]) -> float | None:
    """Return the milliseconds of CPU for each call of some turns."""
    calls = sum(served.calls for served in turns)
    return 1000 * sum(served.cpu_s for served in turns) / calls if calls else None


def cpu_parts(turns: Sequence[Served]) -> dict[str, float | None]:
    """Return the milliseconds of CPU for each call of some turns, and Asterisk's and the engine's part, by name."""
    return cpu_told(
        sum(served.calls for served in turns),
        sum(served.cpu_s - served.engine_s for served in turns),
        sum(served.engine_s for served in turns),
    )


def cpu_told(calls: int, asterisk_s: float, engine_s: float) -> dict[str, float | None]:
    """Return the milliseconds of CPU for each of so many calls, by name (``CPU``)."""
    parts = (asterisk_s + engine_s, asterisk_s, engine_s)
    return dict(zip(CPU, (1000 * part / calls if calls else None for part in parts), strict=True))


def shared_turns(of_all: Iterable[Sequence[Served]]) -> set[TurnKey]:
    """Return the turns that all held; ``of_all`` are the turns of each system in each round."""
    found = [{served.key for served in turns if served.held} for turns in of_all if turns]
    return set.intersection(*found) if found else set()


def medians_of(rounds: Sequence[Figures]) -> Figures:
    """Return the median of each figure over the rounds that have it."""
    told: dict[str, float | None] = {}
    for each in fields(Figures):
        values = [value for figures in rounds if (value := getattr(figures, each.name)) is not None]
        told[each.name] = median(values) if values else None
    return Figures(**told)


def ratios(ours: Figures, theirs: Figures) -> dict[str, float | None]:
    """Return ours over theirs."""
    mine, other = asdict(ours), asdict(theirs)
    return {
        name: round(mine[name] / other[name], 3) if mine[name] is not None and other[name] else None for name in mine
    }


def _of(turns: Sequence[Served], keys: Collection[TurnKey] | None) -> Sequence[Served]:
    if keys is None:
        return held_of(turns) or turns[:1]
    return [served for served in turns if served.key in keys]


def held_of(rates: Sequence[Served]) -> list[Served]:
    """Return the turns up to the first rate that did not hold."""
    found: list[Served] = []
    for served in rates:
        if not served.held:
            break
        found.append(served)
    return found

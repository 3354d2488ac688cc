"""What the comparison tells of each system: sustained rate, latency, CPU, drain, memory; medians over rounds. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from statistics import median

from benchmarks.drain_figures import Drained, percentile

MOST_FAILED = 0.001
"""Part of the calls that may fail at a rate that counts as sustained."""
MOST_LATE = 0.9
"""A turn in which calls came at less than this part of the rate that was meant proves nothing about that rate."""


@dataclass(frozen=True, slots=True)
class Served:
    """Calls at one rate."""

    rate: float  # meant, calls a second
    placed_rate: float  # as they really came
    calls: int
    failed: int
    connect_ms: tuple[float, ...]  # from a caller's INVITE to the seat's
    cpu_s: float
    engine_s: float = 0.0  # the engine's part of it

    @property
    def held(self) -> bool:
        """Whether the rate was sustained."""
        return self.failed <= MOST_FAILED * self.calls and self.placed_rate >= MOST_LATE * self.rate


@dataclass(slots=True)
class Round:
    """One turn of one system."""

    rates: list[Served] = field(default_factory=list)
    drained: Drained | None = None
    rss_mb: float = 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """One system; None where there is nothing to measure (a bare Dial has no line that could be drained)."""

    max_cps: float | None
    cpu_ms_per_call: float | None
    engine_ms_per_call: float | None  # the engine's part of it; the rest is Asterisk's
    connect_p50_ms: float | None
    connect_p95_ms: float | None
    connect_p99_ms: float | None
    drain_s: float | None
    idle_gap_p95_ms: float | None
    rss_mb: float | None

    def as_dict(self) -> dict[str, float | None]:
        """Return it for JSON."""
        return {name: None if value is None else round(value, 2) for name, value in asdict(self).items()}


def figures_of(one: Round) -> Figures:
    """Return what one turn came to. Latencies are of all calls at rates that held."""
    held = _held(one.rates)
    connect = [value for served in (held or one.rates[:1]) for value in served.connect_ms]
    calls = sum(served.calls for served in one.rates)
    drained = one.drained
    return Figures(
        max_cps=held[-1].rate if held else None,
        cpu_ms_per_call=1000 * sum(served.cpu_s for served in one.rates) / calls if calls else None,
        engine_ms_per_call=1000 * sum(served.engine_s for served in one.rates) / calls if calls else None,
        connect_p50_ms=percentile(connect, 0.5) if connect else None,
        connect_p95_ms=percentile(connect, 0.95) if connect else None,
        connect_p99_ms=percentile(connect, 0.99) if connect else None,
        drain_s=drained.total_s if drained else None,
        idle_gap_p95_ms=drained.idle_gap_p95_ms if drained else None,
        rss_mb=one.rss_mb or None,
    )


def medians_of(rounds: Sequence[Round]) -> Figures:
    """Return the median of each figure over the rounds that have it."""
    found = [figures_of(one) for one in rounds]
    told: dict[str, float | None] = {}
    for each in fields(Figures):
        values = [value for figures in found if (value := getattr(figures, each.name)) is not None]
        told[each.name] = median(values) if values else None
    return Figures(**told)


def ratios(ours: Figures, theirs: Figures) -> dict[str, float | None]:
    """Return ours over theirs."""
    mine, other = asdict(ours), asdict(theirs)
    return {
        name: round(mine[name] / other[name], 3) if mine[name] is not None and other[name] else None for name in mine
    }


def _held(rates: Sequence[Served]) -> list[Served]:
    """Return the turns up to the first rate that did not hold."""
    found: list[Served] = []
    for served in rates:
        if not served.held:
            break
        found.append(served)
    return found

"""What a run assumes. Times are seconds since the run's beginning unless a name says otherwise."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from acd.matching import Need
from acd.waiting import Stage

_ANY = "general"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A caller: comes at ``at_s``, would talk for ``handling_s``, gives up after ``patience_s`` (None: never)."""

    at_s: float
    handling_s: float
    patience_s: float | None = None
    queue: str = _ANY
    need: Need = field(default_factory=Need)
    priority: int = 0
    stages: tuple[Stage, ...] = ()
    target_s: float = 0.0
    wrap_up_s: float | None = None  # of whoever serves this caller; None: the run's


@dataclass(frozen=True, slots=True)
class Span:
    """Time on duty, from ``from_s`` until ``until_s`` (None: to the end); a talk under way is finished."""

    from_s: float = 0.0
    until_s: float | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody on duty in each of ``spans``, in order of time and apart from one another: a lunch is the gap."""

    name: str
    skills: Mapping[str, int] = field(default_factory=dict)
    spans: tuple[Span, ...] = (Span(),)


class OutOfBounds(ValueError):
    """One number of a plan is beyond what makes sense."""

    def __init__(self, name: str, value: float, low: float, high: float) -> None:
        self.name = name
        self.told = f"is {value:g}: it must lie between {low:.10g} and {high:.10g}"
        super().__init__(f"{name} {self.told}")


@dataclass(frozen=True, slots=True)
class Plan:
    """A steady load: Poisson arrivals, exponential handling and patience, as in Erlang's formulas.

    Measured are the callers of ``hours`` after ``warm_up_s``; arrivals go on until the last of them is served, so that
    nobody is measured in an emptying house. Raises ``ValueError`` beyond the bounds.
    """

    calls_per_hour: float
    seats: int
    aht_s: float  # mean handling time
    patience_s: float | None = None  # mean; None: nobody gives up
    wrap_up_s: float = 0.0  # constant, after each talk
    hours: float = 8.0
    warm_up_s: float = 3600.0
    threshold_s: float = 15.0  # of the service level
    seed: int = 1

    def __post_init__(self) -> None:
        bounds = (
            ("calls_per_hour", self.calls_per_hour, 0.01, 100_000),
            ("seats", self.seats, 1, 10_000),
            ("aht_s", self.aht_s, 0.1, 36_000),
            ("patience_s", 1.0 if self.patience_s is None else self.patience_s, 0.1, 360_000),
            ("wrap_up_s", self.wrap_up_s, 0, 36_000),
            ("hours", self.hours, 0.01, 10_000),
            ("warm_up_s", self.warm_up_s, 0, 360_000),
            ("threshold_s", self.threshold_s, 0, 36_000),
        )
        for name, value, low, high in bounds:
            if not low <= value <= high:
                raise OutOfBounds(name, value, low, high)
        if self.calls_per_hour * self.hours > 20_000_000:
            raise ValueError("more than 20,000,000 calls: ask for fewer hours")
        busy_s = self.aht_s + self.wrap_up_s
        if self.patience_s is None and self.calls_per_hour / 3600 * busy_s >= self.seats:
            needed = int(self.calls_per_hour / 3600 * busy_s) + 1
            raise ValueError(
                f"{self.seats} seats cannot serve {self.calls_per_hour:g} calls an hour of {busy_s:g} s: the line "
                f"would grow for ever. At least {needed} seats are needed, or callers who give up (patience)"
            )

    @property
    def measured(self) -> tuple[float, float]:
        """From when to when arrivals count, in seconds."""
        return self.warm_up_s, self.warm_up_s + self.hours * 3600

    def agents(self) -> list[Agent]:
        """Return the seats' people: all alike, always there."""
        return [Agent(f"seat-{number:05d}") for number in range(1, self.seats + 1)]


def arrivals_of(plan: Plan) -> Iterator[Arrival]:
    """Yield the plan's callers in order, without end. Arrivals, handling and patience have random streams of their own:
    another number of seats meets the very same callers."""
    coming, talking, bearing = (random.Random(f"{plan.seed}/{name}") for name in ("arrivals", "handling", "patience"))
    rate, at = plan.calls_per_hour / 3600, 0.0
    while True:
        at += coming.expovariate(rate)
        patience = None if plan.patience_s is None else bearing.expovariate(1 / plan.patience_s)
        yield Arrival(at, talking.expovariate(1 / plan.aht_s), patience)

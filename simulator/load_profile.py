"""What a load run is to do, and the bounds it may never pass."""

from dataclasses import dataclass, field
from enum import StrEnum

from simulator.bounds import ORDINARY
from simulator.media.digits import no_digits
from simulator.media.stream import MediaMode
from simulator.random_times import Duration, constant

MAX_CALLS = 100_000
MAX_RATE = ORDINARY.rate
"""Calls a second."""
MAX_CONCURRENT = ORDINARY.concurrent
MAX_SEATS = 300
_NOTES = tuple(440 * 2 ** (step / 12) for step in range(12, 37))  # equal temperament, 880 Hz to 3.5 kHz
SEAT_TONES = tuple(tone for tone in range(1010, 3400, 29) if min(abs(tone - note) for note in _NOTES) > 6)
"""Hertz; each seat has its own as far as they reach, so that hearing tells who answered. None is a note of music."""
CALLER_TONES = tuple(range(310, 960, 30))


class Arrivals(StrEnum):
    """How calls are spread over time."""

    CONSTANT = "constant"  # evenly
    POISSON = "poisson"  # as callers come who know nothing of each other


@dataclass(frozen=True, slots=True)
class SeatPlan:
    """A seat of the run: its SIP account, and who logs in there ("" for nobody)."""

    account: str
    secret: str
    agent_id: str = ""
    pin: str = ""


@dataclass(frozen=True, slots=True)
class SeatCodes:
    """Feature codes that seats dial; "" leaves a step out."""

    login: str = "*11"
    ready: str = "*12"
    end_wrap_up: str = "*15"
    logout: str = "*14"


@dataclass(frozen=True, slots=True)
class LoadProfile:
    """Callers and seats of one run. Times are in seconds. Raises ``ValueError`` beyond the bounds."""

    calls: int = 100
    rate: float = 5.0  # calls a second
    arrivals: Arrivals = Arrivals.CONSTANT
    seed: int = 1  # decides all random times and arrivals
    number: str = "12345"
    press: tuple[str, ...] = ("1",)  # each pressed while a prompt is heard; after the last the caller waits
    menu_timeout_s: float = 15.0  # for each prompt to begin
    talk: Duration = field(default_factory=lambda: constant(5.0))
    patience: Duration = field(default_factory=lambda: constant(120.0))  # from the last digit
    pick_up: Duration = field(default_factory=lambda: constant(0.5))  # seats ring that long
    wrap_up: Duration = field(default_factory=lambda: constant(0.0))  # seats wait that long before ``end_wrap_up``
    max_concurrent: int = 200  # callers at one time; who would come then comes later (and is counted)
    caller_prefix: str = "138"
    mode: MediaMode = MediaMode.FULL  # of the callers
    codes: SeatCodes = field(default_factory=SeatCodes)

    def __post_init__(self) -> None:
        bounds = (
            ("calls", self.calls, 1, MAX_CALLS),
            ("rate", self.rate, 0.001, MAX_RATE),
            ("max_concurrent", self.max_concurrent, 1, MAX_CONCURRENT),
        )
        for name, value, low, high in bounds:
            if not low <= value <= high:
                raise ValueError(f"{name} is {value}: it must lie between {low} and {high}")
        for digits in self.press:
            if strange := no_digits(digits):
                raise ValueError(
                    f"press is {digits!r}: {strange!r} cannot be pressed, only 0-9, *, # and A-D (a comma waits)"
                )

    def caller_number(self, index: int) -> str:
        """Return the number of the caller with this index: each has an own one."""
        return f"{self.caller_prefix}{index:0{11 - len(self.caller_prefix)}d}"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run must keep; None does not matter."""

    max_failed: int | None = None
    answer_p95_s: float | None = None
    max_abandoned: int | None = None
    max_one_way: int | None = None

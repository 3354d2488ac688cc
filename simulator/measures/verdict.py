"""Did the run keep what it had to, and can its figures be believed? Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.bounds import ORDINARY
from simulator.media.lateness import WORST_SECOND
from simulator.scenario.limits import LimitsOf

LATE_MS = 20.0
"""A simulator whose own ticks are later than this at the 99th percentile, or half of them in some second, measures
itself."""
_LEAST = "_least"
_WHERE: Mapping[str, tuple[str, ...]] = {
    "gaps": ("gaps",),
    "loss_share": ("sound", "loss_share"),
    "jitter_p95_ms": ("sound", "jitter_ms", "p95"),
    "mos_p5_least": ("sound", "mos", "p5"),
    "simulator_late_p99_ms": ("simulator", "late_ms", "p99"),
    "doubled": ("agents", "doubled"),
    **{f"wait_{q}_s": ("wait_s", q) for q in ("p50", "p95", "p99")},
    **{
        f"{name}_p95_s": (f"{name}_s", "p95")
        for name in (
            "request_delay",
            "post_dial_delay",
            "first_prompt",
            "reaction",
            "free_to_ring",
            "connect",
            "transfer_clip",
        )
    },
}
"""Where a limit's figure stands in the report; a limit that is not here has the figure's own name."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One limit and how it went; a figure that could not be measured misses its limit."""

    whose: str  # "" for the run, else the kind of callers
    name: str
    limit: float
    value: float | None

    @property
    def kept(self) -> bool:
        """Whether it was kept."""
        if self.value is None:
            return False
        return self.value >= self.limit if self.name.endswith(_LEAST) else self.value <= self.limit

    def __str__(self) -> str:
        """Return it in words."""
        whose = f"{self.whose}: " if self.whose else ""
        value = "not measured" if self.value is None else f"{self.value:g}"
        allowed = "at least" if self.name.endswith(_LEAST) else "allowed"
        return f"{whose}{self.name.removesuffix(_LEAST)}: {value}, {allowed} {self.limit:g}"

    def as_dict(self) -> dict[str, Any]:
        """Return it in JSON-able form."""
        return {"of": self.whose, "name": self.name, "limit": self.limit, "value": self.value, "kept": self.kept}


def judge(limits: LimitsOf, figures: Mapping[str, Any], whose: str = "") -> Iterator[Judged]:
    """Yield each limit that was stated, with its figure."""
    for name, limit in limits:
        if limit is not None:
            yield Judged(whose, name, float(limit), _value(figures, _WHERE.get(name, (name,))))


def doubts(simulator: Mapping[str, Any]) -> list[str]:
    """Return why the figures cannot be trusted, in words: the simulator itself was the bottleneck."""
    found = []
    if late := lateness_told(simulator["late_ms"]):
        found.append(
            f"the simulator itself was late ({late}, at most {LATE_MS:.0f} is good): it lacked CPU, and "
            "what was measured is partly its own slowness"
        )
    found += [
        f"process {one['process']} of the simulator was late ({late}): it lacked CPU"
        for one in simulator.get("processes", ())
        if (late := lateness_told(one["late_ms"]))
    ]
    if simulator["unsent_s"] > 0:
        found.append(f"{simulator['unsent_s']:.1f} s of audio were never sent: the simulator was too late")
    if simulator["held_back"]:
        found.append(f"{simulator['held_back']} calls came later than planned: too many were up, or it lacked CPU")
    if slowed := simulator.get("slowed", 0):
        most = simulator.get("bound_per_s", ORDINARY.rate)
        found.append(f"{slowed} calls had to wait: no more than {most:.0f} a second may leave, redials counted")
    return found


def lateness_told(late_ms: Mapping[str, float]) -> str:
    """Return how late a process was in words, "" where that was no matter."""
    at_p99, in_one = late_ms.get("p99", 0.0), late_ms.get(WORST_SECOND, 0.0)
    if at_p99 > LATE_MS:
        return f"{at_p99:.0f} ms at p99"
    return f"{in_one:.0f} ms or more for half of its worst second" if in_one > LATE_MS else ""


def _value(figures: Mapping[str, Any], path: tuple[str, ...]) -> float | None:
    found: Any = figures
    for part in path:
        found = found.get(part) if isinstance(found, Mapping) else None
    return None if found is None else float(found)

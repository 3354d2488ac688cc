"""Emergency closure: what is closed by one command or one call, whatever the calendars say. Outlives the service."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog

from calls import Clock
from ivr.kept import read_kept, write_kept

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Closure:
    """What is closed: one flow, one dialled number, or (neither named) everything. Times are epoch seconds."""

    since: float
    until: float | None = None  # None: until it is opened again
    flow: str = ""
    number: str = ""
    prompt: str = ""  # said to callers; "": the system's own words
    by: str = ""  # who closed it

    @property
    def what(self) -> str:
        """What is closed, in words."""
        return f"flow {self.flow}" if self.flow else f"number {self.number}" if self.number else "everything"

    def covers(self, flow: str, dialled: str) -> bool:
        """Return whether it closes calls in this flow to this number."""
        return (not self.flow or self.flow == flow) and (not self.number or self.number == dialled)


class Closures:
    """The closures in force, kept in a file."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._all = tuple(_read(read_kept(path)))

    def close(self, closure: Closure) -> None:
        """Close from now on; one for the same flow or number is replaced. Raises ``OSError`` when it cannot be kept."""
        others = [one for one in self.in_force() if (one.flow, one.number) != (closure.flow, closure.number)]
        self._keep([*others, closure])
        log.warning("closure.closed", what=closure.what, until=closure.until, prompt=closure.prompt, by=closure.by)

    def reopen(self, flow: str = "", number: str = "", *, by: str = "") -> list[Closure]:
        """Open what was closed under this flow or number; neither named: everything. Return what is open again."""
        ended = [one for one in self.in_force() if not (flow or number) or (one.flow, one.number) == (flow, number)]
        if ended:
            self._keep([one for one in self.in_force() if one not in ended])
        for one in ended:
            log.warning("closure.opened", what=one.what, by=by)
        return ended

    def in_force(self) -> list[Closure]:
        """Return all that are in force now."""
        now = self._clock.now()
        return [one for one in self._all if one.until is None or now < one.until]

    def closing(self, flow: str, dialled: str) -> Closure | None:
        """Return what closes a call, the narrowest first; None when it is not closed."""
        found = [one for one in self.in_force() if one.covers(flow, dialled)]
        return max(found, key=lambda one: (bool(one.number), bool(one.flow)), default=None)

    def _keep(self, closures: Iterable[Closure]) -> None:
        kept = tuple(closures)
        write_kept(self._path, {"closures": [dataclasses.asdict(one) for one in kept]})
        self._all = kept


def _read(kept: dict[str, object]) -> Iterable[Closure]:
    rows = kept.get("closures", [])
    for row in rows if isinstance(rows, list) else []:
        try:
            yield Closure(**row)
        except TypeError:
            log.exception("closure.unreadable", row=str(row))

"""What goes on, in the terminal, while a scenario runs."""

import math
import sys
import time
from bisect import insort
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from simulator.scenario.model import Scenario
from simulator.scenario.record import CallRecord, Went
from simulator.scenario.run import Run

_SHOWN = (Went.DONE, Went.ABANDONED, Went.FAILED)


class LiveView:
    """A table on standard error, drawn anew whenever it is shown how a run stands; nothing where no person looks."""

    def __init__(self, scenario: Scenario, *, quiet: bool) -> None:
        self._began = time.monotonic()
        self._seen = 0
        self._counts: dict[str, dict[Went, int]] = {name: dict.fromkeys(Went, 0) for name in scenario.callers}
        self._waits: dict[str, list[float]] = {name: [] for name in scenario.callers}  # ascending
        self._last_failure = ""
        self._title = scenario.name
        hidden = quiet or not sys.stderr.isatty()
        self._live = None if hidden else Live(console=Console(stderr=True), transient=True, auto_refresh=False)

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
            self._live.update(Text("agents log in"), refresh=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, run: Run) -> None:
        """Take what is new, and draw it."""
        for record in run.records[self._seen :]:
            self._take(record)
        self._seen = len(run.records)
        if self._live is not None:
            waiting = Text(f"agents log in: {run.seats} are ready")
            self._live.update(self.table(run) if run.going else waiting, refresh=True)

    def table(self, run: Run) -> Table:
        """Return how things stand."""
        late = run.late_ms.get("p99", 0.0)
        seconds = time.monotonic() - self._began
        title = (
            f"{self._title}: {run.placed} placed, {run.up} on the line, {seconds:.0f} s, simulator {late:.0f} ms late"
        )
        table = Table("callers", *(went.value for went in _SHOWN), "wait p50", "wait p95", title=title,
                      title_justify="left", caption=Text(self._last_failure))  # fmt: skip
        for name, counts in self._counts.items():
            waits = (_at(self._waits[name], share) for share in (0.5, 0.95))
            shown = ("-" if wait is None else f"{wait:.1f} s" for wait in waits)
            table.add_row(Text(name), *(str(counts[went]) for went in _SHOWN), *shown)
        return table

    def _take(self, record: CallRecord) -> None:
        self._counts[record.kind][record.went] += 1
        if record.wait_s is not None:
            insort(self._waits[record.kind], record.wait_s)  # a histogram would take milliseconds to be asked
        if record.went is Went.FAILED:
            self._last_failure = f"last failure: {record.kind}, {record.reason}"


def _at(ascending: Sequence[float], share: float) -> float | None:
    return ascending[max(math.ceil(share * len(ascending)), 1) - 1] if ascending else None

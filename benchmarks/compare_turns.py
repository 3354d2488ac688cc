"""Turns that last for minutes: each is ended when it should long be over, and whatever was measured by then is told."""

import asyncio
import time
from contextlib import suppress
from typing import Protocol

from benchmarks.compare_doubts import cut_off
from benchmarks.compare_figures import cpu_told
from benchmarks.compare_hurry import Deadline
from benchmarks.compare_part import Told
from benchmarks.compare_spread import Turn
from benchmarks.compare_systems import System
from benchmarks.drain_site import BenchmarkFailed, DrainSite
from benchmarks.ending import ALLOWED_S
from benchmarks.progress import Progress, Standing, say, telling


class Lasting(Protocol):
    """One turn of one system."""

    due_s: float  # how long calls come
    rest_s: float  # and how much longer the last of them may wait and talk

    async def run(self) -> None:
        """Let all calls come and be served. Raises ``BenchmarkFailed``."""
        ...

    def standing(self) -> Standing:
        """Return how its calls stand now."""
        ...

    def figures(self) -> Turn:
        """Return what was measured so far."""
        ...

    def left(self) -> tuple[int, int]:
        """Return how many calls that have begun are not over, and how many were to come and have not begun."""
        ...

    async def end(self) -> None:
        """Have everybody hang up, and take no more calls."""
        ...


async def lived(
    turn: Lasting, told: Told, system: System, what: str, site: DrainSite, *, allowed_s: float = ALLOWED_S
) -> None:  # fmt: skip
    """Let a turn happen and take its figures into ``told``, marked when it was cut off; then end it.

    ``what`` names it. Raises ``BenchmarkFailed`` when nothing could be measured. Who ends the process meanwhile (a
    cancellation) has the figures in ``told``, too.
    """
    deadline = Deadline(time.monotonic(), turn.due_s + turn.rest_s + allowed_s)
    over = False
    try:
        async with telling(Progress(f"{what}: {system.name}", turn.due_s, turn.standing)):
            await deadline.within(what, 0.0, turn.run)
        over = not deadline.cut
    except asyncio.CancelledError:
        _take(turn, told, system, what, "somebody ended it")
        raise
    else:
        late = f"it went on for {allowed_s:g} s after its last call should have been over"
        _take(turn, told, system, what, None if over else late)
    finally:
        await turn.end()
        if not over:
            with suppress(BenchmarkFailed):
                await asyncio.to_thread(site.hang_up_all)


def _take(turn: Lasting, told: Told, system: System, what: str, why: str | None) -> None:
    """Take the figures of a turn that is over, or (``why``) was cut off."""
    figures, (unfinished, not_begun) = turn.figures(), turn.left() if why is not None else (0, 0)
    told.add(system, {**figures, "cut_off": why is not None, "unfinished": unfinished, "not_begun": not_begun})
    if why is None:
        say(f"{what}: {system.name} is through")
        return
    told.more_doubts.append(cut_off(system.name, tuple(figures), f"{what}: {why}", unfinished, not_begun))
    say(f"{what}: {system.name} was cut off: {why}: {unfinished} calls unfinished, {not_begun} not begun")


class Meter:
    """What a system uses of the machine, since this was made. Raises ``BenchmarkFailed`` when it does not run."""

    def __init__(self, system: System, site: DrainSite) -> None:
        self._system, self._site = system, site
        self._began, self._cpu, self._mb = time.monotonic(), system.cpu(site), system.rss_mb(site)

    def spent(self, calls: int) -> Turn:
        """Return the CPU for each of so many calls; nothing of a system that runs no longer."""
        try:
            cpu = self._system.cpu(self._site)
        except BenchmarkFailed:
            return {**cpu_told(0, 0.0, 0.0), "cores_used": None}
        asterisk_s, engine_s = (now - then for now, then in zip(cpu, self._cpu, strict=True))
        return {
            **cpu_told(calls, asterisk_s, engine_s),
            "cores_used": (asterisk_s + engine_s) / max(time.monotonic() - self._began, 1e-9),
        }

    def grown(self) -> Turn:
        """Return by how much memory has grown."""
        try:
            mb = self._system.rss_mb(self._site)
        except BenchmarkFailed:
            return {"asterisk_grown_mb": None, "engine_grown_mb": None}
        asterisk_mb, engine_mb = (now - then for now, then in zip(mb, self._mb, strict=True))
        return {"asterisk_grown_mb": asterisk_mb, "engine_grown_mb": engine_mb}

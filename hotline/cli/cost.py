"""What calls cost the service: its CPU and memory, and Asterisk's, read from the operating system while calls run."""

import asyncio
import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Self

import psutil

from calls import Clock
from hotline.cli.cost_database import Database, cpu_and_memory

_EVERY_S = 0.1
_DATABASE_EVERY = 5
"""Looking for a database's processes takes a while, so it is done every so many times."""
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """One process at one moment: CPU seconds since its start, resident memory in megabytes."""

    cpu_s: float
    rss_mb: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run cost; None where it could not be measured (the process was restarted, or is not ours to see)."""

    engine_cpu_ms_per_call: float | None = None
    engine_rss_start_mb: float | None = None
    engine_rss_mb: float | None = None
    engine_restarted: bool = False
    asterisk_cpu_ms_per_call: float | None = None
    asterisk_rss_mb: float | None = None
    database: str = ""  # what it is, and whether it is measured
    database_cpu_ms_per_call: float | None = None
    database_rss_mb: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the figures in JSON-able form."""
        return {name: getattr(self, name) for name in self.__slots__}

    def rows(self) -> list[tuple[str, str]]:
        """Return the figures as lines of a table."""
        return [
            ("engine CPU per call", _text(self.engine_cpu_ms_per_call, "ms")),
            ("engine memory, before", _text(self.engine_rss_start_mb, "MB")),
            ("engine memory, after", _text(self.engine_rss_mb, "MB")),
            ("Asterisk CPU per call", _text(self.asterisk_cpu_ms_per_call, "ms")),
            ("Asterisk memory", _text(self.asterisk_rss_mb, "MB")),
            *self._of_the_database(),
        ] + ([("warning", "the service was restarted during the run")] if self.engine_restarted else [])

    def _of_the_database(self) -> list[tuple[str, str]]:
        if self.database_rss_mb is None:
            return [("database", self.database)] if self.database else []
        return [
            ("database", self.database),
            ("database CPU per call", _text(self.database_cpu_ms_per_call, "ms")),
            ("database memory", _text(self.database_rss_mb, "MB")),
        ]

    def misses(self, cpu_ms: float | None, rss_mb: float | None) -> list[str]:
        """Return which limits were missed, in words; a figure that is not known misses its limit."""
        checks = (
            ("engine CPU per call (ms)", self.engine_cpu_ms_per_call, cpu_ms),
            ("engine memory (MB)", self.engine_rss_mb, rss_mb),
        )
        return [
            f"{name}: {'unknown' if value is None else value}, allowed {limit:g}"
            for name, value, limit in checks
            if limit is not None and (value is None or value > limit)
        ]


Sample = tuple[float, Usage]
"""When it was taken (monotonic), and what was used by then."""


@dataclass(slots=True)
class Track:
    """One process's usage over time. ``times`` are monotonic seconds, ascending."""

    times: list[float] = field(default_factory=list)
    usages: list[Usage] = field(default_factory=list)

    def add(self, at: float, usage: Usage) -> None:
        """Take a sample."""
        self.times.append(at)
        self.usages.append(usage)

    def at(self, moment: float) -> Usage | None:
        """Return the latest sample not after ``moment`` (the first one when all are later), None without any."""
        if not self.times:
            return None
        return self.usages[max(bisect_right(self.times, moment) - 1, 0)]

    def between(self, low: float, high: float) -> "tuple[Sample, Sample] | None":
        """Return the samples nearest to two moments, the second not after ``high``; None when none came in between."""
        last = bisect_right(self.times, high) - 1
        if last < 0 or self.times[last] < low:
            return None
        first = max(bisect_right(self.times, low) - 1, 0)
        return (self.times[first], self.usages[first]), (self.times[last], self.usages[last])


class CostMeter:
    """Samples the service and Asterisk while ``async with`` lasts.

    Seats log in before the first call and out after the last one; so the cost is taken from the first call's INVITE to
    the last call's end: ``mark`` every call's end, and give ``cost`` how long placing the calls took.
    """

    def __init__(self, control_file: Path, asterisk_file: Path, clock: Clock, database: Database | None = None) -> None:
        self._clock = clock
        self._files = {"engine": control_file, "asterisk": asterisk_file}
        self._database = database or Database("")
        self._pids: dict[str, int | None] = {}
        self._tracks = {name: Track() for name in (*self._files, "database")}
        self._last_end = 0.0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._pids = {name: pid_in(file) for name, file in self._files.items()}
        self._sample()
        self._sample_database()
        self._task = asyncio.create_task(self._watch(), name="cost meter")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def mark(self) -> None:
        """A call has ended now."""
        self._last_end = self._clock.monotonic()

    @property
    def tracks(self) -> Mapping[str, Track]:
        """What the engine, Asterisk and the database used so far."""
        return self._tracks

    @property
    def last_end(self) -> float:
        """When a call ended last (monotonic)."""
        return self._last_end

    def cost(self, seconds: float, calls: int) -> Cost:
        """Return the cost of ``calls`` calls, placed within ``seconds`` up to the last ``mark``."""
        restarted = pid_in(self._files["engine"]) != self._pids.get("engine")
        spans = {
            name: (track.at(self._last_end - seconds), track.at(self._last_end)) for name, track in self._tracks.items()
        }
        engine_first, engine_last = spans["engine"]
        _, asterisk_last = spans["asterisk"]
        _, database_last = spans["database"]
        return Cost(
            engine_cpu_ms_per_call=None if restarted else _per_call(*spans["engine"], calls),
            engine_rss_start_mb=_memory(engine_first),
            engine_rss_mb=_memory(engine_last),
            engine_restarted=restarted,
            asterisk_cpu_ms_per_call=_per_call(*spans["asterisk"], calls),
            asterisk_rss_mb=_memory(asterisk_last),
            database=self._database.words,
            database_cpu_ms_per_call=_per_call(*spans["database"], calls),
            database_rss_mb=_memory(database_last),
        )

    async def _watch(self) -> None:
        for looked in count(1):
            await asyncio.sleep(_EVERY_S)
            self._sample()
            if looked % _DATABASE_EVERY == 0:
                await asyncio.to_thread(self._sample_database)

    def _sample(self) -> None:
        now = self._clock.monotonic()
        for name, pid in self._pids.items():
            usage = usage_of(pid) if pid is not None else None
            if usage is not None:
                self._tracks[name].add(now, usage)

    def _sample_database(self) -> None:
        if self._database.pid is not None and (used := cpu_and_memory(self._database.pid)) is not None:
            self._tracks["database"].add(self._clock.monotonic(), Usage(*used))


def usage_of(pid: int) -> Usage | None:
    """Return what a process uses now, None when it is not there or not ours to see."""
    try:
        process = psutil.Process(pid)
        times = process.cpu_times()
        return Usage(times.user + times.system, process.memory_info().rss / _MB)
    except psutil.Error:
        return None


def _per_call(first: Usage | None, last: Usage | None, calls: int) -> float | None:
    if first is None or last is None or calls == 0:
        return None
    return round((last.cpu_s - first.cpu_s) * 1000 / calls, 2)


def _memory(usage: Usage | None) -> float | None:
    return None if usage is None else round(usage.rss_mb, 1)


def pid_in(file: Path) -> int | None:
    """Return the process id that the hotline has left in a file (JSON), None without one."""
    try:
        return int(json.loads(file.read_text(encoding="utf-8"))["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _text(value: float | None, unit: str) -> str:
    return "unknown" if value is None else f"{value:.1f} {unit}"

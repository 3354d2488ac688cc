"""What kept processors busy beside what is called: the simulator itself, and the whole machine."""

import asyncio
import os
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Self

import psutil

from calls import Clock
from hotline.cli.cost import Track, Usage, usage_of
from hotline.cli.simulate_target import SipTarget

_EVERY_S = 0.1
_MB = 1024 * 1024


class MachineMeter:
    """Samples the simulator's processes and the machine while ``async with`` lasts; with ``engine_pid`` also the thread
    of the engine in which calls are carried, which has one core at most, and with ``target_pid`` another target."""

    def __init__(self, clock: Clock, *, engine_pid: int | None = None, target_pid: int | None = None) -> None:
        self._clock = clock
        self._carriers: dict[int, Usage] = {}  # the simulator's processes; what those used that have ended stays
        self._look: dict[str, Callable[[], Usage | None]] = {"simulator": self._simulator, "machine": machine_usage}
        if engine_pid is not None:
            self._look["engine_loop"] = partial(main_thread_usage, engine_pid)
        if target_pid is not None:
            self._look["target"] = partial(usage_of, target_pid)
        self.tracks: Mapping[str, Track] = {name: Track() for name in self._look}
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._sample()
        self._task = asyncio.create_task(self._watch(), name="machine meter")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._sample()

    def carried_by(self, pids: Collection[int]) -> None:
        """Know the processes that carry the run beside this one."""
        for pid in pids:
            self._carriers.setdefault(pid, Usage(0.0, 0.0))

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            self._sample()

    def _sample(self) -> None:
        now = self._clock.monotonic()
        for name, look in self._look.items():
            if (usage := look()) is not None:
                self.tracks[name].add(now, usage)

    def _simulator(self) -> Usage | None:
        self.carried_by([os.getpid()])
        for pid, before in self._carriers.items():
            self._carriers[pid] = usage_of(pid) or Usage(before.cpu_s, 0.0)
        used = self._carriers.values()
        return Usage(sum(one.cpu_s for one in used), sum(one.rss_mb for one in used))


def machine_usage() -> Usage:
    """Return what all processes and the system itself have used of all processors, and the memory that is in use."""
    times = psutil.cpu_times()
    names = ("user", "nice", "system", "irq", "softirq")
    return Usage(sum(getattr(times, name, 0.0) for name in names), psutil.virtual_memory().used / _MB)


def main_thread_usage(pid: int) -> Usage | None:
    """Return what a process's first thread has used, None where that cannot be seen (on Linux it can)."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/stat").read_text("ascii", errors="replace")
        user, system = text.rpartition(")")[2].split()[11:13]
        return Usage((int(user) + int(system)) / os.sysconf("SC_CLK_TCK"), 0.0)
    except (OSError, ValueError):
        return None


def cores_of(pids: Mapping[str, int | None]) -> dict[str, float]:
    """Return how many cores each of these could use, as far as that is known; a loop is one thread, and uses one."""
    could = {name: _allowed(pid) for name, pid in pids.items() if pid is not None}
    found = {name: min(cores, 1.0) if name.endswith("_loop") else cores for name, cores in could.items() if cores}
    return found | {"machine": float(psutil.cpu_count() or 1)}


def holder_of(target: SipTarget) -> int | None:
    """Return the process of this machine that serves a target's port, None where that cannot be seen."""
    udp = not target.way.reliable
    try:
        found = psutil.net_connections("udp" if udp else "tcp")
    except (psutil.Error, OSError):
        return None
    serving = (one for one in found if udp or one.status == psutil.CONN_LISTEN)
    return next((one.pid for one in serving if one.laddr and one.laddr.port == target.port), None)


def _allowed(pid: int) -> float:
    """Return on how many cores a process may run, 0 where that cannot be seen."""
    try:
        return float(len(os.sched_getaffinity(pid)))
    except (OSError, AttributeError):
        return 0.0

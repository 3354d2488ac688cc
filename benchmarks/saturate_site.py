"""An Asterisk without the hotline's service, that answers whoever calls; processes that are kept on a core."""

import os
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.drain_site import ROOT, BenchmarkFailed
from hotline.cli.cost import Usage
from telephony.asterisk import AsteriskConfig, AsteriskFailed, AsteriskProcess, find_asterisk, render
from telephony.asterisk.ports import free_ports

ANSWERED = "90001"
"""The number that is answered, and then nothing is heard until the caller hangs up."""
_EXTENSION = f"\n[inbound](+)\nexten => {ANSWERED},1,Answer(,i)\n same => n,Wait(60)\n same => n,Hangup\n"


@dataclass(frozen=True, slots=True)
class LoneAsterisk:
    """The running Asterisk."""

    pid: int
    sip: tuple[str, int]


@asynccontextmanager
async def lone_asterisk(state: Path) -> AsyncIterator[LoneAsterisk]:
    """Run an Asterisk in ``state``, rendered as the hotline's is; it is gone at the end. Raises ``BenchmarkFailed``."""
    program = find_asterisk(ROOT / "var")
    if program is None:
        raise BenchmarkFailed("there is no Asterisk: run 'make setup'")
    sip, ami = free_ports(2)
    config = AsteriskConfig(
        run_dir=state / "asterisk", modules_dir=program.modules, data_dir=program.data, sounds_dir=state / "sounds",
        music_dir=state / "music", sip_port=sip, ami_port=ami, ami_secret=secrets.token_hex(16), seats=(),
    )  # fmt: skip
    conf_file = render(config)
    with (conf_file.parent / "extensions.conf").open("a", encoding="utf-8") as file:
        file.write(_EXTENSION)
    process = AsteriskProcess(program, config, conf_file)
    try:
        await process.start()
        if process.pid is None:
            raise BenchmarkFailed("Asterisk ended as soon as it was up")
        yield LoneAsterisk(process.pid, (config.bind, sip))
    except AsteriskFailed as error:
        raise BenchmarkFailed(str(error)) from error
    finally:
        await process.stop()


def two_cores() -> tuple[int, int] | None:
    """Return a core for Asterisk and another one for the simulator, None where this process may not use two."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    cores = sorted(os.sched_getaffinity(0))
    return (cores[-1], cores[0]) if len(cores) > 1 else None


def keep_on(pid: int, cores: Sequence[int]) -> None:
    """Let all threads of a process run on these cores only; those that begin later inherit it."""
    kept: set[int] = set()
    while new := set(_threads(pid)) - kept:  # one may have begun another meanwhile
        for thread in new:
            with suppress(ProcessLookupError):
                os.sched_setaffinity(thread, cores)
        kept |= new


def core_usage(core: int) -> Usage:
    """Return for how many seconds a core has been busy, whoever kept it so."""
    times = psutil.cpu_times(percpu=True)[core]
    names = ("user", "nice", "system", "irq", "softirq")
    return Usage(sum(getattr(times, name, 0.0) for name in names), 0.0)


def _threads(pid: int) -> list[int]:
    try:
        return [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()]
    except FileNotFoundError:
        return []

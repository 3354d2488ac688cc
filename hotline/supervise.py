"""``hotline up``: Asterisk and the service under one roof. What dies is started again; Ctrl-C stops both, nothing else.

Both run in sessions of their own, so that Ctrl-C in a terminal reaches this process only and they stop in order:
Asterisk first, then the service, which has seen every call end by then.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import structlog
from pydantic import ValidationError

from agents import load_directory, load_or_make_pins
from hotline.asterisk_plan import asterisk_config
from hotline.banner import print_banner
from hotline.settings import Settings
from hotline.state_lock import StateInUse, state_lock
from hotline.versions import Versions
from telephony.asterisk import AsteriskFailed, AsteriskProcess, Secrets, find_asterisk, load_secrets, render
from telephony.asterisk.music import ensure_audio
from telephony.asterisk.ports import holder_of, is_free

log = structlog.get_logger(__name__)

_READY_S = 180.0  # the first start renders some hundred prompts
_STOP_S = 10.0
_SHORT_LIFE_S = 5.0
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 15.0

Work = Callable[["Up"], Awaitable[None]]


class CannotStart(Exception):
    """Why the hotline cannot be started, and the remedy."""


class Up:
    """Asterisk (when it is ours) and the service, kept running."""

    def __init__(self, settings: Settings, *, show_log: bool = True) -> None:
        self.settings = settings
        self._show_log = show_log  # whether the service's log lines go to this terminal too
        self.mistakes = _take_version(settings)
        self.directory = load_directory(Versions(settings).settings().directory_file)
        self.secrets: Secrets = load_secrets(settings.secrets_file, sorted(self.directory.seat_ids()))
        self.pins = load_or_make_pins(settings.pins_file, self.directory)
        self.asterisk: AsteriskProcess | None = None
        self._service: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def service_pid(self) -> int | None:
        """The service's process id while it runs."""
        return self._service.pid if self._service and self._service.returncode is None else None

    def stop_soon(self) -> None:
        """Ask for the end."""
        self._stopping.set()

    async def wait_for_stop(self) -> None:
        """Wait until somebody asked for the end."""
        await self._stopping.wait()

    async def start(self) -> None:
        """Start both and wait until callers can be served. Raises ``CannotStart``."""
        self._check_ports()
        if self.settings.asterisk.mode == "managed":
            self.asterisk = self._make_asterisk()
            await self._start_asterisk(self.asterisk)
            self._tasks.append(asyncio.create_task(self._keep_asterisk(self.asterisk), name="keep asterisk"))
        else:
            ensure_audio(self.settings.state_dir.absolute() / "music", self.settings.state_dir.absolute() / "sounds")
        self._service = await self._start_service()
        await self._wait_ready(self._service)
        self._tasks.append(asyncio.create_task(self._keep_service(), name="keep service"))

    async def stop(self) -> None:
        """Stop both: Asterisk first, so that the service sees every call end and writes it down."""
        self._stopping.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.asterisk is not None:
            await self.asterisk.stop()
            (self.settings.state_dir / "asterisk.json").unlink(missing_ok=True)
        if self._service is not None:
            await _end(self._service)

    # -- Asterisk --------------------------------------------------------------------------------------------------

    def _make_asterisk(self) -> AsteriskProcess:
        program = find_asterisk(self.settings.state_dir.absolute()) or find_asterisk(Path("var").absolute())
        if program is None:
            raise CannotStart("there is no Asterisk 20 or newer: run 'make setup', which fetches one")
        try:
            config = asterisk_config(self.settings, self.directory, self.secrets, program)
        except ValidationError as error:
            raise CannotStart(f"these settings cannot be given to Asterisk:\n{error}") from error
        return AsteriskProcess(program, config, render(config))

    async def _start_asterisk(self, asterisk: AsteriskProcess) -> None:
        try:
            await asterisk.start()
        except AsteriskFailed as error:
            raise CannotStart(str(error)) from error
        told = self.settings.state_dir / "asterisk.json"
        told.write_text(json.dumps({"pid": asterisk.pid}))

    async def _keep_asterisk(self, asterisk: AsteriskProcess) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            began = asyncio.get_running_loop().time()
            code = await asterisk.wait()
            log.error("asterisk.ended", code=code)
            pause = (
                0.5 if asyncio.get_running_loop().time() - began > _SHORT_LIFE_S else min(pause * 2, _LONGEST_PAUSE_S)
            )
            await asyncio.sleep(pause)
            with suppress(CannotStart):
                await self._start_asterisk(asterisk)

    # -- the service -----------------------------------------------------------------------------------------------

    def _check_ports(self) -> None:
        wanted = (
            ("FastAGI", self.settings.agi.host, self.settings.agi.port, "agi.port"),
            ("metrics and control", self.settings.http.host, self.settings.http.port, "http.port"),
        )
        for what, host, port, setting in wanted:
            if not is_free(host, port, udp=False):
                raise CannotStart(
                    f"port {port} for {what} is taken by {holder_of(port, udp=False)}: stop that, or choose another"
                    f" port (setting {setting})"
                )

    async def _start_service(self) -> asyncio.subprocess.Process:
        self.settings.control_file.unlink(missing_ok=True)
        errors = None if self._show_log else (self.settings.log_file.parent / "service.err").open("ab")
        try:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "hotline.serve", stdin=asyncio.subprocess.DEVNULL, stderr=errors,
                start_new_session=True,
            )  # fmt: skip
        finally:
            if errors is not None:
                errors.close()

    async def _wait_ready(self, service: asyncio.subprocess.Process) -> None:
        """The service writes its control file when it serves callers."""
        log_file = self.settings.log_file
        try:
            async with asyncio.timeout(_READY_S):
                while not self.settings.control_file.exists():
                    if service.returncode is not None:
                        raise CannotStart(f"the service ended with code {service.returncode}; see {log_file}")
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise CannotStart(f"the service was not ready within {_READY_S:g} s; see {log_file}") from None

    async def _keep_service(self) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            assert self._service is not None
            began = asyncio.get_running_loop().time()
            code = await self._service.wait()
            log.error("service.ended", code=code)
            sys.stderr.write(f"hotline: the service ended (code {code}); callers hear music, starting it again\n")
            pause = (
                0.2 if asyncio.get_running_loop().time() - began > _SHORT_LIFE_S else min(pause * 2, _LONGEST_PAUSE_S)
            )
            await asyncio.sleep(pause)
            self._service = await self._start_service()


def _next_pause(pause: float, lived_s: float) -> float:
    """Back off while it dies young."""
    return _FIRST_PAUSE_S if lived_s > _SHORT_LIFE_S else min(pause * 2, _LONGEST_PAUSE_S)


async def _end(process: asyncio.subprocess.Process) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(number)
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_S):
                await process.wait()


def _take_version(settings: Settings) -> list[str]:
    """Take the edited files, or go on with those that ran last; return the mistakes. ``CannotStart`` with neither."""
    versions = Versions(settings)
    mistakes = versions.take()
    if mistakes and not versions.there:
        raise CannotStart("\n  ".join(["these files have to be put right first:", *mistakes]))
    return mistakes


async def _run(settings: Settings, work: Work, *, show_log: bool) -> None:
    up = Up(settings, show_log=show_log)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, up.stop_soon)
    try:
        starting = asyncio.ensure_future(up.start())
        stopping = asyncio.ensure_future(up.wait_for_stop())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not starting.done():
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            return
        starting.result()
        print_banner(up.settings, up.directory, up.secrets, up.pins)
        if up.mistakes:
            told = ["hotline: your files hold mistakes, so those that ran last are used:", *up.mistakes]
            sys.stderr.write("\n  ".join(told) + "\n")
        await work(up)
    finally:
        await up.stop()


def _main(settings: Settings, work: Work, *, show_log: bool = True) -> int:
    os.umask(settings.umask)
    try:
        with state_lock(settings.state_dir):
            asyncio.run(_run(settings, work, show_log=show_log))
    except (CannotStart, StateInUse, OSError, ValueError) as error:
        sys.stderr.write(f"hotline: {error}\n")
        return 1
    sys.stdout.write("\nhotline: stopped\n")
    return 0


def up(settings: Settings) -> int:
    """Run until Ctrl-C; return the exit code."""
    return _main(settings, Up.wait_for_stop)


def demo(settings: Settings) -> int:
    """Run with simulated softphones and callers; return the exit code."""
    from hotline.demo import run_demo  # noqa: PLC0415 - the simulator is only needed here

    return _main(settings, run_demo, show_log=False)

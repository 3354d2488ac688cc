"""A running Asterisk: started in a process group of its own, waited for, stopped by its process id."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import structlog

from telephony.asterisk.config import AsteriskConfig
from telephony.asterisk.ports import holder_of, is_free
from telephony.asterisk.program import AsteriskProgram

log = structlog.get_logger(__name__)

_START_S = 30.0
_STOP_S = 8.0


class AsteriskFailed(Exception):
    """Asterisk cannot be started; the text says why and what to do."""


class AsteriskProcess:
    """One Asterisk of ours. ``start`` returns when its manager port answers; ``stop`` ends it and nothing else."""

    def __init__(self, program: AsteriskProgram, config: AsteriskConfig, conf_file: Path) -> None:
        self._program = program
        self._config = config
        self._conf_file = conf_file
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    def check_ports(self) -> None:
        """Raise ``AsteriskFailed`` naming a port that is taken, and by whom."""
        config = self._config
        wanted = (
            ("SIP", config.bind, config.sip_port, True, "sip_port"),
            ("SIP over TCP", config.bind, config.sip_port, False, "sip_port"),
            ("the manager", config.ami_host, config.ami_port, False, "ami_port"),
            *((("SIP over TLS", config.bind, config.tls_port, False, "tls_port"),) if config.tls_port else ()),
        )
        for what, host, port, udp, setting in wanted:
            if not is_free(host, port, udp=udp):
                raise AsteriskFailed(
                    f"port {port} for {what} is taken by {holder_of(port, udp=udp)}: stop that, or choose another"
                    f" port (setting {setting})"
                )

    async def start(self) -> None:
        """Start Asterisk and wait until it is up; raises ``AsteriskFailed`` with the last lines of its output."""
        self.check_ports()
        for leftover in (self._config.run_dir / "run").glob("asterisk.*"):
            leftover.unlink()  # of a process that was killed
        output = self._config.run_dir / "log" / "output.log"
        with output.open("wb") as sink:
            self._process = await asyncio.create_subprocess_exec(
                *self._program.command, "-C", str(self._conf_file), "-f", "-n", "-q",
                stdin=asyncio.subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True,
            )  # fmt: skip
        try:
            async with asyncio.timeout(_START_S):
                await self._wait_up()
        except (TimeoutError, ConnectionError) as error:
            await self.stop()
            last = "\n".join(output.read_text(errors="replace").splitlines()[-8:])
            raise AsteriskFailed(f"Asterisk did not come up ({error or 'time limit'}):\n{last}") from error
        log.info("asterisk.up", pid=self.pid, version=self._program.version)

    async def wait(self) -> int:
        """Wait until it ends; return its exit code."""
        assert self._process is not None
        return await self._process.wait()

    async def stop(self) -> None:
        """End it: politely, then at once. Idempotent."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.kill(process.pid, number)
            try:
                async with asyncio.timeout(_STOP_S):
                    await process.wait()
                    return
            except TimeoutError:
                log.warning("asterisk.slow_to_stop", pid=process.pid)

    async def console(self, command: str) -> str:
        """Run one CLI command and return what it prints."""
        done = await asyncio.create_subprocess_exec(
            *self._program.console(self._conf_file, command),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await done.communicate()
        return output.decode(errors="replace")

    async def _wait_up(self) -> None:
        """AMI is opened early; ``core waitfullybooted`` answers only when every module is up."""
        process = self._process
        assert process is not None
        socket_file = self._config.run_dir / "run" / "asterisk.ctl"
        while not socket_file.exists():
            if process.returncode is not None:
                raise ConnectionError(f"it ended with code {process.returncode}")
            await asyncio.sleep(0.05)
        while "fully booted" not in await self.console("core waitfullybooted"):
            if process.returncode is not None:
                raise ConnectionError(f"it ended with code {process.returncode}")
            await asyncio.sleep(0.05)

"""The hotline under test, and ways to look at it: SIP apart, all that its people have."""

import asyncio
import contextlib
import contextvars
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from calls import Language
from hotline.cli.running import NotRunning, ask, tell
from ivr import SystemPrompts
from ivr.speech import PromptStore, Pyttsx3Engine
from tickets import CallDetail, Reader, Store
from tickets.read import TimelineEntry

ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_S = contextvars.ContextVar("patience", default=10.0)
"""With which the service is waited for where it does not answer."""


@dataclass
class Site:
    """A running hotline, and ways to look at it."""

    state: Path
    sip: tuple[str, int]
    department_port: int
    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    ports: dict[str, int]
    secrets: dict[str, Any] = field(default_factory=dict)
    pins: dict[str, str] = field(default_factory=dict)
    added: set[Path] = field(default_factory=set)  # flows that tests have put there
    test_began: float = 0.0  # epoch seconds; calls from before belong to other tests

    @property
    def control(self) -> Path:
        return self.state / "control.json"

    def api(self, page: str) -> Any:
        return ask(self.control, page, patience_s=_PATIENCE_S.get())

    def service_pid(self) -> int:
        return int(json.loads(self.control.read_text())["pid"])

    def asterisk_pid(self) -> int:
        return int(json.loads((self.state / "asterisk.json").read_text())["pid"])

    def agent(self, agent: str) -> dict[str, Any]:
        return next(row for row in self.api("agents") if row["agent"] == agent)

    def log(self) -> str:
        return (self.state / "log" / "hotline.log").read_text(encoding="utf-8")

    def system_sound(self, name: str, language: Language = Language.ZH) -> Path:
        """The sound file of what the system says by itself, by its name in prompts.yaml."""
        dialplans = self.state / "dialplans"
        store = PromptStore(ROOT / "var" / "prompts", dialplans / "recordings", Pyttsx3Engine(self.state / "espeak"))
        sound = store.find(name, language, SystemPrompts.load(dialplans / "prompts.yaml").text(name, language))
        assert sound is not None, f"{name} was not rendered"
        return sound.path.with_suffix(".wav")

    def reload(self) -> None:
        """Have the flows read anew, as ops staff do."""
        os.kill(self.service_pid(), signal.SIGHUP)

    async def add_flow(self, name: str, text: str) -> None:
        """Have a flow more in use, as ops staff do; returns when it answers callers."""
        path = self.state / "dialplans" / f"{name}.yaml"
        path.write_text(f"name: {name}\n{text}", encoding="utf-8")
        self.added.add(path)
        told = await self.told("reload")
        assert not told["mistakes"], told
        assert name in told["flows"]

    async def told(self, command: str, what: dict[str, Any] | None = None) -> Any:
        """Return what the service tells of a command of its control API."""
        return await asyncio.to_thread(tell, self.control, command, what)

    async def hotline(self, *words: str) -> Any:
        """Give a command as people do, with ``--json``; return what it shows."""
        code, out = await self.hotline_fails(*words)
        assert code == 0, out
        return json.loads(out)

    async def hotline_fails(self, *words: str) -> tuple[int, str]:
        """The same for a command that may fail: return its exit code and its output."""
        program = str(Path(sys.executable).with_name("hotline"))
        process = await asyncio.create_subprocess_exec(
            program, *words, "--json", cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        out, _ = await process.communicate()
        return process.returncode or 0, out.decode()

    async def simulates(self, scenario: Path, report: Path, *words: str) -> tuple[int, str]:
        """Live a scenario as people do, with its report in JSON; return the exit code and what was said on standard
        error."""
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("hotline")), "simulate", str(scenario), "--json", str(report), *words,
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        _, errors = await process.communicate()
        return process.returncode or 0, errors.decode()

    async def written(self) -> None:
        """All that was lived until now is in the store: what a killed service is promised to know again."""
        await self.eventually(lambda: self.api("status")["journal"]["backlog"] == 0)

    def waiting(self) -> list[dict[str, Any]]:
        """Everybody who waits in any queue."""
        return [caller for queue in self.api("queue") for caller in queue["callers"]]

    def channels(self, *, forgotten: bool = False) -> int:
        """How many channels Asterisk has, told by its own console.

        ``forgotten``: count those too that Asterisk itself forgets when it redirects a channel in the very moment of
        its hang-up (docs/developers.md): "Surrogate/...", down, without an application. They are nobody's call, and
        nothing but a restart takes them away: every test that follows would be told to have left them.
        """
        told = self.asterisk("core show channels verbose").splitlines()
        active = int(next(line for line in told if "active channel" in line).split()[0])
        return active if forgotten else active - sum(_is_forgotten(line) for line in told)

    async def without_channels(self, timeout: float = 20.0) -> None:
        """Wait until Asterisk has no channel; those that stay are told."""
        deadline = time.monotonic() + timeout
        while await asyncio.to_thread(self.channels):
            if time.monotonic() > deadline:
                pytest.fail(f"channels stay:\n{self.asterisk('core show channels verbose')}")
            await asyncio.sleep(0.05)

    def asterisk(self, command: str) -> str:
        from telephony.asterisk import find_asterisk

        program = find_asterisk(ROOT / "var")
        assert program is not None
        conf = self.state / "asterisk" / "etc" / "asterisk.conf"
        return subprocess.run(program.console(conf, command), capture_output=True, text=True, check=False).stdout

    async def eventually(self, what: Callable[[], Any], timeout: float = 10.0) -> Any:
        """Return what ``what`` gives once it is true; the last answer is told when it never is.

        It looks from a thread: while this one waits for an answer, no telephone of this process would send anything.
        Fifteen people who looked at once made digits so slow that the hotline took what had come for all of it.
        """
        deadline = time.monotonic() + timeout
        answer: Any = None
        while time.monotonic() < deadline:
            with contextlib.suppress(NotRunning, OSError):
                answer = await asyncio.to_thread(_at_once, what)
                if isinstance(answer, Awaitable):
                    answer = await answer
                if answer:
                    return answer
            await asyncio.sleep(0.1)
        pytest.fail(f"did not come true within {timeout:g} s; last: {answer!r}")

    async def reaches(self, number: str, step: str, timeout: float = 20.0) -> None:
        """Wait until the latest call from a number has come to a step of its flow."""
        await self._told_of(number, lambda timeline: _last_step(timeline) == step, timeout)

    async def happened(self, number: str, kind: str, timeout: float = 10.0, *, times: int = 1) -> None:
        """Wait until an event of this kind is so often in the timeline of a call from a number, running or not."""
        await self._told_of(number, lambda timeline: sum(entry.kind == kind for entry in timeline) >= times, timeout)

    async def _told_of(self, number: str, what: Callable[[Sequence[TimelineEntry]], bool], timeout: float) -> None:
        store = Store(f"sqlite+aiosqlite:///{self.state / 'hotline.db'}")
        try:
            reader = Reader(store)

            async def look() -> bool:
                rows = await reader.calls(caller=number, limit=1)
                call = await reader.call(rows[0].id) if rows else None
                return call is not None and what(call.timeline)

            await self.eventually(look, timeout)
        finally:
            await store.close()

    async def call_of(self, number: str, timeout: float = 10.0) -> CallDetail:
        """Return the latest ended call of this test from a number, with its timeline, once it is in the store."""
        store = Store(f"sqlite+aiosqlite:///{self.state / 'hotline.db'}")
        try:
            reader = Reader(store)

            async def look() -> CallDetail | None:
                rows = await reader.calls(caller=number, limit=1, running=False)
                return await reader.call(rows[0].id) if rows and rows[0].arrived_at >= self.test_began else None

            found = await self.eventually(look, timeout)
            assert isinstance(found, CallDetail)
            return found
        finally:
            await store.close()

    async def together_s(self, number: str, party: str) -> float:
        """For how many seconds a party was with others in the latest ended call from a number, as the books have it."""
        call = await self.call_of(number)
        return sum((part.ended or part.began) - part.began for part in call.segments if party in part.parties)

    async def recorded_call_of(self, number: str, timeout: float = 15.0) -> CallDetail:
        """The same, once its recording or message has been measured."""

        async def look() -> CallDetail | None:
            call = await self.call_of(number)
            return call if call.recording_sha256 or call.message_sha256 else None

        found = await self.eventually(look, timeout)
        assert isinstance(found, CallDetail)
        return found


def _at_once(what: Callable[[], Any]) -> Any:
    """Look without long patience for a service that is just coming up: the deadline is kept by who asks."""
    _PATIENCE_S.set(0.5)  # in this look's own context
    try:
        return what()
    except StopIteration:  # which no thread can hand on
        return None


def _last_step(timeline: Sequence[TimelineEntry]) -> str:
    steps = [entry.data["step"] for entry in timeline if entry.kind == "StepEntered"]
    return str(steps[-1]) if steps else ""


def _is_forgotten(line: str) -> bool:
    """Whether a line of ``core show channels verbose`` tells of such a channel."""
    return line.startswith("Surrogate/") and " Down " in line and " (None) " in line

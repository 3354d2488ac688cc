"""A hotline of the benchmark's own: ``hotline up`` on free ports, with ``app_queue`` serving the same seats."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from calls import Language
from hotline.cli.running import ask
from ivr import SystemPrompts
from ivr.speech import PromptStore, Pyttsx3Engine
from telephony.asterisk import find_asterisk
from telephony.asterisk.ports import free_ports

ROOT = Path(__file__).resolve().parents[1]
OURS, BARE = "12345", "90000"
"""Numbers that lead to our flow, and to a bare Dial of the first seat."""
_READY_S = 180.0
_STOPS_S = 30.0
_CONSOLE_S = 30.0
_FIRST_SEAT, _SEATS = 1001, 60
_FLOW = """name: drain
numbers: ["12345"]
default: true
start: person
person: person
steps:
  person: {do: queue, queue: drain, nobody_staffed: end}
  end: {do: hangup}
"""
_DIRECTORY = """version: 1
seats: {first: 1001, last: 1060}
skills:
  general: {zh: 综合受理, en: General}
  lang.zh: {zh: 普通话, en: Mandarin}
queues:
  drain: {zh: 综合坐席, en: General, needs: {general: 1}, ring_s: 20, wrap_up_s: 0, announce_after_s: 600}
departments: {}
breaks:
  rest: {zh: 休息, en: Rest, number: 2}
people:
"""
_QUEUE = """
[drain{seats}]
strategy = leastrecent
autofill = yes
ringinuse = no
wrapuptime = 0
memberdelay = 0
timeout = 20
; the least that app_queue takes: 0 would mean its default of 5
retry = 1
joinempty = yes
leavewhenempty = no
announce-frequency = 0
musicclass = default
; ours records every talk, so it does as well
monitor-format = wav
"""


class BenchmarkFailed(Exception):
    """What was to be measured did not happen; the text says what happened instead."""


def queue_number(seats: int) -> str:
    """Return the number that leads to ``app_queue`` with so many members."""
    return f"90{seats:03d}"


def directory() -> str:
    """Return the directory: one person per seat, nobody waits for a wrap-up."""
    return _DIRECTORY + "".join(
        f'  "{2001 + place}": {{name: 坐席{2001 + place}, skills: {{general: 3, lang.zh: 5}}}}\n'
        for place in range(_SEATS)
    )


def queues_conf(sizes: tuple[int, ...]) -> str:
    """Return app_queue's configuration, as somebody who knows it would set it for speed."""
    told = "[general]\npersistentmembers = no\nautofill = yes\nshared_lastcall = no\n"
    for seats in sizes:
        told += _QUEUE.format(seats=seats)
        told += "".join(f"member => PJSIP/{_FIRST_SEAT + place}\n" for place in range(seats))
    return told


def extensions(sizes: tuple[int, ...], goodbye: Path) -> str:
    """Return the extensions that lead there; exact numbers win over the patterns of the hotline's own. Who has talked
    hears ``goodbye`` (a sound), which is not recorded, as with ours."""
    told = f"\n[inbound](+)\nexten => {BARE},1,Dial(PJSIP/{_FIRST_SEAT},20)\n same => n,Hangup\n"
    for seats in sizes:
        number = queue_number(seats)
        told += f"exten => {number},1,Answer\n same => n,Queue(drain{seats},c)\n"
        told += f" same => n,StopMixMonitor\n same => n,Playback({goodbye})\n same => n,Hangup\n"
    return told


async def goodbye_sound(state: Path) -> Path:
    """Return what our callers hear at the end of a call."""
    return await sound(state, "goodbye", system_text("goodbye"))


def system_text(name: str) -> str:
    """Return what the hotline says under this name."""
    return SystemPrompts.load(ROOT / "dialplans" / "prompts.yaml").text(name, Language.ZH)


async def sound(state: Path, name: str, text: str) -> Path:
    """Return the sound that our callers hear of a prompt. Raises ``BenchmarkFailed``."""
    store = PromptStore(
        ROOT / "var" / "prompts", ROOT / "dialplans" / "recordings", Pyttsx3Engine(state / "espeak")
    )  # fmt: skip
    await store.prepare([(name, Language.ZH, text)])
    found = store.find(name, Language.ZH, text)
    if found is None:
        raise BenchmarkFailed(f"the prompt {name} could not be rendered")
    return found.path


@dataclass(frozen=True, slots=True)
class DrainSite:
    """The running hotline."""

    state: Path
    sip: tuple[str, int]
    secrets: dict[str, str]
    pins: dict[str, str]

    def agents(self) -> dict[str, str]:
        """Return each agent's state by id."""
        return {row["agent"]: row["state"] for row in ask(self.state / "control.json", "agents")}

    def waiting(self) -> int:
        """Return how many wait in our queue."""
        return sum(len(queue["callers"]) for queue in ask(self.state / "control.json", "queue"))

    def cpu_s(self) -> float:
        """Return the CPU seconds that Asterisk and the engine have used so far."""
        return sum(self.cpu_parts())

    def cpu_parts(self) -> tuple[float, float]:
        """Return those of Asterisk, and those of the engine (user and system)."""
        return self._of_both(lambda process: sum(process.cpu_times()[:2]))

    def rss_mb_parts(self) -> tuple[float, float]:
        """Return the megabytes of memory that Asterisk has, and the engine."""
        return self._of_both(lambda process: process.memory_info().rss / 1024 / 1024)

    def _of_both(self, read: Callable[[psutil.Process], float]) -> tuple[float, float]:
        """Return what is read of Asterisk, and of the engine. Raises ``BenchmarkFailed`` when one runs no longer."""
        try:
            pids = [json.loads((self.state / name).read_text())["pid"] for name in ("asterisk.json", "control.json")]
            asterisk, engine = (read(psutil.Process(int(pid))) for pid in pids)
        except (OSError, ValueError, KeyError, psutil.Error) as error:
            raise BenchmarkFailed(f"Asterisk or the engine runs no longer: {error}") from None
        return asterisk, engine

    def console(self, command: str) -> str:
        """Run a command on Asterisk's console and return what it says. Raises ``BenchmarkFailed``."""
        program = find_asterisk(ROOT / "var")
        if program is None:
            raise BenchmarkFailed("there is no Asterisk: run 'make setup'")
        call = program.console(self.state / "asterisk" / "etc" / "asterisk.conf", command)
        try:
            return subprocess.run(call, capture_output=True, text=True, check=False, timeout=_CONSOLE_S).stdout
        except subprocess.TimeoutExpired:
            raise BenchmarkFailed(f"Asterisk's console was silent for {_CONSOLE_S:g} s: {command}") from None

    def hang_up_all(self) -> None:
        """Have Asterisk end all calls that it still has. Raises ``BenchmarkFailed``."""
        self.console("channel request hangup all")

    def add_extensions(self, lines: str) -> None:
        """Have Asterisk take some lines more of its dialplan."""
        with (self.state / "asterisk" / "etc" / "extensions.conf").open("a", encoding="utf-8") as file:
            file.write(lines)
        self.console("dialplan reload")

    def add_app_queue(self, sizes: tuple[int, ...]) -> None:
        """Have ``app_queue`` serve the same seats. Raises ``BenchmarkFailed`` when Asterisk does not take it."""
        etc = self.state / "asterisk" / "etc"
        (etc / "queues.conf").write_text(queues_conf(sizes), encoding="utf-8")
        self.add_extensions(extensions(sizes, asyncio.run(goodbye_sound(self.state))))
        self.console("queue reload all")
        told = self.console("queue show")
        if any(f"drain{seats} has" not in told for seats in sizes):
            raise BenchmarkFailed(f"app_queue did not take its queues:\n{told}")


@contextmanager
def drain_site(
    state: Path,
    flow: str = _FLOW,
    more: Mapping[str, str] | None = None,
    *,
    ready_s: float = _READY_S,
    stops_s: float = _STOPS_S,
) -> Iterator[DrainSite]:
    """Run ``hotline up`` in ``state``; everything it started is gone at the end, whatever happens. ``flow`` is its only
    one, ``more`` are settings as in the environment. It has ``ready_s`` to come up, and ``stops_s`` to end by itself.
    Raises ``BenchmarkFailed`` when it does not come up."""
    process = _start(state, environment := {**_environment(state, flow), **(more or {})})
    family: set[psutil.Process] = set()
    try:
        _wait_ready(state, process, ready_s)
        family |= _children(process.pid)
        secrets: dict[str, Any] = json.loads((state / "secrets.json").read_text())
        pins = dict(line.split() for line in (state / "pins").read_text().splitlines() if line and line[0] != "#")
        port = int(environment["HOTLINE_SIP__PORT"])
        yield DrainSite(state, ("127.0.0.1", port), secrets["seats"], pins)
    finally:
        _stop(process, stops_s, family)


def _environment(state: Path, flow: str) -> dict[str, str]:
    dialplans = state / "dialplans"
    dialplans.mkdir(parents=True)
    shutil.copy(ROOT / "dialplans" / "prompts.yaml", dialplans)
    (dialplans / "directory.yaml").write_text(directory(), encoding="utf-8")
    (dialplans / "drain.yaml").write_text(flow, encoding="utf-8")
    sip, ami, agi, http = free_ports(4)
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")},
        "HOTLINE_STATE_DIR": str(state),
        "HOTLINE_SIP__PORT": str(sip),
        "HOTLINE_AMI__PORT": str(ami),
        "HOTLINE_AGI__PORT": str(agi),
        "HOTLINE_HTTP__PORT": str(http),
        "HOTLINE_FILES__DIALPLANS": str(dialplans),
        "HOTLINE_FILES__PROMPTS": str(ROOT / "var" / "prompts"),
    }


def _start(state: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    with (state / "up.log").open("wb") as out:
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("hotline")), "up"], cwd=ROOT, env=environment,
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip


def _wait_ready(state: Path, process: subprocess.Popen[bytes], ready_s: float) -> None:
    deadline = time.monotonic() + ready_s
    while not (state / "control.json").exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise BenchmarkFailed("hotline up did not come up:\n" + (state / "up.log").read_text()[-3000:])
        time.sleep(0.1)


def _children(pid: int) -> set[psutil.Process]:
    try:
        return set(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return set()


def _stop(process: subprocess.Popen[bytes], stops_s: float, family: set[psutil.Process]) -> None:
    """Ask for the end as Ctrl-C does; what is left after ``stops_s`` is killed, or when somebody cannot wait for it.

    ``family`` are children as they were once: one that has lost its parent since is not left behind.
    """
    family = family | _children(process.pid)
    try:
        process.send_signal(signal.SIGINT)
        process.wait(stops_s)
    except subprocess.TimeoutExpired:
        pass
    finally:
        process.kill()
        process.wait()
        for left in family:
            with suppress(psutil.NoSuchProcess):
                left.kill()

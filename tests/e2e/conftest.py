"""One private Asterisk and one real service per test session, on free ports of loopback; phones from the simulator.

Nothing is faked: ``hotline up`` runs as a process, as people start it. Tests look at it as they would: through SIP,
through the command line's own doors, and in the ticket store.
"""

import asyncio
import contextlib
import fcntl
import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from site_under_test import ROOT, Site
from talk_scenes import FLOW, Stage

from simulator import (
    Behaviour,
    CallLeg,
    Department,
    MediaEngine,
    MediaMode,
    Reaction,
    Softphone,
    UserAgent,
    constant,
)
from simulator.collecting import without_collecting
from telephony.asterisk.ports import free_ports

READY_S = 120.0
_UNHURRIED = """  unhurried: {zh: 从容坐席, en: Unhurried, needs: {general: 1, lang.zh: 1}, ring_s: 5, wrap_up_s: 60}
  patient: {zh: 久振坐席, en: Patient, needs: {general: 1, lang.zh: 1}, ring_s: 100, wrap_up_s: 60}
departments:
"""  # two queues more, whose wrap-up ends by *15 or not in any test; phones of the second ring on and on
_OF_THE_CITY = shutil.ignore_patterns("categories.yaml")  # names departments that the tests' small house has not
_LONG = (
    "supervision", "menu", "listening", "callback", "doors", "scenarios", "consult_recording", "prompts", "mailbox",
    "outbound", "flow_asking", "left_on_hold", "agents", "departments", "transfer", "restart", "flow_tools", "closing",
    "outlived_endings", "routing", "planted_talks", "recording_policy", "taken_up", "tickets",
)  # fmt: skip
"""Files whose tests take a minute and more together; those of the first, three minutes."""
_TONES = (600, 750, 900, 1050, 1200, 1350, 1500, 1650, 1800, 1950)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """End-to-end tests run last, for a broken unit is told first. Of their files the longest begin: so no worker has
    much more to do than the others at the end."""
    tests = Counter(item.path for item in items)
    place = {f"test_{name}_e2e": place for place, name in enumerate(_LONG)}

    def turn(item: pytest.Item) -> tuple[int, int, int]:
        if "e2e" not in item.path.parts:
            return 0, 0, 0
        return 1, place.get(item.path.stem, len(place)), -tests[item.path]

    items.sort(key=turn)


class _PortTakenError(Exception):
    """Somebody took a port between our finding it free and Asterisk's binding it."""


def _start(state: Path, dialplans: Path, prompts: Path, **more: str) -> Site:
    sip, tls, ami, agi, http, department, other_system = free_ports(7)
    (state / "hotline.toml").write_text(
        f'[lookups]\nhosts = ["127.0.0.1:{other_system}"]\n[lookups.queries.bill_of]\n'
        f'database = "sqlite+aiosqlite:///{state / "bills.db"}"\n'
        'sql = "select total, due from bills where account = :account"\n', encoding="utf-8",
    )  # fmt: skip
    environment = {
        **os.environ,
        "HOTLINE_CONFIG": str(state / "hotline.toml"),
        "HOTLINE_STATE_DIR": str(state),
        "HOTLINE_SIP__PORT": str(sip),
        "HOTLINE_SIP__TLS_PORT": str(tls),
        "HOTLINE_SIP__DEPARTMENT_TRUNK": f"sip:127.0.0.1:{department}",
        "HOTLINE_AMI__PORT": str(ami),
        "HOTLINE_AGI__PORT": str(agi),
        "HOTLINE_HTTP__PORT": str(http),
        "HOTLINE_FILES__DIALPLANS": str(dialplans),
        "HOTLINE_FILES__PROMPTS": str(prompts),
        "HOTLINE_CALLS__TAKEOVER_S": "30",
        "HOTLINE_SIP__LOST_AFTER_S": "30",
        "HOTLINE_SIP__TRUNK_LOST_AFTER_S": "30",
        "HOTLINE_AGENTS__WRAP_UP_MOST_S": "75",
        "HOTLINE_SUPERVISION__BEEP_S": "4",
        "HOTLINE_PARKING__BACK_S": "25",
        "HOTLINE_OVERLOAD__LATE_S": "3",  # the machine of tests may be busy
        "HOTLINE_OVERLOAD__LATE_ALL_S": "6",
        "HOTLINE_OUTBOUND__HOURS": "00:00-24:00",
        "HOTLINE_OUTBOUND__DENIED": "13899*",
        **more,
    }
    out = (state / "up.log").open("wb")
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("hotline")), "up"],
        cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
    )  # fmt: skip
    out.close()
    site = Site(
        state, ("127.0.0.1", sip), department, process, environment,
        {"sip": sip, "tls": tls, "ami": ami, "agi": agi, "http": http, "other_system": other_system},
    )  # fmt: skip
    deadline = time.monotonic() + READY_S
    while not site.control.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            _end(process)
            told = (state / "up.log").read_text(errors="replace")[-3000:]
            if "is taken by" in told:
                raise _PortTakenError(told)
            pytest.fail("hotline up did not come up:\n" + told)
        time.sleep(0.1)
    site.secrets = json.loads((state / "secrets.json").read_text())
    lines = (state / "pins").read_text().splitlines()
    site.pins = dict(line.split() for line in lines if line and not line.startswith("#"))
    return site


def _stop(site: Site) -> None:
    assert site.process.poll() is None, "hotline up ended by itself"
    left = _end(site.process)
    assert not left, f"hotline up left processes behind: {left}"


def _end(up: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """End ``hotline up``, and return whatever it left behind (which is killed)."""
    if up.poll() is not None:
        return []
    ours = psutil.Process(up.pid).children(recursive=True)
    up.send_signal(signal.SIGINT)
    try:
        up.wait(30)
    except subprocess.TimeoutExpired:
        up.kill()
    left = [p for p in ours if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    for process in left:
        process.kill()
    return left


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The hotline, with the shipped flows and a small directory."""
    state = tmp_path_factory.mktemp("site")
    dialplans = state / "dialplans"
    shutil.copytree(ROOT / "dialplans", dialplans, ignore=_OF_THE_CITY)
    directory = Path(__file__).with_name("directory.yaml").read_text(encoding="utf-8")
    (dialplans / "directory.yaml").write_text(directory.replace("departments:\n", _UNHURRIED, 1), encoding="utf-8")
    flow = dialplans / "12345.yaml"  # as shipped, but less patient: tests wait for every time-out
    shipped = flow.read_text(encoding="utf-8")
    quick = shipped.replace("    do: menu\n", "    do: menu\n    first_digit_s: 1.5\n")
    quick = quick.replace("    after: rate\n", "")  # a call ends with its talk; test_doors_e2e lives the survey
    flow.write_text(quick, encoding="utf-8")
    prompts = ROOT / "var" / "prompts"  # by content, so it may be shared; rendering it anew would cost each run seconds
    with _one_renders(prompts):
        try:
            site = _start(state, dialplans, prompts)
        except _PortTakenError:  # other tests' phones take free ports all the time
            site = _start(state, dialplans, prompts)
    gc.collect()
    gc.freeze()  # looking at all code for rubbish makes the telephones of this process stand still for 0.3 s
    try:
        yield site
    finally:
        _stop(site)


@contextlib.contextmanager
def _one_renders(prompts: Path) -> Iterator[None]:
    """In a fresh clone the first worker renders all prompts, and the others wait for that: else each would."""
    prompts.mkdir(parents=True, exist_ok=True)
    done = prompts.with_suffix(".done")
    with prompts.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists():
            fcntl.flock(lock, fcntl.LOCK_UN)
        yield
        done.touch()


@contextlib.contextmanager
def another_site(state: Path, queues: str, *, shipped: bool = False, **more: str) -> Iterator[Site]:
    """A hotline beside that of all tests: queues more, and settings as in the environment. ``shipped``: with the city's
    directory instead of the tests' small house."""
    dialplans = state / "dialplans"
    shutil.copytree(ROOT / "dialplans", dialplans, ignore=None if shipped else _OF_THE_CITY)
    path = dialplans / "directory.yaml" if shipped else Path(__file__).with_name("directory.yaml")
    directory = path.read_text(encoding="utf-8").replace("departments:", f"{queues}departments:", 1)
    (dialplans / "directory.yaml").write_text(directory, encoding="utf-8")
    site = _start(state, dialplans, ROOT / "var" / "prompts", **more)
    try:
        yield site
    finally:
        _stop(site)


@pytest.fixture(scope="session")
def beside() -> Callable[..., contextlib.AbstractContextManager[Site]]:
    """Starts hotlines beside that of all tests (``another_site``)."""
    return another_site


@pytest.fixture(autouse=True)
def nobody_stands_still() -> Iterator[None]:
    """Telephones of this process would stand still for 0.2 s whenever it looked for rubbish, and be told of a hang-up
    so much too late: it looks between two tests."""
    with without_collecting():
        yield


@pytest.fixture(autouse=True, scope="module")
def only_own_flows(site: Site) -> Iterator[None]:
    """Flows that the tests of one file have put there are none of the next one's."""
    yield
    while site.added:
        site.added.pop().unlink(missing_ok=True)


class Phones:
    """Everybody who has a telephone in a test; hung up and logged out at its end."""

    def __init__(self, site: Site, media: MediaEngine) -> None:
        self.site = site
        self.media = media
        self.agent = UserAgent(target=site.sip, media=media)
        self.legs: list[CallLeg] = []
        self.seats: list[Softphone] = []
        self._cables: dict[Softphone, UserAgent] = {}  # of phones that have a socket of their own

    async def call(self, number: str, *, to: str = "12345", tone: int = 440, **more: Any) -> CallLeg:
        """Call the hotline and wait until it has answered."""
        leg = await self.agent.call(to, number=number, tone=tone, **more)
        self.legs.append(leg)
        await leg.wait_answered(10)
        return leg

    async def ask_for_a_person(self, number: str, **more: Any) -> CallLeg:
        """Call and press 1 as soon as the greeting sounds."""
        leg = await self.call(number, **more)
        await leg.hear_sound(5)
        await leg.send_digits("1")
        return leg

    async def seat(
        self,
        seat: str,
        agent: str | None = None,
        *,
        tone: int | None = None,
        behaviour: Behaviour | None = None,
        ready: bool = True,
        own_cable: bool = False,
        knows_options: bool = True,
        mode: MediaMode = MediaMode.FULL,
    ) -> Softphone:
        """Register a seat's softphone; with ``agent``, log that person in and make them ready. ``own_cable``: it can be
        pulled out."""
        cable = UserAgent(target=self.site.sip, media=self.media) if own_cable else self.agent
        if own_cable:
            await cable.start()
        phone = Softphone(
            cable, seat, self.site.secrets["seats"][seat],
            tone=tone or _TONES[len(self.seats) % len(_TONES)],
            behaviour=behaviour or Behaviour(Reaction.ANSWER, constant(0.1)), knows_options=knows_options,
            mode=mode,
        )  # fmt: skip
        self.seats.append(phone)
        if own_cable:
            self._cables[phone] = cable
        await phone.register()
        if agent is not None:
            await self._log_in(phone, agent)
            if ready:
                await self._order(agent, "ready")
                await self.site.eventually(lambda: self.site.agent(agent)["state"] == "ready", 5)
        return phone

    async def pull_out(self, phone: Softphone) -> None:
        """Take a phone's own cable away: nobody is told, nothing is answered any more."""
        self.seats.remove(phone)
        await self._cables.pop(phone).close()

    async def _order(self, agent: str, act: str) -> None:
        """Give a supervisor's order."""
        await self.site.told("agent", {"agent": agent, "by": "supervisor test", "act": act})

    async def _log_in(self, phone: Softphone, agent: str) -> None:
        """Enter id and PIN; like most people, do not listen to the end once it is done."""
        leg = await phone.dial("*11")
        await leg.wait_answered(10)
        await leg.hear_sound(10)
        await leg.send_digits(f"{agent}#{self.site.pins[agent]}#")
        await self.site.eventually(lambda: self.site.agent(agent)["state"] != "logged_out", 10)
        await leg.hang_up()

    async def close(self) -> None:
        """Hang up, log out, unregister."""
        legs = [*self.legs, *(leg for phone in self.seats for leg in phone.legs)]
        await asyncio.gather(*(leg.hang_up() for leg in legs), return_exceptions=True)
        for phone in self.seats:
            phone.behaviour = Behaviour(Reaction.BUSY)
        talking = {"talking", "on_hold", "consulting"}  # who logs out in a talk has the wrap-up before
        await self.site.eventually(lambda: not talking & {row["state"] for row in self.site.api("agents")}, 20)
        staff = [row["agent"] for row in self.site.api("agents") if row["state"] != "logged_out"]
        await asyncio.gather(*(self._order(agent, "log_out") for agent in staff), return_exceptions=True)
        await asyncio.gather(*(phone.unregister() for phone in self.seats), return_exceptions=True)
        for agent in (self.agent, *self._cables.values()):
            await agent.close()
        await self.site.eventually(lambda: all(r["state"] == "logged_out" for r in self.site.api("agents")), 20)


@pytest.fixture
async def phones(site: Site) -> AsyncIterator[Phones]:
    """Telephones for one test. It begins with no call up: some tests' strangers never hang up."""
    if site.channels():
        site.asterisk("channel request hangup all")
        await site.eventually(lambda: site.channels() == 0)
        await site.eventually(lambda: site.api("status")["calls"] == 0)
    media = MediaEngine("127.0.0.1")
    phones = Phones(site, media)
    await phones.agent.start()
    site.test_began = time.time()
    try:
        yield phones
    finally:
        await phones.close()
        await media.close()


@pytest.fixture
async def department(site: Site, phones: Phones) -> AsyncIterator[Department]:
    """The departments' exchange: answers every number with a tone of 2,100 Hz."""
    async with Department(port=site.department_port, tone=2100, media=phones.media) as department:
        yield department


@pytest.fixture
async def stage(site: Site, phones: Phones, department: Department) -> AsyncIterator[Stage]:
    """Talks in every state: phones and departments, and a flow that leads to agents. Seats are opened by each test."""
    await site.add_flow("talks", FLOW)
    stage = Stage(site, phones, department)
    yield stage
    await stage.close()

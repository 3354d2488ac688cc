"""A scenario run: departments and agents first, then callers as they arrive, until the last one is off the line."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from simulator.agent import UserAgent
from simulator.bounds import OTHER_FILES, allow_open_files
from simulator.collecting import without_collecting
from simulator.department import Department
from simulator.load_profile import SeatPlan
from simulator.measures.registering import RegisterAttempt
from simulator.media.engine import DEFAULT_PORTS, MediaEngine
from simulator.media.lateness import Lateness
from simulator.pace import Pace
from simulator.scenario.agents_met import Company
from simulator.scenario.arriving import Replay, Steps, arrival_times, minutes
from simulator.scenario.company import OwnCompany
from simulator.scenario.crew import Crew
from simulator.scenario.life import Life
from simulator.scenario.looking import regularly
from simulator.scenario.model import Scenario
from simulator.scenario.part import Part
from simulator.scenario.plateaus import Plateaus
from simulator.scenario.reading import Read
from simulator.scenario.record import CallRecord
from simulator.scenario.recorded import kind_for, to_be_lived
from simulator.scenario.saturating import check_target
from simulator.scenario.setting import Setting
from simulator.sip.stream import Trust
from simulator.sip.transport import Endpoint, Way
from simulator.stopping import run_until, somebody_answers

HELD_BACK_S = 0.5
"""A call that comes so much later than planned is counted as held back."""


@dataclass(slots=True)
class Carried:
    """What one of several processes carried of a run."""

    pid: int
    seats: int = 0
    placed: int = 0  # callers
    held_back: int = 0
    slowed: int = 0
    late_ms: dict[str, float] = field(default_factory=dict)
    unsent_s: float = 0.0
    died: str = ""  # how, of a process that did not come to its end


@dataclass(slots=True)
class Run:
    """A run that is over (or, for who watches it, goes on)."""

    scenario: Scenario
    target: Endpoint
    way: Way = Way.UDP
    began_at: float = field(default_factory=time.time)  # epoch
    began: float = 0.0  # the same, monotonic
    seconds: float = 0.0
    records: list[CallRecord] = field(default_factory=list)
    going: bool = False  # agents have logged in: callers come
    up: int = 0  # callers on the line now
    placed: int = 0
    seats: int = 0
    seat_faults: list[str] = field(default_factory=list)
    registrations: list[RegisterAttempt] = field(default_factory=list)
    doubled: int = 0  # offers to seats in a call
    crossed: int = 0  # offers to seats that were just dialling a code
    offers: dict[str, int] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)
    held_back: int = 0  # calls that came later than planned
    slowed: int = 0  # calls, first ones and redials, that the bound on their rate let wait
    late_ms: dict[str, float] = field(default_factory=dict)  # the simulator's own lateness, as reports tell it
    lateness: Lateness = field(default_factory=Lateness)  # out of which that is; of several processes at the end
    unsent_s: float = 0.0
    processes: list[Carried] = field(default_factory=list)  # when there were several
    sustained_rate: float | None = None  # of an arrival in steps: calls a second of the last step that held
    broke_at_rate: float | None = None  # and of the one that did not
    reached_s: float = 0.0  # so far arrivals in steps came: what is before had all its time
    stopped: bool = False  # before its end, by whoever runs it


class Others(Protocol):
    """The processes beside this one that carry the other parts of a run."""

    async def company(self, crew: Crew) -> Company:
        """Return all agents, of whom this process has some."""
        ...

    async def begin(self, seats: int) -> float:
        """Say that this process is ready, with so many seats; return when all begin (monotonic)."""
        ...

    async def over(self, at: float, plateaus: Plateaus) -> bool:
        """Tell whether no call is to come at ``at`` any more, of arrivals in steps."""
        ...

    async def all_off(self) -> None:
        """Say that the last caller of this process is off the line, and wait for those of all: agents stay so long."""
        ...


class Nobody:
    """This process carries the whole run."""

    async def company(self, crew: Crew) -> Company:
        """Return all agents."""
        return OwnCompany(crew)

    async def begin(self, seats: int) -> float:
        """Begin at once."""
        return time.monotonic()

    async def over(self, at: float, plateaus: Plateaus) -> bool:
        """Decide by what was measured here, which is all."""
        return plateaus.over(at)

    async def all_off(self) -> None:
        """Wait for nobody."""


async def run_scenario(
    read: Read,
    plans: Mapping[str, Sequence[SeatPlan]],
    *,
    target: Endpoint = ("127.0.0.1", 5060),
    local_host: str = "127.0.0.1",
    rtp_ports: tuple[int, int] = DEFAULT_PORTS,
    department_port: int = 0,
    allow_remote: bool = False,
    way: Way = Way.UDP,
    trust: Trust | None = None,
    part: Part | None = None,
    others: Others | None = None,
    pace: Pace | None = None,
    watch: Callable[[Run], None] | None = None,
    look: Callable[[Run], None] | None = None,
    stop: asyncio.Event | None = None,
) -> Run:
    """Live a scenario. ``plans`` are the seats of each kind of agents; ``watch`` sees the run after each call,
    ``look`` twice a second from its very beginning.
    ``part``: what this process carries, beside ``others``; ``pace``: the turns of all their calls. ``stop``, once set,
    ends the run early: what was measured by then is returned.

    Raises ``ForeignTarget`` for a target outside this machine unless ``allow_remote``, ``ValueError`` when seats are
    missing, for such a target of a scenario with ``saturate``, and when too few files may be open, ``DayMistake``,
    ``OSError`` when no port is free, ``CannotConnect`` (one, too) by TCP and TLS.
    """
    check_target(read.scenario, target[0])
    allow_remote = allow_remote and not read.scenario.saturate  # nor may audio go where an answer says
    setting = Setting(read.scenario, read.folder, to_be_lived(read.scenario, read.recorded))
    part, others, pace = part or Part(), others or Nobody(), pace or Pace.alone(read.scenario.bounds.rate)
    allow_open_files(_files_of(read.scenario, part))
    media = MediaEngine(local_host, part.ports(rtp_ports))
    run = Run(read.scenario, target, way, lateness=media.ticker.lateness)
    async with AsyncExitStack() as stack:
        if read.scenario.saturate:  # thousands of records would be looked through; calls leave no rubbish
            stack.enter_context(without_collecting())
        stack.push_async_callback(media.close)
        trunk, desk = [
            await stack.enter_async_context(
                UserAgent(
                    local_host, target, media=media, allow_remote=allow_remote, way=way, trust=trust, pace=turns
                )
            )
            for turns in (pace, None)
        ]  # fmt: skip
        crew = Crew(desk, setting, plans, part)
        company = await others.company(crew)
        if part.index == 0:
            await stack.enter_async_context(_departments(setting, media, local_host, department_port))
        arrivals = _Arrivals(trunk, setting, company, run, part=part, others=others, watch=watch)

        def stands() -> None:
            run.seats = crew.ready
            _lateness(run, media)
            if look is not None:
                look(run)

        await stack.enter_async_context(regularly(stands))

        async def live() -> None:
            await crew.open()
            run.seats, setting.began = crew.ready, await others.begin(crew.ready)
            run.began = setting.began
            if isinstance(read.scenario.arrivals, Steps):
                media.ticker.lateness.split(setting.began, read.scenario.arrivals.every_s)
            run.began_at = time.time() - setting.since(time.monotonic())
            run.going = True
            await arrivals.all()
            run.seconds = time.monotonic() - setting.began
            await others.all_off()

        try:
            run.stopped = not await run_until(stop or asyncio.Event(), live(), setting.stop)
        finally:
            if run.stopped:
                run.seconds = time.monotonic() - setting.began
            if not run.stopped or await somebody_answers(desk):
                await crew.close()
    run.seat_faults, run.taken, run.registrations = list(crew.faults), crew.taken(), crew.registrations
    run.slowed = pace.held
    run.doubled, run.crossed = crew.doubled, crew.crossed
    run.offers = dict(crew.offers)
    _lateness(run, media)
    return run


def _files_of(scenario: Scenario, part: Part) -> int:
    """Return how many files a part may have open at a time: a socket for the audio of each call's end, and others."""
    agents = part.share(sum(kind.count for kind in scenario.agents.values()))
    departments = scenario.max_concurrent if scenario.departments and part.index == 0 else 0
    return part.share(scenario.max_concurrent) + 2 * agents + departments + OTHER_FILES


def _lateness(run: Run, media: MediaEngine) -> None:
    run.late_ms = media.ticker.lateness.figures()
    run.unsent_s = media.ticker.skipped_s


@asynccontextmanager
async def _departments(setting: Setting, media: MediaEngine, host: str, port: int) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for kind in setting.scenario.departments.values():
            department = Department(
                host, kind.port or port, tone=kind.tone, answer_after_s=kind.answers_after,
                reject_with=kind.rejects_with or 0, media=media,
            )  # fmt: skip
            await stack.enter_async_context(department)
        yield


class _Arrivals:
    """Places the callers at their times."""

    def __init__(
        self,
        trunk: UserAgent,
        setting: Setting,
        company: Company,
        run: Run,
        *,
        part: Part,
        others: Others,
        watch: Callable[[Run], None] | None,
    ) -> None:
        self._trunk, self._setting, self._company, self._run = trunk, setting, company, run
        self._part, self._others, self._watch = part, others, watch
        self._room = asyncio.Semaphore(part.share(setting.scenario.max_concurrent))
        self._random = random.Random(f"{setting.scenario.seed}/kinds")
        how = setting.scenario.arrivals
        self._plateaus = Plateaus(how, run.records) if isinstance(how, Steps) else None

    async def all(self) -> None:
        """Place them all, and wait for the last one."""
        run, times = self._run, self._times()
        async with asyncio.TaskGroup() as group:
            for index, at in enumerate(times):
                kind = self._kind(index)  # drawn for all, so that each process knows which kind a call is of
                if not self._part.has(index):
                    continue
                await asyncio.sleep(max(at - self._now(), 0.0))
                if self._plateaus is not None and await self._others.over(at, self._plateaus):
                    break
                await self._room.acquire()
                group.create_task(self._one(index, kind, at))
        if self._plateaus is not None and self._part.of == 1:  # several are judged together
            run.sustained_rate, run.broke_at_rate = self._plateaus.verdict()
            run.reached_s = self._plateaus.reached

    def _now(self) -> float:
        return time.monotonic() - self._setting.began

    def _times(self) -> Iterator[float]:
        scenario, how = self._setting.scenario, self._setting.scenario.arrivals
        if isinstance(how, Replay):
            begins = minutes(how.begins) * 60
            return iter([(call.at_s - begins) / scenario.compress for call in self._setting.recorded])
        return arrival_times(how, scenario.calls, scenario.seed, self._setting.folder, scenario.compress)

    def _kind(self, index: int) -> str:
        callers = self._setting.scenario.callers
        if self._setting.recorded:
            return kind_for(callers, self._setting.recorded[index].queue, self._random)
        return self._random.choices(list(callers), [kind.share for kind in callers.values()])[0]

    async def _one(self, index: int, name: str, planned_at: float) -> None:
        run, kind = self._run, self._setting.scenario.callers[name]
        number = f"{kind.prefix}{index:0{11 - len(kind.prefix)}d}"
        record = CallRecord(index, name, number, planned_at)
        recorded = self._setting.recorded[index] if self._setting.recorded else None
        life = Life(self._trunk, self._setting, self._company, record, kind, recorded=recorded)
        run.up += 1
        run.placed += 1
        try:
            run.records.append(await life.run())
        finally:
            run.up -= 1
            run.held_back += record.began_at - planned_at > HELD_BACK_S
            self._room.release()
        if self._watch is not None:
            self._watch(run)

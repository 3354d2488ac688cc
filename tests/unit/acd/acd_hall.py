"""A house with ten people, the real router and the real floor, and lines without telephony."""

import asyncio
from pathlib import Path

from acd_fake_line import FakeLine

from acd import Distributor, Need, QueueRequest, Router, RouterSettings
from agents import AgentState, Floor, FloorSettings, MemoryAgentJournal, PinGuard
from agents.loader import parse_directory
from calls import Address, AgentId, MemoryTimeline, SeatId, SystemClock

DIRECTORY = """
seats: {first: 1001, last: 1010}
skills: {general: {zh: 综合}, lang.en: {zh: 英语}}
queues:
  general: {zh: 综合, needs: {general: 1}, wrap_up_s: 0}
breaks: {meal: {number: 1, zh: 用餐}}
people:
""" + "\n".join(f"  {2001 + n}: {{name: P{n}, skills: {{general: 3}}, pin: 111111}}" for n in range(10))

GENERAL = Need.of({"general": 1})
S = AgentState


class Announcer:
    """Says places; each announcement lasts until cancelled or let go."""

    def __init__(self) -> None:
        self.places: list[int] = []
        self.begun = asyncio.Event()
        self.let_go = asyncio.Event()
        self.cut_short = False

    async def announce(self, line, place, estimate_s) -> None:
        self.places.append(place)
        self.begun.set()
        try:
            await self.let_go.wait()
        except asyncio.CancelledError:
            self.cut_short = True
            raise


class Hall:
    """Everything wired, as the service does it."""

    def __init__(self, **floor_settings) -> None:
        self.clock = SystemClock()
        self.timeline = MemoryTimeline()
        directory = parse_directory(DIRECTORY, "directory.yaml")
        pins = PinGuard(dict.fromkeys(directory.people, "111111"))
        self.floor = Floor(
            directory, pins, self.clock, MemoryAgentJournal(), timeline=self.timeline,
            settings=FloorSettings(**floor_settings), call_later=asyncio.get_running_loop().call_later,
        )  # fmt: skip
        self.router = Router(RouterSettings(avoid_s=60))
        self.distributor = Distributor(
            self.router, self.floor, self.timeline, self.clock,
            address_of=lambda seat: Address(f"sip:{seat}"),
            recording_path=lambda call, agent: (Path("/nowhere") / f"{call}.wav", f"{call}.wav"),
        )  # fmt: skip
        self.floor.follow(self.distributor)
        self.announcer = Announcer()
        self.tasks: list[asyncio.Task] = []

    def agent(self, number: int, *, ready: bool = True) -> AgentId:
        agent = AgentId(str(2000 + number))
        self.floor.login(agent, SeatId(str(1000 + number)), "111111")
        if ready:
            self.floor.ready(agent)
        return agent

    def state(self, agent: AgentId) -> AgentState | None:
        standing = self.floor.standing(agent)
        return standing.state if standing else None

    def call(self, name: str, number: str = "", **request) -> tuple[FakeLine, asyncio.Task]:
        line = FakeLine(name, number)
        wanted = QueueRequest(**({"queue": "general", "need": GENERAL, "announce_after_s": None} | request))
        task = asyncio.create_task(self.distributor.distribute(line.call, line, wanted, self.announcer))
        self.tasks.append(task)
        return line, task

    def kinds(self, call: str) -> list[str]:
        return [type(e).__name__ for e in self.timeline.events if e.call == call]

    def at_rest(self, *ready: AgentId) -> None:
        """Nothing is reserved, nobody waits, and these agents can be offered the next caller."""
        assert self.router.check() == []
        assert self.router.open_offers() == []
        assert self.router.waiting() == []
        assert all(self.state(agent) is S.READY for agent in ready)

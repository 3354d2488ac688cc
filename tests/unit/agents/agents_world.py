"""A floor of three people on three seats, a follower who refuses nonsense, and a clock that tests move."""

from agents import AgentState, Floor, FloorSettings, MemoryAgentJournal, PinGuard
from agents.loader import parse_directory
from calls import AgentId, CallId, ManualClock, MemoryTimeline, SeatId
from calls.line import RingOutcome

DIRECTORY = parse_directory(
    """
seats: {first: 1001, last: 1003}
skills: {general: {zh: 综合}}
queues: {general: {zh: 综合, needs: {general: 1}, wrap_up_s: 15}}
breaks: {meal: {number: 1, zh: 用餐}}
people:
  2001: {name: 甲, skills: {general: 3}}
  2002: {name: 乙, skills: {general: 3}}
  2003: {name: 丙, skills: {general: 3}}
""",
    "directory.yaml",
)
A, B, C = AgentId("2001"), AgentId("2002"), AgentId("2003")
S1, S2 = SeatId("1001"), SeatId("1002")
CALL = CallId("c")
S = AgentState


class Follower:
    """Keeps what the floor says, and refuses what contradicts itself."""

    def __init__(self) -> None:
        self.on_duty: set[AgentId] = set()
        self.free: dict[AgentId, float] = {}

    def agent_on_duty(self, agent, skills) -> None:
        assert agent not in self.on_duty
        assert skills == {"general": 3}
        self.on_duty.add(agent)

    def agent_off_duty(self, agent) -> None:
        self.on_duty.remove(agent)
        self.free.pop(agent, None)

    def agent_available(self, agent, since) -> None:
        assert agent in self.on_duty
        self.free[agent] = since

    def agent_unavailable(self, agent) -> None:
        self.free.pop(agent, None)


class World:
    def __init__(self, **settings) -> None:
        self.clock = ManualClock(1000.0)
        self.journal = MemoryAgentJournal()
        self.timeline = MemoryTimeline()
        self.follower = Follower()
        self.floor = self.new_floor(**settings)
        self.floor.follow(self.follower)

    def new_floor(self, **settings) -> Floor:
        return Floor(
            DIRECTORY, PinGuard({A: "1111", B: "2222", C: "3333"}), self.clock, self.journal,
            settings=FloorSettings(**settings), timeline=self.timeline,
        )  # fmt: skip

    def state(self, agent: AgentId = A) -> AgentState | None:
        standing = self.floor.standing(agent)
        return standing.state if standing else None

    def ready(self) -> "World":
        self.floor.login(A, S1, "1111")
        self.floor.ready(A)
        return self

    def ringing(self) -> "World":
        self.ready().floor.reserved(A, CALL, "general")
        self.floor.ringing(A, CALL)
        self.follower.free.pop(A)  # routing knows it made the offer
        return self

    def talking(self) -> "World":
        self.ringing().floor.talking(A, CALL)
        return self

    def later(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.floor.tick()


def offer(world: World, outcome: RingOutcome) -> tuple[AgentState | None, str]:
    """Offer a call that is not taken, wait until whoever was put aside is back, and tell what the agent is."""
    world.floor.reserved(A, CALL, "general")
    world.floor.ringing(A, CALL)
    world.follower.free.pop(A, None)
    world.floor.missed(A, CALL, outcome)
    assert world.state() is S.BREAK
    world.later(3600)
    return world.state(), world.floor.standing(A).reason

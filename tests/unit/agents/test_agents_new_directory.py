"""An edited directory is taken while people work: told first, and nobody's state is reset."""

from agents import AgentState, Floor, MemoryAgentJournal, PinGuard
from agents.differences import at_next_start, differences
from agents.loader import parse_directory
from calls import AgentId, CallId, ManualClock, SeatId

OLD = """
seats: {first: 1001, last: 1010}
skills: {general: {zh: 综合}, housing: {zh: 住房}}
queues: {general: {zh: 综合, needs: {general: 1}}}
departments: {tax: {zh: 税务, code: "01", number: "5550101"}}
people:
  2001: {name: 甲, skills: {general: 3}, pin: 111111}
  2002: {name: 乙, skills: {general: 3}, pin: 111111}
"""
NEW = OLD.replace("甲, skills: {general: 3}", "甲, skills: {general: 3, housing: 2}").replace("2002:", "2003:")
A, B, C = (AgentId(agent) for agent in ("2001", "2002", "2003"))


class Follower:
    """Hears what routing hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    def agent_on_duty(self, agent, skills) -> None:
        self.heard.append((f"on duty with {sorted(skills)}", agent))

    def agent_off_duty(self, agent) -> None:
        self.heard.append(("off duty", agent))

    def agent_available(self, agent, since) -> None:
        self.heard.append(("available", agent))

    def agent_unavailable(self, agent) -> None:
        self.heard.append(("unavailable", agent))


def house() -> tuple[Floor, Follower]:
    directory = parse_directory(OLD, "d.yaml")
    floor = Floor(directory, PinGuard({A: "111111", B: "111111"}), ManualClock(1000.0), MemoryAgentJournal())
    follower = Follower()
    floor.follow(follower)
    for agent, seat in ((A, "1001"), (B, "1002")):
        floor.login(agent, SeatId(seat), "111111")
        floor.ready(agent)
    follower.heard.clear()
    return floor, follower


def take(floor: Floor, text: str) -> None:
    floor.use_directory(parse_directory(text, "d.yaml"), {A: "111111", C: "333333"})


def state(floor: Floor, agent: AgentId) -> AgentState | None:
    standing = floor.standing(agent)
    return standing.state if standing else None


def test_every_difference_is_told_and_no_pin() -> None:
    old = parse_directory(OLD, "d.yaml")
    new = parse_directory(
        NEW.replace("needs: {general: 1}", "needs: general >= 2").replace("甲", "申").replace("111111", "222222"), "d"
    )
    assert differences(old, new) == [
        "queue general: needs {general: 1} -> general >= 2",
        "person 2001: name 甲 -> 申, skills {general: 3} -> {general: 3, housing: 2}, pin changed",
        "person 2003: new",
        "person 2002: gone",
    ]
    assert differences(old, old) == []


def test_what_asterisk_must_be_started_for_is_told() -> None:
    old = parse_directory(OLD, "d.yaml")
    new = parse_directory(OLD.replace("last: 1010", "last: 1020").replace('code: "01"', 'code: "02"'), "d.yaml")
    assert at_next_start(old, new) == [
        "seats 1001 to 1020 take effect at the next start",
        "departments' codes take effect at the next start",
    ]


def test_new_skills_are_told_to_routing_and_the_agent_stays_ready() -> None:
    floor, follower = house()
    take(floor, NEW)
    assert follower.heard == [("on duty with ['general', 'housing']", A), ("off duty", B)]
    assert state(floor, A) is AgentState.READY


def test_who_left_the_directory_is_logged_out_after_the_talk_and_cannot_come_back() -> None:
    floor, _ = house()
    call = CallId("c")
    floor.reserved(B, call, "general")
    floor.ringing(B, call)
    floor.talking(B, call)
    take(floor, NEW)
    assert state(floor, B) is AgentState.TALKING
    floor.talk_ended(B, call)
    floor.end_wrap_up(B)
    assert state(floor, B) is None
    floor.login(B, SeatId("1002"), "111111")
    assert state(floor, B) is None
    floor.login(C, SeatId("1002"), "333333")
    assert state(floor, C) is AgentState.BREAK


def test_seats_stay_until_the_next_start() -> None:
    floor, _ = house()
    take(floor, NEW.replace("last: 1010", "last: 1001"))
    assert len(floor.directory.seat_ids()) == 10

"""What is shown of the running service."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from acd import QueueView
from agents import DeviceState, Floor, MemoryAgentJournal, PinGuard
from agents.loader import parse_directory
from calls import AgentId, CallId, ManualClock, SeatId
from hotline.live_figures import LiveFigures
from hotline.views import Views
from tickets import JournalHealth
from tickets.reporting import Rules

DIRECTORY = """
seats: {first: 1001, last: 1004}
skills: {general: {zh: 综合}, tax: {zh: 税务}}
queues:
  general: {zh: 综合坐席, en: General, needs: {general: 2}}
  tax: {zh: 税务坐席, needs: {tax: 1}}
people:
  "2001": {name: 甲, skills: {general: 3}}
  "2002": {name: 乙, skills: {general: 1}}
  "2003": {name: 丙, skills: {general: 2, tax: 1}}
"""
PINS = {AgentId(agent): "123456" for agent in ("2001", "2002", "2003")}


@dataclass
class Surroundings:
    """Everything that is not the floor."""

    waiting: list[QueueView] = field(default_factory=list)
    calls: int = 3
    connected: bool = True
    asterisk_version: str = "22.10.1"
    ping_ms: float | None = 1.234
    health: JournalHealth = field(default_factory=lambda: JournalHealth(appended=10, stored=7))

    def queue(self) -> list[QueueView]:
        return self.waiting


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1000.0)


@pytest.fixture
def floor(clock: ManualClock) -> Floor:
    floor = Floor(parse_directory(DIRECTORY, str(Path("directory.yaml"))), PinGuard(PINS), clock, MemoryAgentJournal())
    for seat in ("1001", "1002", "1003"):
        floor.seat_device(SeatId(seat), DeviceState.IDLE)
    floor.seat_device(SeatId("1004"), DeviceState.UNREACHABLE)
    floor.login(AgentId("2003"), SeatId("1001"), "123456")
    floor.ready(AgentId("2003"))
    floor.login(AgentId("2002"), SeatId("1002"), "123456")
    return floor


@pytest.fixture
def around() -> Surroundings:
    return Surroundings()


@pytest.fixture
def views(floor: Floor, around: Surroundings, clock: ManualClock) -> Views:
    return Views(floor, around, around, around, around, clock, LiveFigures(clock, UTC, Rules()))


def waits(call: str, queue: str, since: float, place: int | None) -> QueueView:
    ringing = AgentId("2003") if place is None else None
    return QueueView(CallId(call), queue, {"general": 2}, 0, since, place, "general >= 2", 90.0, ringing)


def test_everybody_is_shown_those_who_work_first(views: Views, clock: ManualClock) -> None:
    clock.advance(5.0)
    rows = views.agents()
    assert [(row["agent"], row["state"], row["seat"]) for row in rows] == [
        ("2002", "break", "1002"), ("2003", "ready", "1001"), ("2001", "logged_out", ""),
    ]  # fmt: skip
    assert (rows[1]["name"], rows[1]["for_s"], rows[1]["phone"]) == ("丙", 5.0, "idle")
    assert rows[2]["for_s"] is None


def test_every_queue_is_shown_with_its_callers_and_who_could_serve_them(views: Views, around: Surroundings) -> None:
    around.waiting = [waits("c1", "general", 990.0, None), waits("c2", "general", 995.0, 1)]
    general, tax = views.queue()
    assert (general["queue"], general["name"], general["waiting"], general["longest_wait_s"]) == (
        "general", "综合坐席", 2, 10.0,
    )  # fmt: skip
    assert (general["logged_in"], general["ready"]) == (1, 1)  # 2002 has too little of the skill
    assert [(caller["call"], caller["place"], caller["ringing"]) for caller in general["callers"]] == [
        ("c1", None, "2003"), ("c2", 1, ""),
    ]  # fmt: skip
    assert (tax["waiting"], tax["longest_wait_s"], tax["callers"]) == (0, 0.0, [])


def test_a_caller_in_a_queue_that_left_the_directory_is_still_shown(views: Views, around: Surroundings) -> None:
    around.waiting = [waits("c1", "closed", 990.0, 1)]
    assert [(row["queue"], row["waiting"]) for row in views.queue()][-1] == ("closed", 1)
    assert views.queue_lengths() == ({"general": 0, "tax": 0, "closed": 1}, {"closed": 10.0})


def test_seats_are_counted_by_state_with_those_without_a_phone(views: Views) -> None:
    counts = views.agents_by_state()
    assert sum(counts.values()) == 4
    assert {state: count for state, count in counts.items() if count} == {
        "ready": 1, "break": 1, "logged_out": 1, "no_phone": 1,
    }  # fmt: skip


def test_the_status_sums_up(views: Views, around: Surroundings, clock: ManualClock) -> None:
    around.waiting = [waits("c1", "general", 990.0, 1)]
    clock.advance(60.0)
    status = views.status()
    assert (status["started_at"], status["uptime_s"], status["calls"], status["waiting"]) == (1000.0, 60.0, 3, 1)
    assert status["asterisk"] == {"connected": True, "version": "22.10.1", "ping_ms": 1.23}
    assert status["journal"]["backlog"] == 3


def test_the_figures_of_now_tell_who_waits_and_who_works(views: Views, around: Surroundings) -> None:
    around.waiting = [waits("c1", "general", 990.0, 1)]
    now = views.live()["now"]
    assert (now["calls"], now["waiting"], now["longest_wait_s"]) == (3, 1, 10.0)
    assert now["queues"] == {"general": 1, "tax": 0}
    assert now["seats"]["ready"] == 1


def test_attendance_tells_how_presence_and_plan_fit() -> None:
    from hotline.views import attendance

    cases = [(True, True), (True, False), (False, True), (False, False), (None, True), (None, False)]
    told = [attendance(planned, there=there) for planned, there in cases]
    assert told == ["present", "absent", "extra", "", "", ""]


SHIFTS = """
teams: {day: {zh: 白班}, night: {zh: 夜班, members: [2002]}}
shifts:
  day: {teams: [day], times: ["daily 08:00-17:00"]}
  night: {teams: [night], times: ["daily 22:00-06:00"]}
"""


def test_who_is_missing_or_there_beyond_the_plan_is_shown_with_the_team_and_counted() -> None:
    text = DIRECTORY.replace("甲, ", "甲, team: day, ").replace("丙, ", "丙, team: day, ") + SHIFTS
    clock = ManualClock(datetime(2026, 11, 24, 9, tzinfo=UTC).timestamp())
    floor = Floor(parse_directory(text, "directory.yaml"), PinGuard(PINS), clock, MemoryAgentJournal())
    for agent, seat in (("2002", "1002"), ("2003", "1001")):
        floor.login(AgentId(agent), SeatId(seat), "123456")
    around = Surroundings()
    views = Views(floor, around, around, around, around, clock, LiveFigures(clock, UTC, Rules()))
    assert [(row["agent"], row["team"], row["attendance"]) for row in views.agents()] == [
        ("2002", "night", "extra"), ("2003", "day", "present"), ("2001", "day", "absent"),
    ]  # fmt: skip
    assert views.attendance() == {"present": 1, "absent": 1, "extra": 1}

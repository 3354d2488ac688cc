"""Shift plans: what they cover, what the directory refuses, and what logging in outside of them means."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from agents import Floor, FloorSettings, LoginResult, MemoryAgentJournal, PinGuard
from agents.loader import DirectoryError, parse_directory
from agents.shifts import Times
from calls import AgentId, ManualClock, SeatId

HEAD = """skills: {general: {zh: 综合}}
queues: {general: {zh: 综合, needs: {general: 1}}}
"""
GOOD = (
    HEAD
    + """people:
  2001: {name: 甲, skills: {general: 3}, team: day}
  2002: {name: 乙, skills: {general: 3}}
  2003: {name: 丙, skills: {general: 3}}
teams:
  day: {zh: 白班}
  night: {zh: 夜班, members: [2002]}
shifts:
  office: {teams: [day], times: ["mon-fri 08:30-17:30", "sat 9:00-12:00"]}
  late: {teams: [night], times: ["sun-thu 22:00-06:00"], zone: Europe/Berlin}
"""
)
ZONE = ZoneInfo("Asia/Shanghai")
A, B, C = AgentId("2001"), AgentId("2002"), AgentId("2003")


@pytest.mark.parametrize(
    ("times", "within", "without"),
    [
        ("mon-fri 08:30-17:30", ["mon 08:30", "fri 17:29"], ["mon 08:29", "fri 17:30", "sat 09:00"]),
        ("fri-mon 10:00-11:00", ["fri 10:30", "sun 10:30", "mon 10:30"], ["tue 10:30", "thu 10:30"]),
        ("sat,wed 10:00-24:00", ["sat 23:59", "wed 10:00"], ["sun 00:00", "thu 12:00"]),
        ("sun 22:00-06:00", ["sun 22:00", "mon 05:59"], ["sun 05:00", "mon 06:00", "mon 22:00"]),
        ("daily 00:00-00:00", ["mon 00:00", "sun 23:59"], []),
        ("Daily 22:00 - 24:00", ["tue 23:00"], ["tue 00:10"]),
    ],
)
def test_times_cover_their_minutes_and_no_others(times, within, without):
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

    def covered(moment: str) -> bool:
        day, clock = moment.split()
        hour, minute = (int(part) for part in clock.split(":"))
        return Times.parse(times).cover(datetime(2026, 11, 23 + days.index(day), hour, minute, tzinfo=UTC))

    assert [moment for moment in within if not covered(moment)] == []
    assert [moment for moment in without if covered(moment)] == []


def test_a_team_is_named_by_its_people_or_names_them_and_each_shift_has_its_zone():
    directory = parse_directory(GOOD, "d.yaml")
    assert [directory.team_of(agent) for agent in (A, B, C)] == ["day", "night", ""]

    def planned(agent: AgentId, *when: int) -> bool | None:
        return directory.planned(agent, datetime(*when, tzinfo=ZONE).timestamp(), ZONE)

    assert planned(A, 2026, 11, 24, 8, 30) is True
    assert planned(A, 2026, 11, 24, 8, 29) is False
    assert planned(B, 2026, 11, 24, 8, 30) is True  # 01:30 in Berlin
    assert planned(B, 2026, 11, 24, 13, 30) is False
    assert planned(C, 2026, 11, 24, 8, 30) is None


@pytest.mark.parametrize(
    ("wrong", "right", "line", "words"),
    [
        ("mon-fri 08:30-17:30", "mon-fr 08:30-17:30", 11, "is no day"),
        ("mon-fri 08:30-17:30", "mon-fri 8.30", 11, "write it like 'mon-fri 08:30-17:30'"),
        ("mon-fri 08:30-17:30", "mon-fri 25:00-26:00", 11, "is no time of the day"),
        ("Europe/Berlin", "Berlin", 12, "there is no time zone 'Berlin'"),
        ("teams: [day]", "teams: [dya]", 11, "did you mean 'day'?"),
        ("team: day", "team: nigth", 4, "did you mean 'night'?"),
        ("[2002]", "[2002, 2009]", 9, "nobody with the id 2009"),
        ("[2002]", "[2001, 2002]", 9, "2001 is in the team 'day' already"),
        ("times:", "tmes:", 11, "did you mean 'times'?"),
    ],
)
def test_a_mistake_in_a_plan_is_told_with_its_line_and_a_remedy(wrong, right, line, words):
    with pytest.raises(DirectoryError) as caught:
        parse_directory(GOOD.replace(wrong, right, 1), "d.yaml")
    told = [str(mistake) for mistake in caught.value.mistakes]
    assert any(one.startswith(f"d.yaml:{line}: ") and words in one for one in told), told


def floor_at(hour: int, **settings) -> Floor:
    clock = ManualClock(datetime(2026, 11, 24, hour, tzinfo=ZONE).timestamp())
    pins = PinGuard({A: "1111", B: "2222", C: "3333"})
    wanted = FloorSettings(zone=ZONE, **settings)
    return Floor(parse_directory(GOOD, "d.yaml"), pins, clock, MemoryAgentJournal(), settings=wanted)


def test_logging_in_outside_the_shift_is_marked_and_stays_marked():
    for hour, off_plan in ((9, False), (20, True)):
        floor = floor_at(hour)
        assert floor.login(A, SeatId("1001"), "1111") is LoginResult.DONE
        floor.ready(A)
        assert floor.standing(A).off_plan is off_plan
    floor.login(C, SeatId("1002"), "3333")
    assert floor.standing(C).off_plan is False, "no plan speaks of this person"


def test_logging_in_outside_the_shift_is_refused_where_set_so_but_a_wrong_pin_is_told_first():
    floor = floor_at(20, off_plan_refused=True)
    assert floor.login(A, SeatId("1001"), "0000") is LoginResult.REFUSED
    assert floor.login(A, SeatId("1001"), "1111") is LoginResult.OFF_PLAN
    assert floor.standing(A) is None
    assert floor.login(C, SeatId("1002"), "3333") is LoginResult.DONE
    assert floor_at(9, off_plan_refused=True).login(A, SeatId("1001"), "1111") is LoginResult.DONE

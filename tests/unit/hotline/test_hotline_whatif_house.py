"""`hotline whatif` with the house's own people and queues, and with recorded days."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agents.loader import parse_directory
from hotline.cli.whatif import Load, Who
from hotline.cli.whatif_house import House, house_of, recorded
from simulator.virtual import Plan, Span

DIRECTORY = parse_directory(
    """
skills: {general: {zh: 综合}, housing: {zh: 住房}}
queues:
  general: {zh: 综合, needs: {general: 1}, wrap_up_s: 0}
  housing: {zh: 住房, needs: housing >= 2, wrap_up_s: 0, relax: [{after_s: 60, needs: general}]}
  slow: {zh: 慢, needs: {general: 1}, wrap_up_s: 45}
teams: {day: {zh: 白班, en: Day}, night: {zh: 夜班, en: Night}}
shifts:
  day: {teams: [day], times: ["daily 08:00-12:00"]}
  night: {teams: [night], times: ["daily 22:00-06:00"]}
people:
  2001: {name: 甲, team: day, skills: {general: 3}}
  2002: {name: 乙, team: day, skills: {general: 3, housing: 4}}
  2003: {name: 丙, team: night, skills: {general: 3}}
  2004: {name: 丁, skills: {general: 3}}
""",
    "directory.yaml",
)
WEEKDAYS = """
skills: {general: {zh: 综合}}
queues:
  general: {zh: 综合, needs: {general: 1}, wrap_up_s: 0}
teams: {split: {zh: 分班}}
shifts:
  split: {teams: [split], times: ["mon-fri 08:00-12:00", "mon-fri 13:00-17:00"]}
people:
  2001: {name: 甲, team: split, skills: {general: 3}}
"""
SPLIT = parse_directory(WEEKDAYS.replace("mon-fri", "daily"), "directory.yaml")
TODAY = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


def house(mix: str | None = None, begins: str = "09:00") -> House:
    return house_of(DIRECTORY, mix, begins, ZONE, TODAY)


def plan(**more: Any) -> Plan:
    return Plan(**({"calls_per_hour": 30, "seats": 4, "aht_s": 120, "hours": 6, "patience_s": 300} | more))


def test_people_are_there_when_their_teams_shift_is() -> None:
    there = {agent.name: agent.spans[:1] for agent in house().agents(plan())}
    assert there == {
        "2001": (Span(0.0, 4 * 3600.0),),  # from 08:00, an hour before measuring begins, until noon
        "2002": (Span(0.0, 4 * 3600.0),),
        "2003": (Span(14 * 3600.0, 22 * 3600.0),),  # the night after, if somebody still waits
        "2004": (Span(0.0),),  # of no team: always
    }


def test_another_days_shifts_count_where_its_date_is_said() -> None:
    weekdays = parse_directory(WEEKDAYS, "directory.yaml")
    for begins, there in (("08:00", 1), ("2026-11-27 08:00", 1), ("2026-11-28 08:00", 0)):  # a Saturday
        found = house_of(weekdays, None, begins, ZONE, TODAY).agents(plan(seats=1, hours=1))
        assert len(found) == there


def test_a_lunch_between_two_shifts_is_a_gap_and_the_last_shift_is_stayed_for_while_callers_wait() -> None:
    there = house_of(SPLIT, None, "08:00", ZONE, TODAY).agents(plan(seats=1, hours=8, warm_up_s=0))
    assert [agent.spans for agent in there] == [(Span(0.0, 4 * 3600.0), Span(5 * 3600.0))]


def test_who_calls_at_lunch_waits_until_somebody_is_back(tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_text(f"at_s,handling_s\n{3 * 3600},60\n{int(4.5 * 3600)},60\n{6 * 3600},60\n")
    kept = house_of(SPLIT, None, "08:00", ZONE, TODAY)
    figures = Who(kept, recorded(file, kept)).run(plan(seats=1, hours=1, warm_up_s=0))
    assert figures.longest_wait_s == 1800
    assert figures.occupancy == pytest.approx(121 / (5 * 3600 + 1))  # the day ends a second after its last caller came


def test_a_recorded_day_lasts_until_its_last_caller_whatever_hours_says(tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_text(f"at_s,handling_s\n{8 * 3600},60\n{10 * 3600},60\n")  # at 08:00 and 10:00
    kept = house_of(SPLIT, None, "00:00", ZONE, TODAY)
    figures = Who(kept, recorded(file, kept)).run(plan(seats=1, hours=1, warm_up_s=0))
    assert (figures.answered, figures.longest_wait_s) == (2, 0)


def test_who_still_waits_at_the_end_is_served_when_the_next_shift_comes(tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_text("at_s,handling_s\n50,60\n")
    kept = house_of(SPLIT, None, "07:59", ZONE, TODAY)
    figures = Who(kept, recorded(file, kept)).run(plan(seats=1, hours=1, warm_up_s=0))
    assert (figures.answered, figures.unserved, figures.longest_wait_s) == (1, 0, 10)


def test_callers_whom_nobody_ever_serves_are_counted_so_and_the_run_ends(tmp_path: Path) -> None:
    weekdays = parse_directory(WEEKDAYS, "directory.yaml")
    kept = house_of(weekdays, None, "2026-11-28 09:00", ZONE, TODAY)  # a Saturday: nobody comes on that day or the next
    figures = Who(kept).run(plan(seats=1, hours=2, calls_per_hour=6, aht_s=60, patience_s=None))
    assert figures.calls > 0
    assert (figures.unserved, figures.answered, figures.abandoned) == (figures.calls, 0, 0)
    file = tmp_path / "day.csv"
    file.write_text("at_s,handling_s,patience_s\n0,60,\n1,60,5\n")
    figures = Who(kept, recorded(file, kept)).run(plan(seats=1, hours=1, warm_up_s=0))
    assert (figures.calls, figures.unserved, figures.abandoned) == (2, 1, 1)


@pytest.mark.parametrize(("wrap_up_s", "waited_s"), [(None, 60 + 45), (5, 60 + 5), (0, 60)])
def test_each_queues_wrap_up_counts_unless_another_is_asked_for(
    tmp_path: Path, wrap_up_s: float | None, waited_s: float
) -> None:
    file = tmp_path / "day.csv"
    file.write_text("at_s,handling_s,queue\n0,60,slow\n0,60,general\n")
    kept = house_of(DIRECTORY, "slow=1", "13:00", ZONE, TODAY, wrap_up_s=wrap_up_s)  # 2004 alone is there
    figures = Who(kept, recorded(file, kept)).run(plan(hours=1, warm_up_s=0))
    assert figures.longest_wait_s == waited_s


def test_the_queues_wrap_up_counts_when_seats_are_too_few() -> None:
    load = Load(40, 60, None, None, 1, 15, 1, None)
    assert load.plan(1, house("general=1")).seats == 1  # 40 calls of 60 s
    with pytest.raises(ValueError, match="1 seats cannot serve 40 calls an hour of 105 s"):
        load.plan(1, house("slow=1"))


def test_only_who_has_the_skill_serves_until_waiting_relaxes_it() -> None:
    figures = Who(house("housing=1")).run(plan(hours=3, calls_per_hour=24, patience_s=None))
    general = Who(house("general=1")).run(plan(hours=3, calls_per_hour=24, patience_s=None))
    assert figures.calls == general.calls
    assert figures.asa_s is not None and general.asa_s is not None
    assert figures.asa_s > 5 * general.asa_s
    assert figures.longest_wait_s == pytest.approx(60)  # then anybody serves


def test_the_same_seed_gives_the_same_figures_and_another_does_not() -> None:
    assert Who(house()).run(plan()) == Who(house()).run(plan())
    assert Who(house()).run(plan()) != Who(house()).run(plan(seed=2))


def test_a_recorded_day_is_run_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_text("at_s,handling_s,patience_s,queue\n0,60,,general\n1,60,5,housing\n2,60,,housing\n")
    callers = recorded(file, house())
    figures = Who(house(), callers).run(plan(seats=4, hours=1, warm_up_s=0))
    assert (figures.calls, figures.answered, figures.abandoned) == (3, 3, 0)
    assert figures.longest_wait_s == 59  # only one has the skill; asked for less after 60 s, but was free before


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("at_s,queue\n0,general\n", "the column 'handling_s' is missing"),
        ("at_s,handling_s\n0,60\nx,60\n", "day.csv:3: at_s, handling_s"),
        ("at_s,handling_s,queue\n0,60,nowhere\n", "day.csv:2: there is no queue 'nowhere'"),
        ("at_s,handling_s\n1796000000,60\n", "day.csv:2: at_s counts seconds from the beginning"),
        ("at_s,handling_s\n", "no caller"),
    ],
)
def test_a_mistake_in_a_recorded_day_is_told_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "day.csv"
    file.write_text(text)
    with pytest.raises(ValueError, match=says):
        recorded(file, house())


@pytest.mark.parametrize(
    ("mix", "begins", "says"),
    [
        ("nowhere=1", "09:00", "there is no queue 'nowhere'; there are: general, housing, slow"),
        ("general", "09:00", "has no share"),
        ("general=0", "09:00", "positive"),
        (None, "25:00", "--begins: '25:00' is no time: write it like 08:00 .today., or 2026-11-30 08:00"),
        (None, "2026-11-31 08:00", "is no time"),
        (None, "", "is no time"),
    ],
)
def test_a_mistake_in_the_options_is_told(mix: str | None, begins: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        house(mix, begins)


def test_more_seats_than_people_cannot_be() -> None:
    with pytest.raises(ValueError, match="the directory has 4 people"):
        house().agents(plan(seats=5))

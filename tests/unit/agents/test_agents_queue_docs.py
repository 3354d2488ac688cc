"""The queue, and the teams and shifts, shown in docs/queues.md can be copied as they stand."""

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from agents.loader import parse_directory
from calls import AgentId

PAGE = Path(__file__).parents[3] / "docs" / "queues.md"
HOUSE = """\
skills: {housing: {zh: 住房}, social_insurance: {zh: 社保}, general: {zh: 综合}, lang.zh: {zh: 普通话}}
people:
  2001: {name: 甲, team: north, skills: {housing: 5, lang.zh: 3}}
"""


def test_the_example_is_read_without_a_mistake() -> None:
    found = re.search(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    example = found[1] + "  general: {zh: 综合, needs: {general: 1}}\n"
    queue = parse_directory(HOUSE + example, "directory.yaml").queues["housing"]
    assert [step.after_s for step in queue.relax] == [20, 45, 90]
    assert queue.relax[-1].add == "general >= 1"
    assert queue.last_agent is not None and queue.last_agent.within_s == 3 * 86_400


def test_the_shifts_are_read_without_a_mistake_and_say_who_should_be_there_when() -> None:
    found = re.search(r"```yaml\n(teams:\n.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    people = "  2002: {name: 乙, skills: {housing: 1}}\n  2003: {name: 丙, skills: {housing: 1}}\n"
    queue = "queues: {general: {zh: 综合, needs: {general: 1}}}\n"
    directory = parse_directory(HOUSE + people + queue + found[1], "directory.yaml")
    zone = ZoneInfo("Asia/Shanghai")

    def planned(agent: str, day: int, hour: int, minute: int = 0) -> bool | None:
        when = datetime(2026, 11, day, hour, minute, tzinfo=zone)  # the 22nd is a Sunday
        return directory.planned(AgentId(agent), when.timestamp(), zone)

    assert [planned("2001", 23, *at) for at in ((8, 29), (8, 30), (12, 0), (13, 29), (13, 30), (17, 30))] == [
        False, True, False, False, True, False,
    ]  # fmt: skip
    assert [planned("2003", *at) for at in ((22, 21), (22, 22), (23, 5), (23, 6), (27, 5), (27, 22))] == [
        False, True, True, False, True, False,
    ]  # fmt: skip
    assert [directory.team_of(AgentId(agent)) for agent in ("2001", "2002")] == ["north", "night"]

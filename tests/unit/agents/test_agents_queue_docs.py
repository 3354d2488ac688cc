"""The queue shown in docs/queues.md can be copied as it stands."""

import re
from pathlib import Path

from agents.loader import parse_directory

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
    assert queue.last_agent is not None and queue.last_agent.within_s == 3 * 86_400

"""What ``hotline check`` doubts though it works."""

import pytest

from agents.loader import parse_directory
from hotline.checks import unserved

DIRECTORY = """\
skills: {general: {zh: 综合}, housing: {zh: 住房}}
queues:
  general: {zh: 综合, needs: {general: 1}}
  housing: {zh: 住房, needs: "housing >= 4"RELAX}
people:
  2001: {name: 甲, skills: {general: 3, housing: 2}}
"""


@pytest.mark.parametrize(("relax", "doubted"), [("", True), (", relax: [{after_s: 20, lower: {housing: 2}}]", False)])
def test_a_queue_that_nobody_listed_could_ever_serve_is_doubted(relax: str, doubted: bool) -> None:
    told = unserved(parse_directory(DIRECTORY.replace("RELAX", relax), "d.yaml"), "d.yaml")
    assert told == (["d.yaml: queues.housing: nobody listed under 'people' has what it needs: housing >= 4"] * doubted)

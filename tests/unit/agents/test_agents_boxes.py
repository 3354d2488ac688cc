"""Voicemail boxes in the directory: read, checked with place and remedy, compared, spoken."""

import re
from pathlib import Path

import pytest

from agents.differences import differences
from agents.directory import Directory
from agents.loader import DirectoryError, parse_directory
from agents.phrases import phrases_of

PAGE = Path(__file__).parents[3] / "docs" / "voicemail.md"
HOUSE = """\
seats: {first: 1001, last: 1060}
skills: {general: {zh: 综合}}
queues: {general: {zh: 综合, needs: {general: 1}}}
people: {2001: {name: 甲, skills: {general: 5}}}
"""


def house(boxes: str) -> Directory:
    return parse_directory(f"{HOUSE}voicemail:\n{boxes}", "directory.yaml")


def test_the_example_of_the_page_is_read_without_a_mistake() -> None:
    found = re.search(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    box = parse_directory(HOUSE + found[1], "directory.yaml").voicemail["mayor"]
    assert (box.most, box.tell.agents, box.tell.seats) == (200, ("2001",), ("1060",))


@pytest.mark.parametrize(("box", "told"), [
    ("{en: Mayor}", "directory.yaml:6: voicemail.mayor.zh: is missing (add 'zh:')"),
    ("{zh: 市长, tell: {agents: [2009]}}", "directory.yaml:6: voicemail.mayor.tell.agents.0: there is no agent '2009'"),
    ("{zh: 市长, tell: {queues: [genral]}}", "there is no queue 'genral' (did you mean 'general'?)"),
    ("{zh: 市长, tell: {seats: [1099]}}", "there is no seat '1099' (seats are 1001 to 1060)"),
    ("{zh: 市长, longest_s: 2}", "voicemail.mayor.longest_s: 2 is not a number"),
    ("{zh: 市长, lamp: true}", "voicemail.mayor.lamp: is not known here"),
    ("{zh: 市长, escalate_after_min: 0}", "voicemail.mayor.escalate_after_min"),
])  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_remedy(box: str, told: str) -> None:
    with pytest.raises(DirectoryError) as wrong:
        house(f"  mayor: {box}\n")
    assert told.split(": 2 is", maxsplit=1)[0] in str(wrong.value)


def test_what_changes_is_told_before_it_is_taken() -> None:
    before, after = house("  mayor: {zh: 市长}\n"), house("  mayor: {zh: 市长, most: 5}\n  ideas: {zh: 建议}\n")
    assert differences(before, after) == ["voicemail box mayor: most 200 -> 5", "voicemail box ideas: new"]


def test_names_and_greetings_are_spoken() -> None:
    phrases = phrases_of(house("  mayor: {zh: 市长信箱, greeting: {zh: 您好}}\n  ideas: {zh: 建议, en: Ideas}\n"))
    assert phrases["box.mayor"] == {"zh": "市长信箱", "en": "mayor"}
    assert phrases["box.mayor.greeting"] == {"zh": "您好", "en": "您好"}
    assert "box.ideas.greeting" not in phrases

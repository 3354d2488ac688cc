"""Departments in the directory: what may be written, and what each mistake is told as."""

import re
from pathlib import Path

import pytest

from agents import DirectoryError
from agents.departments import Act, Rule
from agents.differences import differences
from agents.directory import Directory
from agents.loader import Mistake, parse_directory
from agents.words import Role

DOCS = Path(__file__).parents[3] / "docs" / "departments.md"
GOOD = """skills: {general: {zh: 综合}}
queues:
  general: {zh: 综合, needs: {general: 1}}
departments:
  gas: {code: "21", zh: 燃气, number: "5550121"}
  heat:
    code: "22"
    zh: 供热
    phones: [{number: "5550122", ring_s: 15}, {seat: "1060"}]
    ring_s: 25
    hours: office
    closed: ticket
    busy: department:gas
    no_answer: voicemail
    may_call: {roles: [supervisor], teams: [north]}
    max_calls: 2
people:
  2001: {name: 甲, team: north, skills: {general: 3}}
"""


def mistakes(text: str) -> list[Mistake]:
    with pytest.raises(DirectoryError) as caught:
        parse_directory(text, "d.yaml", {"office", "always"})
    return caught.value.mistakes


def read(text: str = GOOD) -> Directory:
    return parse_directory(text, "d.yaml", {"office"})


def test_telephones_are_in_their_order_and_one_alone_needs_no_list() -> None:
    heat, gas = read().departments["heat"], read().departments["gas"]
    assert [(phone.number, phone.seat, phone.ring_s) for phone in heat.telephones] == [
        ("5550122", None, 15), (None, "1060", None),
    ]  # fmt: skip
    assert [phone.number for phone in gas.telephones] == ["5550121"]
    assert gas.ring_s == 30
    assert heat.rules() == {
        "closed": Rule(Act.TICKET), "busy": Rule(Act.DEPARTMENT, "gas"), "no_answer": Rule(Act.VOICEMAIL),
    }  # fmt: skip
    assert {rule.act for rule in gas.rules().values()} == {Act.BACK}


def test_who_may_call_has_one_of_the_roles_or_is_in_one_of_the_teams() -> None:
    may_call = read().departments["heat"].may_call
    assert may_call is not None
    assert may_call.allows(Role.SUPERVISOR, "")
    assert may_call.allows(Role.AGENT, "north")
    assert not may_call.allows(Role.AGENT, "south")
    assert not may_call.allows(Role.AGENT, "")


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ("hours: office", "hours: ofice", 11, "departments.heat.hours", "did you mean 'office'?"),
        ("department:gas", "department:gsa", 13, "departments.heat.busy", "did you mean 'gas'?"),
        ("department:gas", "department:heat", 13, "departments.heat.busy", "in a circle: heat -> heat"),
        ('"5550121"}', '"5550121", busy: "department:heat"}', 5, "departments.gas.busy", "gas -> heat -> gas"),
        ("closed: ticket", "closed: tikcet", 12, "departments.heat.closed", "expected 'back', 'department:<key>'"),
        ("    hours: office\n", "", 11, "departments.heat.closed", "always open"),
        ("north]", "nroth]", 15, "departments.heat.may_call.teams.0", "did you mean 'north'?"),
        ("supervisor", "supervisr", 15, "departments.heat.may_call.roles.0", "did you mean 'supervisor'?"),
        ("{roles: [supervisor], teams: [north]}", "{}", 15, "departments.heat.may_call", "nobody may call it"),
        ('seat: "1060"', 'seat: "1061"', 9, "departments.heat.phones.1.seat", "seats are 1001 to 1060"),
        ('{seat: "1060"}', '{number: "5550122"}', 9, "departments.heat.phones.1", "listed twice"),
        ('{seat: "1060"}', "{}", 9, "departments.heat.phones.1", "either 'number' or 'seat'"),
        ("ring_s: 15", "ring_s: 0", 9, "departments.heat.phones.0.ring_s", "more than 0"),
        ("ring_s: 15", "rings_s: 15", 9, "departments.heat.phones.0.rings_s", "did you mean 'ring_s'?"),
        ("max_calls: 2", "max_calls: 0", 16, "departments.heat.max_calls", "at least 1"),
        ("    max_calls: 2", '    seat: "1001"', 6, "departments.heat", "'number', 'seat' or 'phones'"),
        ('"22"', '"21"', 7, "departments.heat.code", "21 is taken by 'gas'"),
    ],
)
def test_each_mistake_names_line_key_and_remedy(old: str, new: str, line: int, key: str, words: str) -> None:
    told = [one for one in mistakes(GOOD.replace(old, new, 1)) if one.key == key]
    assert [(one.line, words in str(one)) for one in told] == [(line, True)], mistakes(GOOD.replace(old, new, 1))


def test_calendars_are_not_looked_for_where_none_are_known() -> None:
    assert parse_directory(GOOD.replace("hours: office", "hours: any"), "d.yaml").departments["heat"].hours == "any"


def test_what_changes_is_told_in_one_line() -> None:
    changed = GOOD.replace("max_calls: 2", "max_calls: 3").replace(', {seat: "1060"}', "")
    assert differences(read(), read(changed)) == [
        "department heat: phones [{number: 5550122, seat: -, ring_s: 15.0}, {number: -, seat: 1060, ring_s: -}]"
        " -> [{number: 5550122, seat: -, ring_s: 15.0}], max_calls 2 -> 3"
    ]


def test_the_example_in_the_docs_can_be_copied() -> None:
    example = re.search(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    text = re.sub(r"departments:.*?(?=people:)", lambda _: example[1], GOOD, flags=re.DOTALL)
    directory = parse_directory(text.replace("team: north", "team: 甲班"), "d.yaml", {"office"})
    assert [len(each.telephones) for each in directory.departments.values()] == [1, 3]

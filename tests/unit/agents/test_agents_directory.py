"""The directory file: what ships is sound, and each mistake names file, line, key and remedy."""

import stat
from pathlib import Path

import pytest

from agents import DirectoryError, load_directory, load_or_make_pins
from agents.loader import Mistake, parse_directory
from agents.phrases import phrases_of
from calls import AgentId

SHIPPED = Path(__file__).parents[3] / "dialplans" / "directory.yaml"

GOOD = """skills: {general: {zh: 综合}, lang.en: {zh: 英语}}
queues:
  general: {zh: 综合, needs: {general: 1}}
departments:
  tax: {code: "01", zh: 税务, number: "5550101"}
  water: {code: 02, zh: 水务, number: 5550102}
breaks:
  meal: {number: 1, zh: 用餐}
people:
  2001: {name: 甲, skills: {general: 3}, pin: 0123456}
"""


def mistakes(text: str) -> list[Mistake]:
    with pytest.raises(DirectoryError) as caught:
        parse_directory(text, "d.yaml")
    return caught.value.mistakes


def test_the_shipped_directory_is_sound_and_holds_no_pin():
    directory = load_directory(SHIPPED)
    assert sorted(directory.people) == [str(n) for n in range(2001, 2061)]
    assert len({person.name for person in directory.people.values()}) == 60
    assert all(person.pin is None for person in directory.people.values())
    for queue in directory.queues.values():
        able = [p for p in directory.people.values() if queue.hard.satisfied_by(p.skills)]
        assert len(able) >= 4, queue.en
    assert len(directory.seats.ids()) == 60
    assert all(seat in directory.seats for seat in directory.seats.ids())
    strangers = ("1000", "1061", "", "01001", "10011", "1001 ", "+1001", "１００１", "١٠٠١", 1001, None)
    assert not any(seat in directory.seats for seat in strangers)
    assert directory.department_by_code("08")[0] == "water"
    assert directory.break_by_number(1) == "meal"


def test_numbers_without_quotes_keep_their_leading_zeros():
    directory = parse_directory(GOOD, "d.yaml")
    assert directory.people[AgentId("2001")].pin == "0123456"
    assert directory.departments["water"].code == "02"
    assert directory.departments["water"].number == "5550102"


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ("needs: {general", "needs: {genral", 3, "queues.general.needs.genral", "did you mean 'general'?"),
        ("skills: {general: 3}", "skills: {lang.em: 3}", 10, "people.2001.skills.lang.em", "did you mean 'lang.en'?"),
        ("general: 3", "general: 9", 10, "people.2001.skills.general", "at most 5"),
        ("{zh: 综合, needs", "{zh: 综合, rnig_s: 5, needs", 3, "queues.general.rnig_s", "did you mean 'ring_s'?"),
        ('code: "01"', "code: 1", 5, "departments.tax.code", "two digits"),
        ('code: "01"', 'code: "02"', 6, "departments.water.code", "taken by 'tax'"),
        (', number: "5550101"', "", 5, "departments.tax", "exactly one"),
        ('number: "5550101"', "seat: 4711", 5, "departments.tax.seat", "does not exist"),
        ("name: 甲, ", "", 10, "people.2001.name", "is missing"),
        ("pin: 0123456", "pin: 12", 10, "people.2001.pin", "four to eight digits"),
        ("number: 1,", "number: x,", 8, "breaks.meal.number", "whole number"),
        ("  meal:", "  missed:", 8, "breaks.missed", "another key"),
        ("  2001:", "  bob:", 10, "people.bob", "three to eight digits"),
        ("breaks:", "braeks:", 7, "braeks", "did you mean 'breaks'?"),
        ("people:\n", "people: {}\nx:\n", 9, "people", "at least one person"),
        ("lang.en: {", "and: {", 1, "skills.and", "none of and, or, not"),
        ("lang.en: {", "'my skill': {", 1, "skills.my skill", "use letters"),
        ("lang.en: {", "team.north: {", 1, "skills.team.north", "choose another name"),
        ("name: 甲", 'name: "甲\\r\\n乙"', 10, "people.2001.name", "write it on one line"),
        ("name: 甲", "name: ' '", 10, "people.2001.name", "write a name"),
        ("number: 1,", "number: true,", 8, "breaks.meal.number", "write a number"),
        ("skills: {general: 3}", "skills: [general]", 10, "people.2001.skills", "write 'key: value' lines"),
        ("queues:", "seats: {first: 100, last: 99999}\nqueues:", 2, "seats", "at most 10000"),
        ("  2001:", '  "2001": {name: 乙, skills: {general: 1}}\n  2001:', 11, "people.2001", "is written twice"),
    ],
)
def test_a_mistake_names_line_key_and_remedy(old, new, line, key, words):
    assert old in GOOD
    found = next(m for m in mistakes(GOOD.replace(old, new)) if m.key == key)
    assert (found.file, found.line) == ("d.yaml", line)
    assert words in str(found)


def test_a_key_written_twice_is_told_in_plain_words():
    [mistake] = mistakes(GOOD + "  2001: {name: 乙, skills: {general: 3}}\n")
    assert str(mistake) == "d.yaml:11: '2001' is written twice (remove one of the two, or give it another key)"


def test_a_character_that_yaml_forbids_has_its_line():
    [mistake] = mistakes(GOOD.replace("name: 甲", "name: \0"))
    assert (mistake.line, mistake.remedy) == (10, "remove it")


def test_what_only_follows_from_another_mistake_is_not_told():
    shift = "teams: {a: {zh: 甲}}\nshifts: {day: {teams: [a], times: [25:00-26:00]}}\n"
    assert [m.key for m in mistakes(shift + GOOD)] == ["shifts.day.times.0"]


def test_a_mistake_is_always_one_line():
    assert "\n" not in str(mistakes(GOOD.replace("  general: {zh: 综合, n", '  "a\\nb": {zh: 综合, n'))[0])


def test_every_mistake_is_told_at_once():
    text = GOOD.replace("general: 3", "general: 9").replace('code: "01"', "code: 1")
    assert {m.key for m in mistakes(text)} == {"people.2001.skills.general", "departments.tax.code"}


@pytest.mark.parametrize(
    "text", ["a: [", "", "- x", "a: b: c", "\t- x", "x: &a [*a]", "skills: {general: {zh: 1}}\n" * 2]
)
def test_what_is_no_directory_is_refused_with_a_place(text):
    assert all(m.file == "d.yaml" and m.line >= 1 for m in mistakes(text))


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(DirectoryError, match="cannot be read"):
        load_directory(tmp_path / "none.yaml")


def test_pins_are_made_once_and_only_for_their_owner_to_read(tmp_path):
    directory = parse_directory(GOOD + "  2002: {name: 乙, skills: {general: 3}}\n", "d.yaml")
    path = tmp_path / "var" / "pins"
    pins = load_or_make_pins(path, directory)
    assert pins[AgentId("2001")] == "0123456"
    assert len(pins[AgentId("2002")]) == 6 and pins[AgentId("2002")].isdigit()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "0123456" not in path.read_text()
    assert load_or_make_pins(path, directory) == pins
    more = parse_directory(GOOD + "".join(f"  {n}: {{name: 丙, skills: {{general: 3}}}}\n" for n in (2002, 2003)), "d")
    assert load_or_make_pins(path, more)[AgentId("2002")] == pins[AgentId("2002")]


def test_all_phrases_are_there_in_both_languages():
    phrases = phrases_of(load_directory(SHIPPED))
    assert all(set(texts) == {"zh", "en"} and all(texts.values()) for texts in phrases.values())
    assert phrases["seat.break.meal"]["zh"] == "用餐"

"""Mistakes in a queue's settings: each names its line, its key and a remedy."""

from pathlib import Path

import pytest

from agents.loader import DirectoryError, directory_doubts, load_directory, parse_directory
from calls.skills import parse

TEXT = """\
skills: {general: {zh: 综合}, housing: {zh: 住房}, lang.en: {zh: 英语}}
queues:
  housing:
    zh: 住房
    needs: housing >= 2 and (general or lang.en >= 3)
    strategy: longest_idle
    groups: [team.north, team.south]
    wishes:
      expert: {that: housing >= 4, weight: 20, hold_s: 10}
    relax:
      - {after_s: 20, lower: {housing: 1}}
      - {after_s: 45, drop: [expert], add: general >= 3}
    last_agent: {within_s: 86400, hold_s: 15}
    service_level_s: 20
    overflow: [{when: waited, at: 60, to: "queue:english"}, {when: unstaffed, to: voicemail}]
  english: {zh: 英语, needs: {lang.en: 1}}
people:
  2001: {name: 甲, team: north, skills: {general: 3}}
  2002: {name: 乙, team: south, skills: {housing: 3}}
"""


def test_all_that_a_queue_can_say_is_read() -> None:
    queue = parse_directory(TEXT, "d.yaml").queues["housing"]
    assert queue.hard == parse("housing >= 2 and (general or lang.en >= 3)")
    assert [step.after_s for step in queue.relax] == [20, 45]


def test_being_in_a_team_is_a_skill_to_routing() -> None:
    directory = parse_directory(TEXT, "d.yaml")
    [north, south] = [directory.routing_skills(agent) for agent in directory.people]
    assert north == {"general": 3, "team.north": 1}
    assert south == {"housing": 3, "team.south": 1}


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ("needs: housing >= 2", "needs: huosing >= 2", 5, "queues.housing.needs", "did you mean 'housing'?"),
        ("(general or lang", "(general or or lang", 5, "queues.housing.needs", "expected a skill, not 'or'"),
        ("lang.en >= 3)", "lang.en >= 3", 5, "queues.housing.needs", "expected ')' at the end"),
        ("[team.north, team.south]", "[team.norht]", 7, "queues.housing.groups.0", "did you mean 'team.north'?"),
        ("longest_idle", "longest", 6, "queues.housing.strategy", "longest_idle"),
        ("that: housing >= 4", "that: housing >= 7", 9, "queues.housing.wishes.expert.that", "level from 0 to 5"),
        ("that: housing >= 4, ", "", 9, "queues.housing.wishes.expert.that", "is missing"),
        ("weight: 20", "weigth: 20", 9, "queues.housing.wishes.expert.weigth", "did you mean 'weight'?"),
        ("drop: [expert]", "drop: [export]", 12, "queues.housing.relax.1.drop.0", "did you mean 'expert'?"),
        ("after_s: 45", "after_s: 15", 12, "queues.housing.relax.1.after_s", "in order of time"),
        (", lower: {housing: 1}", "", 11, "queues.housing.relax.0", "nothing changes at this time"),
        ("lower: {housing: 1}", "lower: {hosing: 1}", 11, "queues.housing.relax.0.lower.hosing", "did you mean"),
        ("queue:english", "queue:englsh", 15, "queues.housing.overflow.0.to", "did you mean 'queue:english'?"),
        ("queue:english", "queue:housing", 15, "queues.housing.overflow.0.to", "name another queue"),
        ("longest_idle", "longest_idel", 6, "queues.housing.strategy", "did you mean 'longest_idle'?"),
        ("needs: housing >= 2 and", "needs: housing ≥ 2 and", 5, "queues.housing.needs", "write '>='"),
        ("needs: housing >= 2 and", "needs: housing => 2 and", 5, "queues.housing.needs", "write '>='"),
        ("needs: housing >= 2 and", "needs: housing >= 2 AND", 5, "queues.housing.needs", "'and' in small letters"),
        ("needs: housing >= 2", "needs: housing >= " + "9" * 5000, 5, "queues.housing.needs", "level from 0 to 5"),
        ("{lang.en: 1}", "", 16, "queues.english.needs", "write {skill: level}, or an expression"),
        ("{lang.en: 1}", "{}", 16, "queues.english.needs", "names nothing"),
        ("{lang.en: 1}", "{lang.en: true}", 16, "queues.english.needs.lang.en", "write a number"),
        ("{lang.en: 1}", "{lang.en: 1}, max_wait_s: .inf", 16, "queues.english.max_wait_s", "at most 86400"),
        ("{lang.en: 1}", "{lang.en: 1}, ring_s: .nan", 16, "queues.english.ring_s", "at most 120"),
        ("{lang.en: 1}", '{lang.en: 1}, music: "a\\r\\nb: c"', 16, "queues.english.music", "use letters"),
        ("  english:", '  "my: queue":', 16, "queues.my: queue", "use letters"),
        ("to: voicemail", "to: mailbox", 15, "queues.housing.overflow.1.to", "or 'voicemail'"),
        ("at: 60, ", "", 15, "queues.housing.overflow.0", "is the limit"),
        ("when: waited", "when: wait", 15, "queues.housing.overflow.0.when", "waited"),
        ("hold_s: 15", "hold_s: 0", 13, "queues.housing.last_agent.hold_s", "more than 0"),
    ],
)
def test_a_mistake_names_line_key_and_remedy(old: str, new: str, line: int, key: str, words: str) -> None:
    assert old in TEXT
    with pytest.raises(DirectoryError) as told:
        parse_directory(TEXT.replace(old, new), "d.yaml")
    found = next(m for m in told.value.mistakes if m.key == key)
    assert found.line == line
    assert words in str(found)


@pytest.mark.parametrize(
    ("step", "key", "words"),
    [
        ("lower: {housing: 2}", "lower.housing", "'housing' is asked for at level 2 before this step (write a level b"),
        ("lower: {housing: 5}", "lower.housing", "'housing' is asked for at level 2 before this step"),
        ("lower: {tax: 1}", "lower.tax", "nobody asks for 'tax' before this step (skills asked for: 'housing', 'gen"),
        ("lower: {lang.en: 2}, needs: general", "lower.lang.en", "'lower' is not looked at, for 'needs' stands beside"),
    ],
)
def test_a_step_that_lowers_nothing_is_doubted_with_line_and_remedy_and_is_no_mistake(
    tmp_path: Path, step: str, key: str, words: str
) -> None:
    file = tmp_path / "directory.yaml"
    text = TEXT.replace("skills: {general: {zh", "skills: {tax: {zh: 税务}, general: {zh")
    file.write_text(text.replace("lower: {housing: 1}", step))
    load_directory(file)
    [doubt] = directory_doubts(file, {})
    assert (doubt.line, doubt.key) == (11, f"queues.housing.relax.0.{key}")
    assert words in str(doubt)


def test_a_step_lowers_what_an_earlier_one_left_or_a_flow_asks_for(tmp_path: Path) -> None:
    file = tmp_path / "directory.yaml"
    file.write_text(TEXT.replace("drop: [expert], add: general >= 3", "lower: {housing: 1, lang.en: 0}"))
    assert [doubt.key for doubt in directory_doubts(file, {})] == ["queues.housing.relax.1.lower.housing"]
    file.write_text(TEXT.replace("lower: {housing: 1}", "lower: {housing: 2}"))
    assert directory_doubts(file, {"housing": {"housing": 3}}) == []
    assert len(directory_doubts(file, {"english": {"housing": 3}})) == 1

"""What changes for callers, in words; nothing that callers cannot notice, and nothing is left out."""

import pytest
from ivr_flow_texts import GOOD, KNOWN

from ivr import parse_flow
from ivr.comparison import compare

FLOW = parse_flow(GOOD, KNOWN).flow


def changes(*replacements: tuple[str, str]) -> list[str]:
    text = GOOD
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    return [str(change) for change in compare([FLOW], [parse_flow(text, KNOWN).flow])]


def test_a_flow_and_itself_are_the_same():
    assert changes() == []
    assert changes(("steps:\n", "steps: # a remark\n")) == []


@pytest.mark.parametrize(("old", "new", "said"), [
    ("2: info,", "2: ask,", "test: menu welcome: key 2 leads to ask instead of info"),
    ("2: info,", "2: info, 8: info,", "test: menu welcome: key 8 is new and leads to info"),
    (" 5: round,", "", "test: menu welcome: key 5 leads nowhere any more (it led to round)"),
    ("then: message}", "then: ask}", "test: menu welcome: after nothing was pressed leads to ask instead of message"),
    ("first_digit_s: 4", "first_digit_s: 7", "test: menu welcome: first_digit_s is 7 instead of 4"),
    ('to: "17:30"', 'to: "18:00"',
     "test: step open: open is workdays 08:30-18:00 instead of workdays 08:30-17:30"),
    ("closed_on: [2026-05-09]", "closed_on: []", "test: step open: closed_on is none instead of 2026-05-09"),
    ("zh: 消息", "zh: 新消息", "test: prompt: info (zh, said in info): “新消息” instead of “消息”"),
    ("queue: general,", "queue: english,", "test: step person: queue is english instead of general"),
    ("{housing: 2}", "{housing: 4}", "test: step person: skills.housing is 4 instead of 2"),
    ("start: open", "start: welcome", "test: start: welcome instead of open"),
    ("person_in: {en: person_en}", "person_in: {en: person}", "test: person_in.en: person instead of person_en"),
    ("  round: {do: goto, next: welcome}", "  round: {do: say, prompt: info, next: welcome}",
     "test: step round: is a say step instead of goto, leads to welcome"),
    (', 12319]', ']', "test: number 12319: is not answered here any more"),
    ("default: true", "default: false", "test: all numbers that no flow names: is not answered here any more"),
])  # fmt: skip
def test_each_kind_of_change_is_said_in_words(old, new, said):
    assert changes((old, new)) == [said]


def test_a_new_step_and_the_way_to_it_are_told():
    told = changes(("  end: {do: hangup}", "  news: {do: say, prompt: info, next: end}\n  end: {do: hangup}"),
                   ("2: info,", "2: news,"))  # fmt: skip
    assert "test: step news: is new: say, leads to end" in told
    assert "test: menu welcome: key 2 leads to news instead of info" in told


def test_flows_that_come_and_go_and_numbers_that_move():
    other = parse_flow(GOOD.replace("name: test", "name: other").replace('"12345", 12319', "12329"), KNOWN).flow
    moved = parse_flow(GOOD.replace(", 12319", "").replace("default: true\n", ""), KNOWN).flow
    both = parse_flow(GOOD.replace("name: test", "name: other").replace('"12345", 12319', "12319, 12329"), KNOWN).flow
    assert next(str(change) for change in compare([FLOW], [FLOW, other])) == (
        "other: is new; it answers 12329, all numbers that no flow names"
    )
    told = [str(change) for change in compare([FLOW], [moved, both])]
    assert "other: number 12319: is answered by other instead of test" in told
    assert "other: number 12329: is answered by other; it was by none" in told
    assert next(str(change) for change in compare([moved, both], [moved])) == "other: is gone"

"""The language of conditions: what is read, what holds, what is not known, and that nothing hurts it."""

from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ivr.conditions import ConditionError, Fact, FactKind, Names, facts_in, holds, parse, problems

FACTS = {
    Fact(FactKind.CALLER): "13800000000", Fact(FactKind.DIALLED): "12345", Fact(FactKind.LANGUAGE): "zh",
    Fact(FactKind.TAGS): ("water", "供热"), Fact(FactKind.TIME): time(18, 30), Fact(FactKind.DATE): date(2026, 10, 1),
    Fact(FactKind.WEEKDAY): "thu", Fact(FactKind.CALLS_IN, "7"): Decimal(3), Fact(FactKind.LAST_TICKET): "answered",
    Fact(FactKind.LENGTH, "general"): Decimal(4), Fact(FactKind.FREE, "general"): Decimal(0),
    Fact(FactKind.VARIABLE, "district"): "07", Fact(FactKind.VARIABLE, "word"): "abc",
    Fact(FactKind.VARIABLE, "empty"): "",
}  # fmt: skip
LISTS = {"vips": frozenset({"13800000000"}), "others": frozenset()}
NAMES = Names({"district", "word", "empty"}, LISTS, {"general", "tax-office"})
HOLD = [
    "caller == '13800000000'", "caller = '13800000000'", 'dialled != "110"', "caller matches '138*'",
    "caller matches '138????0000'", "caller not matches '139*'", "not caller matches '139*'", "caller in vips",
    "caller not in others", "caller in ('1', '13800000000')", "'water' in tags", "'供热' in tags", "not 'x' in tags",
    "language == 'zh'", "time >= 18:30", "time > 8:00 and time < 19:00", "date == 2026-10-01", "date < 2027-01-01",
    "weekday == thu", "weekday in (thu, fri)", "weekday not in (sat, sun)", "calls_in(7) >= 3", "calls_in( 7 ) == 3",
    "last_ticket == 'answered'", "queue.general.length > 3", "queue.general.free == 0", "district == 7",
    "district == '07'", "district < 10", "empty == ''", "5 > 3", "caller == 'x' or district == 7",
    "caller == 'x' and caller == 'y' or district == 7", "(caller == 'x' or district == 7) and word == 'abc'",
    "not (caller == 'x' and district == 7)", "not not district == 7",
]  # fmt: skip
UNKNOWN = [
    "queue.general.wait_s > 600", "not queue.general.wait_s > 600", "queue.general.wait_s == queue.general.wait_s",
    "word > 5", "queue.general.wait_s > 600 and district == 7", "calls_in(30) > 1",
]  # fmt: skip


@pytest.mark.parametrize("text", HOLD)
def test_what_is_true_holds_and_its_opposite_does_not(text):
    assert holds(parse(text), FACTS, LISTS) is True
    assert holds(parse(f"not ({text})"), FACTS, LISTS) is False
    assert list(problems(parse(text), NAMES)) == []


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_is_not_known_is_neither_true_nor_false(text):
    assert holds(parse(text), FACTS, LISTS) is None


def test_what_is_not_known_does_not_matter_where_the_rest_decides():
    assert holds(parse("queue.general.wait_s > 600 or district == 7"), FACTS, LISTS) is True
    assert holds(parse("queue.general.wait_s > 600 and district == 8"), FACTS, LISTS) is False


def test_the_facts_asked_for_are_told_each_with_its_argument():
    text = "calls_in(7) > 2 and not (queue.tax-office.free == 0 or caller in vips) and 'a' in tags"
    assert [(fact.kind.value, fact.argument) for fact in facts_in(parse(text))] == [
        ("calls_in", "7"), ("free", "tax-office"), ("caller", ""), ("tags", ""),
    ]  # fmt: skip


BAD = [
    ("", 1, "nothing is asked"), ("caller == '1' caller", 15, "not expected"), ("caller == 'x", 11, "has no meaning"),
    ("(1 == 1", 8, "')' is missing"), ("caller in", 10, "a list is missing"), ("caller matches 1", 16, "pattern"),
    ("caller matches '*1'", 16, "pattern"), ("calls_in(0) > 1", 10, "number of days"), ("calls_in > 1", 10, "'('"),
    ("queue.general > 1", 1, "no figure"), ("caller ＝ '1'", 8, "has no meaning"), ("and", 1, "a name or a value"),
    ("date == 2026-13-01", 9, "is no date"), ("caller == '1' and", 18, "the end is where"),
    ("(" * 30 + "1 == 1" + ")" * 30, 21, "too many brackets"), ("1 == 1 or " * 60 + "1 == 1", 500, "longer than"),
    ("__import__('os') == 1", 11, "a comparison is missing"), ("caller.upper == '1' + 2", 21, "has no meaning"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "column", "words"), BAD)
def test_what_cannot_be_read_is_told_with_its_place_and_a_remedy(text, column, words):
    with pytest.raises(ConditionError) as caught:
        parse(text)
    assert words in caught.value.message
    assert caught.value.column == column
    assert caught.value.remedy


TOKENS = st.sampled_from([
    "caller", "district", "time", "weekday", "tags", "vips", "calls_in", "(", ")", "7", ",", "and", "or", "not", "in",
    "matches", "==", "<", ">=", "'138*'", "'", "08:30", "2026-10-01", "sat", "queue.general.free", "nobody", "人", "＝",
])  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(TOKENS, max_size=14).map(" ".join)))
@example("not " * 120 + "1 == 1")
def test_any_text_is_read_or_refused_and_what_has_no_problems_holds_or_not(text):
    try:
        condition = parse(text)
    except ConditionError as error:
        assert 1 <= error.column <= len(text) + 1
        return
    found = list(problems(condition, NAMES))
    assert all(problem.message and problem.remedy and problem.column >= 1 for problem in found)
    if not found:
        assert holds(condition, FACTS, LISTS) in (True, False, None)

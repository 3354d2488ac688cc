"""Skill expressions as ops staff write them: what they mean, what is said about a mistake."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.skills import (
    ANYBODY,
    All,
    Any,
    Expression,
    Level,
    Not,
    SkillSyntaxError,
    all_of,
    any_of,
    at_least,
    lowered,
    mentioned,
    parse,
    unknown_skills,
)

_names = st.sampled_from(["lang.zh", "housing", "social_insurance", "社保", "team.day-1"])
_levels = st.builds(Level, _names, st.sampled_from([">=", ">", "<=", "<", "==", "!="]), st.integers(0, 5))


def _not(inner: Expression) -> Expression:
    return inner.part if isinstance(inner, Not) else Not(inner)


_expressions: st.SearchStrategy[Expression] = st.recursive(
    _levels,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(all_of),
        st.lists(inner, min_size=1, max_size=3).map(any_of),
        inner.map(_not),
    ),
    max_leaves=12,
)
_skills = st.dictionaries(_names, st.integers(1, 5))


def holds(text: str, **skills: int) -> bool:
    return parse(text).satisfied_by({name.replace("__", "."): level for name, level in skills.items()})


def test_the_issues_example_means_what_it_says() -> None:
    text = "lang.zh >= 3 and (social_insurance >= 2 or housing >= 2)"
    assert holds(text, lang__zh=3, housing=2)
    assert holds(text, lang__zh=5, social_insurance=4)
    assert not holds(text, lang__zh=2, housing=5)
    assert not holds(text, lang__zh=5, housing=1, social_insurance=1)


def test_and_binds_tighter_than_or() -> None:
    assert parse("a or b and c") == parse("a or (b and c)") != parse("(a or b) and c")


def test_a_skill_alone_asks_for_any_level_and_not_for_its_absence() -> None:
    assert holds("housing", housing=1)
    assert not holds("housing")
    assert holds("not housing")
    assert holds("not not housing", housing=1)


def test_any_and_all_are_or_and_and() -> None:
    assert parse("any(a, b >= 2)") == parse("a or b >= 2")
    assert parse("all(a, any(b, c))") == parse("a and (b or c)")


def test_chinese_names_are_skills() -> None:
    assert parse("社保 >= 2").satisfied_by({"社保": 2})


@given(_expressions)
def test_an_expression_written_out_and_read_again_is_the_same(expression: Expression) -> None:
    assert parse(str(expression)) == expression


@given(_expressions, _skills)
def test_negation_turns_the_answer_round(expression: Expression, skills: dict[str, int]) -> None:
    assert Not(expression).satisfied_by(skills) is not expression.satisfied_by(skills)


@given(_skills, _skills)
def test_at_least_asks_for_every_level_given(needs: dict[str, int], skills: dict[str, int]) -> None:
    wanted = all(skills.get(name, 0) >= level for name, level in needs.items())
    assert at_least(needs).satisfied_by(skills) is wanted


@given(_expressions, _skills, _skills)
def test_lowering_levels_never_excludes_anybody(
    expression: Expression, levels: dict[str, int], skills: dict[str, int]
) -> None:
    assert lowered(expression, levels).satisfied_by(skills) or not expression.satisfied_by(skills)


def test_lowering_to_zero_no_longer_asks() -> None:
    assert lowered(parse("lang.zh >= 3 and housing >= 2"), {"housing": 0}) == parse("lang.zh >= 3")
    assert lowered(parse("housing > 3"), {"housing": 2}) == parse("housing >= 2")
    assert lowered(parse("housing >= 1"), {"housing": 4}) == parse("housing >= 1")


def test_doubles_and_nesting_do_not_make_another_need() -> None:
    assert parse("a and (b and a)") == parse("a and b")
    assert all_of([parse("a")]) == parse("a")
    assert all_of([]) == ANYBODY == parse("anybody")
    assert isinstance(parse("a and b"), All)
    assert isinstance(parse("a or b"), Any)


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("", 1, "nothing is asked"),
        ("a and", 6, "a skill is missing at the end"),
        ("a >= 9", 6, "level from 0 to 5"),
        ("a >= b", 6, "level from 0 to 5"),
        ("(a or b", 8, "expected ')' at the end"),
        ("a b", 3, "expected 'and', 'or' or the end, not 'b'"),
        ("a && b", 3, "'&' has no meaning here"),
        ("and a", 1, "expected a skill, not 'and'"),
        ("any()", 5, "expected a skill, not ')'"),
        ("(" * 60 + "a" + ")" * 60, 51, "more than 50 brackets"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, column: int, says: str) -> None:
    with pytest.raises(SkillSyntaxError) as told:
        parse(text)
    assert says in str(told.value)
    assert told.value.column == column


def test_an_unknown_skill_is_told_with_the_likeliest_one_meant() -> None:
    sentences = unknown_skills(parse("huosing >= 2 and lang.zh and 社保"), {"housing", "lang.zh"})
    assert sentences == [
        "unknown skill 'huosing': did you mean 'housing'?",
        "unknown skill '社保': known skills: housing, lang.zh",
    ]


def test_the_skills_mentioned_are_told_once() -> None:
    assert mentioned(parse("a and (b or not a >= 3)")) == ["a", "b"]

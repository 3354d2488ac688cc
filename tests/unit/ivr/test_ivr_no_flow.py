"""What is no YAML, or YAML that is not used here, is told with its line and a remedy."""

import pytest
from ivr_flow_texts import GOOD, KNOWN, line_of, mistakes

from ivr import parse_flow
from ivr.source import MOST_BYTES

SYNTAX = [
    ("  hello: {zh: 您好, en: Hello}", "\thello: {zh: 您好}", "tab", "spaces"),
    ("name: test", "name: 'test", "not closed", "quote"),
    ("[zh, en]", "[zh, en", "bracket", "close it"),
    ("name: test", "name： test", "", "full-width"),
    ("start: open", "start:open", "", "space after the ':'"),
    ("start: open", "  start: open", "", "indent"),
    ("zh: 消息,", "zh: 消息: 一,", "", ""),
    ("{1: person,", "{*: person,", "& or *", '"*"'),
    ("{1: person,", "{#: person,", "bracket", '"#"'),
    ("name: test", "name: @test", "begin with this character", "quotes"),
    ("name: test", "name: !!python/object:os.system test", "begins with '!'", "quotes"),
    ("name: test", "name: !x test", "begins with '!'", "quotes"),
    ("[zh, en]", "!!set {zh, en}", "begins with '!'", "quotes"),
    ("name: test", "name: &n test", "& or *", "quotes"),
    ("name: test", "name: te\x07st", "0x0007", "invisible"),
    ("steps:", "---\nsteps:", "second document", "remove"),
    ("name: test", "name: test\n[a]: b", "a plain word", "quotes"),
    ("name: test", "name: test\n<<: {a: b}", "a plain word", "quotes"),
    ("name: test", 'name: "te\\qst"', "backslash", "single quotes"),
    ("start: open", "start: open\nstart: open", "is there already, in line 5", "remove one"),
    ("  end: {do: hangup}", "  end: {do: hangup}\n  end: {do: hangup}", "is there already", "remove one"),
    ("1: person,", "1: person, 1: info,", "'1' is there already", "remove one"),
    ("1: person,", '1: person, "1": info,', "'1' is there already", "remove one"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message", "remedy"), SYNTAX)
def test_bad_yaml_is_told_with_its_line_and_a_remedy(old, new, message, remedy):
    text = GOOD.replace(old, new, 1)
    mistake = mistakes(text)[0]
    assert message in mistake.message
    assert remedy in mistake.remedy
    assert abs(mistake.line - line_of(GOOD, old)) <= 1, str(mistake)


def test_a_text_saved_as_gbk_is_told_with_its_line():
    mistake = mistakes(GOOD.encode("gbk"))[0]
    assert (mistake.line, mistake.message) == (line_of(GOOD, "您好"), "is not UTF-8 text")
    assert "GBK" in mistake.remedy


def test_a_text_saved_as_utf_16_is_refused_and_a_byte_order_mark_is_not():
    assert mistakes(GOOD.encode("utf-16"))[0].message == "is not UTF-8 text"
    assert parse_flow(GOOD.encode("utf-8-sig"), KNOWN).flow.name == "test"
    assert parse_flow(GOOD.replace("\n", "\r\n"), KNOWN).flow.name == "test"


@pytest.mark.parametrize("text", ["", "\n\n  \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_told_to_be_empty(text):
    assert mistakes(text)[0].message == "is empty"


@pytest.mark.parametrize("text", ["- a\n- b\n", "hello", "12", "# only a comment\n", "---\n...\n", "null"])
def test_a_file_that_is_no_mapping_is_refused(text):
    mistake = mistakes(text)[0]
    assert "key: value" in mistake.message
    assert mistake.line == 1


def test_a_huge_file_is_refused_without_reading_it():
    assert "larger than" in mistakes(b"a" * (MOST_BYTES + 1))[0].message


def test_an_alias_bomb_is_refused_at_its_first_line():
    bomb = 'a: &a ["x","x"]\n' + "".join(
        f"{c}: &{c} [{', '.join(['*' + p] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert mistakes(bomb)[0].line == 1


@pytest.mark.parametrize("text", ["a: " + "[" * 5000, "a: " + "{a: " * 5000, "- " * 5000, "? " * 2000])
def test_absurd_depth_is_refused(text):
    assert mistakes(text)[0].message == "is nested too deeply"

"""Which numbers agents may dial, and when."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.dial_rules import EMERGENCY, DialRefusal, DialRules, Hours, Wish, compile_pattern, parse_wish

NOON = 12 * 60


@pytest.mark.parametrize(
    "number",
    ["13812345678", "013812345678", "87654321", "7654321", "01087654321", "02152345678",
     "057187654321", "05717654321"],
)  # fmt: skip
def test_ordinary_chinese_numbers_may_be_dialled(number: str) -> None:
    assert DialRules().refusal(number, NOON) is None


@pytest.mark.parametrize(
    "number",
    ["12812345678", "1381234567", "138123456789", "654321", "1001", "12345", "008613812345678", "0013812345678",
     "95588", "4001234567", "0", "1"],
)  # fmt: skip
def test_short_foreign_and_service_numbers_may_not_be_dialled(number: str) -> None:
    assert DialRules().refusal(number, NOON) is DialRefusal.NOT_ALLOWED


@pytest.mark.parametrize("emergency", EMERGENCY)
@pytest.mark.parametrize("area", ["", "010", "0571"])
def test_emergency_numbers_are_never_dialled_even_when_everything_is_allowed(emergency: str, area: str) -> None:
    rules = DialRules(allowed=["*"], hours="00:00-24:00")
    assert rules.refusal(area + emergency, NOON) is DialRefusal.EMERGENCY


@pytest.mark.parametrize(
    "number",
    ["", "1" * 19, "+8613812345678", "138 1234", "1381234567\u0668", "１３８", "138\n", "1&1001"],
)
def test_what_is_not_digits_is_no_number(number: str) -> None:
    assert DialRules(allowed=["*"]).refusal(number, NOON) is DialRefusal.NO_NUMBER


def test_what_is_denied_is_denied_though_it_is_allowed() -> None:
    rules = DialRules(denied=["138*"])
    assert rules.refusal("13812345678", NOON) is DialRefusal.DENIED
    assert rules.refusal("13912345678", NOON) is None


def test_a_prefix_allows_all_that_begins_with_it() -> None:
    rules = DialRules(allowed=["400*"])
    assert [rules.refusal(number, NOON) for number in ("400", "4001234567")] == [None, None]
    assert rules.refusal("40", NOON) is DialRefusal.NOT_ALLOWED


def test_nothing_allowed_allows_nothing() -> None:
    assert DialRules(allowed=[]).refusal("13812345678", NOON) is DialRefusal.NOT_ALLOWED


def test_switched_off_nothing_may_be_dialled() -> None:
    assert DialRules(enabled=False).refusal("13812345678", NOON) is DialRefusal.OFF


@pytest.mark.parametrize(
    ("minute", "refusal"),
    [(8 * 60 - 1, DialRefusal.OUTSIDE_HOURS), (8 * 60, None), (21 * 60 - 1, None), (21 * 60, DialRefusal.OUTSIDE_HOURS),
     (0, DialRefusal.OUTSIDE_HOURS)],
)  # fmt: skip
def test_nobody_is_called_at_night(minute: int, refusal: DialRefusal | None) -> None:
    assert DialRules().refusal("13812345678", minute) is refusal


def test_hours_may_lie_across_midnight_and_be_the_whole_day() -> None:
    night = Hours.parse("22:00–06:00")
    assert [night.include(minute) for minute in (21 * 60, 22 * 60, 0, 6 * 60)] == [False, True, True, False]
    assert all(Hours.parse("00:00-24:00").include(minute) for minute in range(24 * 60))


@pytest.mark.parametrize("hours", ["", "8-21", "08:60-21:00", "25:00-26:00", "08:00-24:01", "08:00"])
def test_hours_that_no_clock_shows_are_mistakes(hours: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(hours))):
        Hours.parse(hours)


@pytest.mark.parametrize("pattern", ["", "?1", "1??", "*1", "[9-3]", "[]", "[1-]", "[-]", "[3", "1.", "(1)", "1**"])
def test_what_is_no_pattern_is_a_mistake(pattern: str) -> None:
    with pytest.raises(ValueError, match="write"):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    ("dialled", "wish"),
    [
        ("*913812345678", Wish("13812345678")),
        ("*913812345678*202611240007", Wish("13812345678", "202611240007")),
        ("*913812345678#", Wish("13812345678")),
        ("*9", None),
        ("*9138*", None),
        ("*9138**1", None),
        ("*9138*1*2", None),
        ("*913a", None),
        ("*9１３", None),
        ("*11", None),
    ],
)
def test_the_code_is_read_as_number_and_ticket_or_not_at_all(dialled: str, wish: Wish | None) -> None:
    assert parse_wish(dialled) == wish


@given(st.text(max_size=30), st.integers(0, 24 * 60 - 1))
def test_whatever_is_let_through_is_digits(number: str, minute: int) -> None:
    if DialRules(allowed=["*"], hours="00:00-24:00").refusal(number, minute) is None:
        assert number.isascii() and number.isdigit() and number not in EMERGENCY


@given(st.text(alphabet="*#0123456789abc\r\n,&|", max_size=20).map(lambda rest: "*9" + rest))
def test_whatever_is_read_from_a_seat_is_digits(dialled: str) -> None:
    wish = parse_wish(dialled)
    if wish is not None:
        assert wish.number.isascii() and wish.number.isdigit()
        assert not wish.ticket or wish.ticket.isdigit()

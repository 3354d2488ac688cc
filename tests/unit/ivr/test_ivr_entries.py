"""What is a telephone number, an identity card's number, a date; and which patterns fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.entries import is_right_kind
from ivr.patterns import fits
from ivr.steps import Check

RIGHT = [
    (Check.MOBILE, "13800000000"), (Check.MOBILE, "19912345678"),
    (Check.PHONE, "13800000000"), (Check.PHONE, "01062345678"), (Check.PHONE, "05712345678"),
    (Check.PHONE, "057187654321"), (Check.PHONE, "87654321"), (Check.PHONE, "4001234567"),
    (Check.ID_CARD, "11010519491231002X"), (Check.ID_CARD, "11010519491231002*"), (Check.ID_CARD, "440524188001010014"),
    (Check.DATE, "20240229"), (Check.DATE, "19991231"), (None, "0"),
]  # fmt: skip
WRONG = [
    (Check.MOBILE, "12800000000"), (Check.MOBILE, "1380000000"), (Check.MOBILE, "138000000000"),
    (Check.PHONE, "110"), (Check.PHONE, "00000000"), (Check.PHONE, "0101234567"), (Check.PHONE, "1380000000*"),
    (Check.ID_CARD, "110105194912310021"), (Check.ID_CARD, "11010519491331002X"), (Check.ID_CARD, "1101051949123100"),
    (Check.ID_CARD, "440524188001010015"), (Check.DATE, "20230229"), (Check.DATE, "20241301"), (Check.DATE, "2024022"),
    (None, "1*"), (None, "１"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "entry"), RIGHT[:10] + RIGHT[11:])
def test_what_is_right_is_taken(check, entry):
    assert is_right_kind(entry, check)


@pytest.mark.parametrize(("check", "entry"), WRONG)
def test_what_is_wrong_is_not(check, entry):
    assert not is_right_kind(entry, check)


@given(st.text("0123456789", min_size=17, max_size=17), st.sampled_from("0123456789X"), st.integers(0, 16))
def test_one_wrong_digit_of_an_identity_card_is_always_noticed(body, last, place):
    right = body + last
    if not is_right_kind(right, Check.ID_CARD):
        return
    spoilt = right[:place] + str((int(right[place]) + 1) % 10) + right[place + 1 :]
    assert not is_right_kind(spoilt, Check.ID_CARD)


@pytest.mark.parametrize(
    ("text", "pattern", "fit"),
    [("13812345678", "138*", True), ("139", "138*", False), ("138", "138*", True), ("13", "138*", False),
     ("2612345678", "26????????", True), ("261", "26????????", False), ("26123456789", "26????????", False),
     ("", "*", True), ("9", "*", True), ("95", "9?", True)],
)  # fmt: skip
def test_a_pattern_fits_what_it_says(text, pattern, fit):
    assert fits(text, pattern) is fit
    assert is_right_kind(text or "1", None, (pattern,)) in (fit, pattern == "*")


def test_one_pattern_of_several_is_enough_and_the_check_holds_beside_them():
    assert is_right_kind("13900000000", Check.MOBILE, ("138*", "139*"))
    assert not is_right_kind("13700000000", Check.MOBILE, ("138*", "139*"))

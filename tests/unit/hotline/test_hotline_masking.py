"""No telephone number gets into a log; what only looks like one stays readable."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.masking import mask_text, mask_value


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("13812345678", "138****5678"),
        ("+8613812345678", "+861******5678"),
        ("caller 13812345678 waits", "caller 138****5678 waits"),
        ("057112345678", "057*****5678"),
        ("0571-12345678", "0571-123*5678"),
        ("12345678", "123*5678"),
        ("1234567", "123*4567"),
        ("138-1234-5678", "138******5678"),
        ("138 1234 5678", "138******5678"),
        ("sip:13812345678@10.0.0.1:5060", "sip:138****5678@10.0.0.1:5060"),
        ("PJSIP/13812345678@department-trunk", "PJSIP/138****5678@department-trunk"),
        ("PJSIP/13812345678-0000001a", "PJSIP/138****5678-000*0001a"),
        ('"张三" <tel13812345678>', '"张三" <tel138****5678>'),
        ("13812345678,13912345678", "138****5678,139****5678"),
        ("a1-1763907000.17-13812345678.wav", "a1-1763907000.17-138****5678.wav"),
        ("１３８１２３４５６７８", "１３８****５６７８"),
    ],
)
def test_a_number_is_masked_wherever_it_stands(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "12345", "1001", "110110", "a1-1763907000.17", "1763907000.17", "a1-1763907000.123456",
        "2026/11/23/a1-1763907000.17.wav",
        "2026/11/23/a1-1763907000.17-224634697.wav", "PJSIP/trunk-0000001a", "PJSIP/1001-00000012",
        "2026-11-23T14:10:00.683715Z",
        "2026-11-23 14:10:00", "127.0.0.1:5060", "1001, 1002, 1003", "at 1763907000.5 s", "",
    ],
)  # fmt: skip
def test_what_is_no_number_stays(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ticket", "2611230001"), ("ticket", "26112310001"), ("offer", "1763907000-70"),
        ("sha256", "0123456789abcdef" * 4), ("size", 16_000_000),
        ("size_bytes", 16_000_000), ("since", 1763907000.5), ("at", 1763907000), ("pid", 1234567),
        ("waited_ms", 12345678),        ("ok", True), ("nothing", None), ("share", 0.123456789),
    ],
)  # fmt: skip
def test_figures_are_kept_under_the_keys_that_hold_them(key: str, value: object) -> None:
    assert mask_value(value, key) == value


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("caller", "13812345678"), ("ticket", "13812345678"), ("call", "13812345678"), ("offer", "13812345678"),
        ("sha256", "13812345678"),
        ("digits", 13812345678), ("seats", 13812345678), ("events", [13812345678]), ("x", {"y": ("13812345678",)}),
        ("x", {"13812345678": 1}), ("x", {"13812345678"}), ("x", b"13812345678"), ("x", ValueError("13812345678")),
    ],
)  # fmt: skip
def test_no_key_lets_a_number_through(key: str, value: object) -> None:
    assert "13812345678" not in json.dumps(mask_value(value, key))


def test_a_broken_object_does_not_cost_the_line() -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError

    assert mask_value(Broken()) == "<Broken without text: RuntimeError>"


def test_the_copy_does_not_change_with_the_original() -> None:
    needs = {"general": [1]}
    copy = mask_value(needs)
    needs["general"].append(2)
    assert copy == {"general": [1]}


MOBILE = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
KEYS = st.sampled_from(["caller", "event", "ticket", "call", "path", "sha256", "size", "at", "since", "port", "x_ms"])


@given(before=st.text(), number=MOBILE, after=st.text(), key=KEYS)
def test_no_number_survives_any_surroundings(before: str, number: str, after: str, key: str) -> None:
    shown = str(mask_value(before + number + after, key))
    assert number not in shown
    assert shown.startswith(before) or re.search(r"\d", before)


@given(number=MOBILE, key=KEYS)
def test_no_number_survives_any_nesting(number: str, key: str) -> None:
    shown = json.dumps(mask_value({"a": [{number: (number, {number})}]}, key))
    assert number not in shown


@given(st.text())
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask_text(mask_text(text)) == mask_text(text)

"""Whether what a caller entered is what it must be: a telephone number, an identity card's number, a date. Pure."""

import re
from collections.abc import Iterable
from datetime import date

from ivr.patterns import fits
from ivr.steps import Check

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_FIXED = re.compile(r"0[1-9][0-9]{1,2}[2-9][0-9]{6,7}|[2-9][0-9]{6,7}|400[0-9]{7}|800[0-9]{7}")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
_CHECK_DIGITS = "10X98765432"


def is_right_kind(entry: str, check: Check | None, patterns: Iterable[str] = ()) -> bool:
    """Return whether an entry is what is checked for and fits one of the patterns, if there are any."""
    wanted = list(patterns)
    if wanted and not any(fits(entry, pattern) for pattern in wanted):
        return False
    match check:
        case Check.MOBILE:
            return _MOBILE.fullmatch(entry) is not None
        case Check.PHONE:
            return _MOBILE.fullmatch(entry) is not None or _FIXED.fullmatch(entry) is not None
        case Check.ID_CARD:
            return _is_id_card(entry)
        case Check.DATE:
            return _is_date(entry)
        case None:
            return entry.isascii() and entry.isdigit()


def kept_as(entry: str, check: Check | None) -> str:
    """Return an entry as it is kept: the star of an identity card is its X."""
    return entry.replace("*", "X") if check is Check.ID_CARD else entry


def _is_id_card(entry: str) -> bool:
    number = entry.replace("*", "X")
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", number) or not _is_date(number[6:14]):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return _CHECK_DIGITS[total % 11] == number[17]


def _is_date(entry: str) -> bool:
    if not re.fullmatch(r"(19|20)[0-9]{6}", entry):
        return False
    try:
        date(int(entry[:4]), int(entry[4:6]), int(entry[6:]))
    except ValueError:
        return False
    return True

"""Numbers, dates, times, ticket numbers and so on, as pieces out of a finite vocabulary.

Everything that changes from call to call is composed of pieces that were rendered beforehand, so nothing is ever
synthesised while a caller waits. Pure: values in, words out. All functions raise ``ValueError`` on values that cannot
be said.
"""

import datetime
import re
import string
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from calls import Language
from ivr.speech import say_en, say_zh

PAUSE = ","
"""The piece that is a short silence."""

COUNTING_UP = ("12345", "123456", "1234", "123")
"""Numbers in which 1 is 一 and not 幺, because everybody says them so."""

_LARGEST = 10**12
_MAX_DIGITS = 40
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9)）])[ \-()（）]+(?=[0-9(（])|^[(（]|[()（）]")
_COUNTRY = r"[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{3}"
_PHONE = re.compile(rf"(\+(?:{_COUNTRY}))?([0-9]{{2,15}})(?:[xX#,转]([0-9]{{1,8}}))?")


class Kind(StrEnum):
    """What a value in a prompt is, which decides how it is read."""

    NUMBER = "number"  # 325, -3, 12.5
    DIGITS = "digits"  # ticket numbers, codes: letters and digits one by one
    PHONE = "phone"  # a telephone number: 13812345678, 010-12345678, +8613812345678, 84001234x605
    DATE = "date"  # datetime.date or 2026-11-23
    TIME = "time"  # datetime.time or 09:30
    PLACE = "place"  # a place in the waiting line, 1 is next
    ORDINAL = "ordinal"  # 3 is the third
    PERCENT = "percent"  # 12.5 or "12.5%"
    MONEY = "money"  # yuan, to the fen
    DURATION = "duration"  # seconds
    TEXT = "text"  # one of a known list of texts, each rendered as it is


def say(kind: Kind, value: object, language: Language) -> list[str]:
    """Return the pieces in which ``value`` is said. ``Kind.TEXT`` is its own single piece."""
    return _SAYERS[kind](value, language)


def number(value: object, language: Language) -> list[str]:
    """Return a number below 10^12, with sign and decimals."""
    exact = _decimal(value)
    return say_zh.number(exact) if language is Language.ZH else say_en.number(exact)


def digits(value: object, language: Language) -> list[str]:
    """Return digits and Latin letters one by one, grouped by short pauses.

    What separates groups in the value (``20261123-0042``) makes a pause; an ungrouped number is read in fours, a
    Chinese mobile number as 3-4-4.
    """
    text = str(value).upper()
    if len(text) > _MAX_DIGITS:
        raise ValueError(f"{len(text)} digits are too many to say")
    groups = "".join(char if char in _SAYABLE else " " for char in text).split()
    if not groups:
        raise ValueError(f"{value!r} has no digits or letters")
    if len(groups) == 1:
        groups = _grouped(groups[0])
    digit = say_zh.digit if language is Language.ZH else say_en.digit
    pieces: list[str] = []
    for group in groups:
        pieces += [PAUSE] if pieces else []
        pieces += [digit(char) if char.isdigit() else char for char in group]
    return pieces


def phone(value: object, language: Language) -> list[str]:
    """Return a telephone number, grouped as people say it: country code, area code, number, extension.

    1 is 幺 in Mandarin, but in numbers that count up (12345) it stays 一, as callers know them.
    """
    match = _PHONE.fullmatch(_BETWEEN_DIGITS.sub("", str(value)))
    if match is None or len(match[0]) > _MAX_DIGITS:
        raise ValueError(f"{value!r} is no telephone number")
    country, number, extension = match.groups()
    groups = [country.removeprefix("+")] if country else []
    groups += _phone_groups(number)
    mandarin = language is Language.ZH
    pieces = [("加" if mandarin else "plus")] if country else []
    for index, group in enumerate(groups):
        pieces += [PAUSE] if index else []
        pieces += _one_by_one(group, language, plain=number in COUNTING_UP)
    if extension:
        pieces += [PAUSE, "转" if mandarin else "extension", *_one_by_one(extension, language)]
    return pieces


def ordinal(value: object, language: Language) -> list[str]:
    """Return which one of a row something is (1 or more)."""
    position = _whole(value)
    if position < 1:
        raise ValueError(f"there is no {position}th of anything")
    return ["第", *say_zh.whole(position)] if language is Language.ZH else say_en.ordinal_number(position)


def percent(value: object, language: Language) -> list[str]:
    """Return a percentage; the sign may stand there."""
    exact = _decimal(str(value).strip().rstrip("%％"))
    return say_zh.percent(exact) if language is Language.ZH else [*say_en.number(exact), "percent"]


def place(value: object, language: Language) -> list[str]:
    """Return a place in the waiting line (1 or more)."""
    position = _whole(value)
    if position < 1:
        raise ValueError(f"{position} is no place in a line")
    return say_zh.place(position) if language is Language.ZH else say_en.place(position)


def date(value: object, language: Language) -> list[str]:
    """Return a date with its weekday."""
    if isinstance(value, datetime.datetime):
        value = value.date()
    day = value if isinstance(value, datetime.date) else datetime.date.fromisoformat(str(value)[:10])
    return say_zh.date(day) if language is Language.ZH else say_en.date(day)


def time(value: object, language: Language) -> list[str]:
    """Return a time of day to the minute."""
    if isinstance(value, datetime.datetime):
        value = value.time()
    written = str(value).strip().replace("T", " ").rpartition(" ")[2]  # of a date with a time, the time
    moment = value if isinstance(value, datetime.time) else datetime.time.fromisoformat(written.zfill(5))
    return say_zh.time(moment) if language is Language.ZH else say_en.time(moment)


def money(value: object, language: Language) -> list[str]:
    """Return an amount of yuan, rounded to fen."""
    amount = _decimal(value).quantize(Decimal("0.01"))
    return say_zh.money(amount) if language is Language.ZH else say_en.money(amount)


def duration(value: object, language: Language) -> list[str]:
    """Return a duration given in seconds (0 or more); from an hour on, without the seconds."""
    total = int(_decimal(value.total_seconds() if isinstance(value, datetime.timedelta) else value))
    if total < 0:
        raise ValueError(f"{total} s is no duration")
    hours, minutes, seconds = total // 3600, total // 60 % 60, total % 60
    seconds = 0 if hours else seconds
    speak = say_zh.duration if language is Language.ZH else say_en.duration
    return speak(hours, minutes, seconds)


def text(value: object, language: Language) -> list[str]:
    """Return the text itself as one piece (it is not part of the vocabulary: prepare the known texts)."""
    del language
    words = str(value).strip()
    if not words or len(words) > 200:
        raise ValueError(f"a text of {len(words)} characters is not said")
    return [words]


def vocabulary(language: Language) -> list[str]:
    """Return every piece that ``say`` can return in this language but those of ``Kind.TEXT``."""
    words = say_zh.vocabulary() if language is Language.ZH else say_en.vocabulary()
    return list(dict.fromkeys([*words, *string.ascii_uppercase, PAUSE]))


def piece_language(piece: str, language: Language) -> Language:
    """Return the language a piece is spoken in: single Latin letters are English in every language."""
    return Language.EN if len(piece) == 1 and piece in string.ascii_uppercase else language


_SAYABLE = frozenset(string.digits + string.ascii_uppercase)

_SAYERS: dict[Kind, Callable[[object, Language], list[str]]] = {
    Kind.NUMBER: number,
    Kind.DIGITS: digits,
    Kind.PHONE: phone,
    Kind.DATE: date,
    Kind.TIME: time,
    Kind.PLACE: place,
    Kind.ORDINAL: ordinal,
    Kind.PERCENT: percent,
    Kind.MONEY: money,
    Kind.DURATION: duration,
    Kind.TEXT: text,
}


def _one_by_one(run: str, language: Language, *, plain: bool = False) -> list[str]:
    if language is Language.ZH:
        return [say_zh.DIGITS[int(char)] if plain else say_zh.digit(char) for char in run]
    return [say_en.digit(char) for char in run]


def _phone_groups(number: str) -> list[str]:
    if len(number) in (11, 12) and number.startswith("0"):
        area = 3 if number[1] in "12" else 4
        return [number[:area], number[area:-4], number[-4:]]
    if len(number) == 10 and number.startswith(("400", "800")):
        return [number[:3], number[3:6], number[6:]]
    return _grouped(number)


def _grouped(run: str) -> list[str]:
    if len(run) == 11 and run.isdigit() and run.startswith("1"):
        return [run[:3], run[3:7], run[7:]]
    if len(run) <= 5:
        return [run]
    return [run[start : start + 4] for start in range(0, len(run), 4)]


def _decimal(value: object) -> Decimal:
    try:
        exact = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError(f"{value!r} is no number") from None
    if not exact.is_finite() or abs(exact) >= _LARGEST:
        raise ValueError(f"{value!r} is too large to say")
    return exact


def _whole(value: object) -> int:
    exact = _decimal(value)
    if exact != exact.to_integral_value():
        raise ValueError(f"{value!r} is no whole number")
    return int(exact)

"""English numbers, dates, times and so on, as pieces that are each spoken in one breath. Pure."""

import datetime
from collections.abc import Iterator
from decimal import Decimal

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
)  # fmt: skip
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WORDS = (
    "hundred",
    "minus",
    "point",
    "number",
    "oh",
    "a.m.",
    "p.m.",
    "noon",
    "midnight",
    "yuan",
    "and",
    "percent",
    "plus",
    "extension",
)
_SCALES = ("", "thousand", "million", "billion")
_UNITS = (("hour", "hours"), ("minute", "minutes"), ("second", "seconds"))


def small(number: int) -> str:
    """Return 0..99 as one piece: nine, twenty one."""
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens] + (f" {_ONES[ones]}" if ones else "")


def ordinal(number: int) -> str:
    """Return 1..99 as one piece: first, twenty first, thirtieth."""
    if number < 20:
        return _ORDINALS[number - 1]
    tens, ones = divmod(number, 10)
    return f"{_TENS[tens]} {_ORDINALS[ones - 1]}" if ones else f"{_TENS[tens][:-1]}ieth"


def ordinal_number(number: int) -> list[str]:
    """Return which one of a row: twenty first, one hundred third, two hundredth, one thousandth."""
    pieces = whole(number)
    rest = number % 100
    return [*pieces[:-1], ordinal(rest) if rest else f"{pieces[-1]}th"]


def whole(number: int) -> list[str]:
    """Return a whole number from 0 to 999,999,999,999 as pieces."""
    if number == 0:
        return ["zero"]
    pieces: list[str] = []
    for power in (3, 2, 1, 0):
        hundreds, rest = divmod(number // 1000**power % 1000, 100)
        if hundreds:
            pieces.append(f"{_ONES[hundreds]} hundred")
        if rest:
            pieces.append(small(rest))
        if power and (hundreds or rest):
            pieces.append(_SCALES[power])
    return pieces


def number(value: Decimal) -> list[str]:
    """Return a number, with its sign and decimals."""
    pieces = ["minus"] if value < 0 else []
    integer, _, decimals = f"{abs(value):f}".partition(".")
    pieces += whole(int(integer))
    if decimals:
        pieces += ["point", *(_ONES[int(digit)] for digit in decimals)]
    return pieces


def digit(char: str) -> str:
    """Return a digit."""
    return _ONES[int(char)]


def place(value: int) -> list[str]:
    """Return a place in a line: number three."""
    return ["number", *whole(value)]


def year(value: int) -> list[str]:
    """Return a year: twenty twenty six, two thousand five, nineteen oh five, nineteen hundred."""
    century, rest = divmod(value, 100)
    if (century % 10 == 0 and rest < 10) or value < 1000:
        return whole(value)
    if rest == 0:
        return [f"{_ONES[century]} hundred"] if century < 10 else [small(century), "hundred"]
    return [small(century), *(["oh"] if rest < 10 else []), small(rest)]


def date(value: datetime.date) -> list[str]:
    """Return a date: Monday, November twenty third, twenty twenty six."""
    return [_WEEKDAYS[value.weekday()], _MONTHS[value.month - 1], ordinal(value.day), *year(value.year)]


def time(value: datetime.time) -> list[str]:
    """Return a time of day to the minute: nine thirty a.m., two oh five p.m., twelve noon, twelve midnight."""
    hour = value.hour % 12 or 12
    if value.minute == 0 and hour == 12:
        return ["twelve", "noon" if value.hour else "midnight"]
    minutes = [] if value.minute == 0 else ["oh"] if value.minute < 10 else []
    minutes += [small(value.minute)] if value.minute else []
    return [small(hour), *minutes, "p.m." if value.hour >= 12 else "a.m."]


def money(value: Decimal) -> list[str]:
    """Return an amount in yuan: twelve point five yuan."""
    return [*number(value.normalize() if value % 1 else value.quantize(Decimal(1))), "yuan"]


def duration(hours: int, minutes: int, seconds: int) -> list[str]:
    """Return a duration: two hours and twenty minutes, one minute and thirty seconds. Zero parts are left out."""
    parts = [
        [*whole(count), one if count == 1 else many]
        for count, (one, many) in zip((hours, minutes, seconds), _UNITS, strict=True)
        if count
    ]
    pieces = parts[0] if parts else ["zero", "seconds"]
    for part in parts[1:]:
        pieces = [*pieces, "and", *part]
    return pieces


def vocabulary() -> Iterator[str]:
    """Yield every piece that this module can return."""
    yield from (small(value) for value in range(100))
    yield from (f"{word} hundred" for word in _ONES[1:10])
    yield from (*_SCALES[1:], *_WORDS)
    yield from (ordinal(value) for value in range(1, 100))
    yield from (f"{word} hundredth" for word in _ONES[1:10])
    yield from (f"{scale}th" for scale in _SCALES[1:])
    yield from (*_MONTHS, *_WEEKDAYS)
    yield from (unit for pair in _UNITS for unit in pair)

"""Mandarin numbers, dates, times and so on, as pieces that are each spoken in one breath. Pure."""

import datetime
from collections.abc import Iterator
from decimal import Decimal

DIGITS = "零一二三四五六七八九"
_TELEPHONE = dict(zip("0123456789", "零幺二三四五六七八九", strict=True))
_WEEKDAYS = "一二三四五六日"
_MYRIADS = ("", "万", "亿")
_DAYTIMES = ("凌晨", "上午", "中午", "下午", "晚上")


def small(number: int) -> str:
    """Return 0..99 as one piece: 零, 九, 十, 十二, 二十, 九十九."""
    tens, ones = divmod(number, 10)
    if tens == 0:
        return DIGITS[ones]
    return ("" if tens == 1 else DIGITS[tens]) + "十" + (DIGITS[ones] if ones else "")


def whole(number: int) -> list[str]:
    """Return a whole number from 0 to 999,999,999,999 as pieces; 2 before 千, 万 and 亿 is 两."""
    if number < 100:
        return [small(number)]
    pieces: list[str] = []
    gap = False
    for power in (2, 1, 0):
        section = number // 10_000**power % 10_000
        if section == 0:
            gap = bool(pieces)
            continue
        if pieces and (gap or section < 1000):
            pieces.append("零")
        if power and section == 2:
            pieces.append("两")
        else:
            pieces += _section(section, first=not pieces)
        if power:
            pieces.append(_MYRIADS[power])
        gap = False
    return pieces


def _section(number: int, *, first: bool) -> list[str]:
    """Return 1..9999 as pieces. Only at the very beginning is 10..19 said 十.. and not 一十.."""
    thousands, hundreds, rest = number // 1000, number // 100 % 10, number % 100
    pieces = []
    if thousands:
        pieces.append(("两" if thousands == 2 else DIGITS[thousands]) + "千")
    if hundreds:
        pieces.append(DIGITS[hundreds] + "百")
    if rest:
        if pieces and (rest < 10 or (thousands and not hundreds)):
            pieces.append("零")
        alone = first and not pieces
        pieces.append(small(rest) if alone or not 10 <= rest < 20 else "一" + small(rest))
    return pieces


def number(value: Decimal) -> list[str]:
    """Return a number, with its sign and decimals."""
    pieces = ["负"] if value < 0 else []
    integer, _, decimals = f"{abs(value):f}".partition(".")
    pieces += whole(int(integer))
    if decimals:
        pieces += ["点", *(DIGITS[int(digit)] for digit in decimals)]
    return pieces


def counted(value: int) -> list[str]:
    """Return a whole number as it stands before a measure word: 2 is 两."""
    return ["两"] if value == 2 else whole(value)


def digit(char: str) -> str:
    """Return a digit as read over the telephone: 1 is 幺."""
    return _TELEPHONE[char]


def place(value: int) -> list[str]:
    """Return a place in a line: 第三位."""
    return ["第", *whole(value), "位"]


def percent(value: Decimal) -> list[str]:
    """Return a percentage: 百分之十二点五, 负百分之三."""
    return [*(["负"] if value < 0 else []), "百分之", *number(abs(value))]


def date(value: datetime.date) -> list[str]:
    """Return a date: 二零二六年十一月二十三日星期一."""
    year = [DIGITS[int(char)] for char in str(value.year)]
    return [*year, "年", f"{small(value.month)}月", small(value.day), "日", f"星期{_WEEKDAYS[value.weekday()]}"]


def time(value: datetime.time) -> list[str]:
    """Return a time of day to the minute: 上午九点三十分, 下午两点零五分, 中午十二点."""
    hour = value.hour
    daytime = _DAYTIMES[(hour >= 6) + (hour >= 12) + (hour >= 13) + (hour >= 18)]
    hour = hour - 12 if hour > 12 else hour
    pieces = [daytime, ("两" if hour == 2 else small(hour)) + "点"]
    if value.minute:
        pieces += ["零"] if value.minute < 10 else []
        pieces += [small(value.minute), "分"]
    return pieces


def money(value: Decimal) -> list[str]:
    """Return yuan, jiao and fen: 一百零五元三角, 十二元零五分, 五角."""
    pieces = ["负"] if value < 0 else []
    yuan, rest = divmod(int(abs(value) * 100), 100)
    jiao, fen = divmod(rest, 10)
    if yuan or not rest:
        pieces += [*counted(yuan), "元"]
    if jiao:
        pieces += [*counted(jiao), "角"]
    if fen:
        pieces += ["零"] if yuan and not jiao else []
        pieces += [*counted(fen), "分"]
    return pieces


def duration(hours: int, minutes: int, seconds: int) -> list[str]:
    """Return a duration: 两小时二十分钟, 三分钟, 一分钟三十秒. Zero parts are left out."""
    pieces: list[str] = []
    for count, unit in ((hours, "小时"), (minutes, "分钟"), (seconds, "秒")):
        if count:
            pieces += [*counted(count), unit]
    return pieces or ["零", "秒"]


def vocabulary() -> Iterator[str]:
    """Yield every piece that this module can return."""
    yield from (small(value) for value in range(100))
    yield from ("一" + small(value) for value in range(10, 20))
    yield from (char + "百" for char in DIGITS[1:])
    yield from (("两" if char == "二" else char) + "千" for char in DIGITS[1:])
    yield from ("万", "亿", "两", "负", "点", "幺", "第", "位", "年", "日", "分", "元", "角", "小时", "分钟", "秒")
    yield from ("百分之", "加", "转")
    yield from (f"{small(month)}月" for month in range(1, 13))
    yield from (f"星期{char}" for char in _WEEKDAYS)
    yield from _DAYTIMES
    yield from (("两" if hour == 2 else small(hour)) + "点" for hour in range(13))

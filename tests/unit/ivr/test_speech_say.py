"""Numbers, dates and the rest are said as people say them, and only in words that are rendered beforehand."""

import datetime
from decimal import Decimal

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls import Language
from ivr.speech import say_en, say_zh
from ivr.speech.say import PAUSE, Kind, piece_language, say, vocabulary

ZH, EN = Language.ZH, Language.EN
VOCABULARY = {language: set(vocabulary(language)) for language in Language}


def said(kind: Kind, value: object, language: Language) -> str:
    return (" " if language is EN else "").join(say(kind, value, language))


@pytest.mark.parametrize(
    ("kind", "value", "zh", "en"),
    [
        (Kind.NUMBER, 0, "零", "zero"),
        (Kind.NUMBER, 2, "二", "two"),
        (Kind.NUMBER, 10, "十", "ten"),
        (Kind.NUMBER, 12, "十二", "twelve"),
        (Kind.NUMBER, 112, "一百一十二", "one hundred twelve"),
        (Kind.NUMBER, 1002, "一千零二", "one thousand two"),
        (Kind.NUMBER, 1012, "一千零一十二", "one thousand twelve"),
        (Kind.NUMBER, 2200, "两千二百", "two thousand two hundred"),
        (Kind.NUMBER, 20000, "两万", "twenty thousand"),
        (Kind.NUMBER, 120000, "十二万", "one hundred twenty thousand"),
        (Kind.NUMBER, 100010, "十万零一十", "one hundred thousand ten"),
        (Kind.NUMBER, 200000000, "两亿", "two hundred million"),
        (Kind.NUMBER, 100000005, "一亿零五", "one hundred million five"),
        (Kind.NUMBER, "-3", "负三", "minus three"),
        (Kind.NUMBER, Decimal("12.05"), "十二点零五", "twelve point zero five"),
        (Kind.PLACE, 2, "第二位", "number two"),
        (Kind.PLACE, "13", "第十三位", "number thirteen"),
        (Kind.DIGITS, "12345", "幺二三四五", "one two three four five"),
        (
            Kind.DIGITS,
            "13800138000",
            "幺三八,零零幺三,八零零零",
            "one three eight , zero zero one three , eight zero zero zero",
        ),
        (Kind.DIGITS, "T2026-0042", "T二零二六,零零四二", "T two zero two six , zero zero four two"),
        (Kind.DATE, "2026-11-23", "二零二六年十一月二十三日星期一", "Monday November twenty third twenty twenty six"),
        (Kind.DATE, datetime.date(2005, 1, 2), "二零零五年一月二日星期日", "Sunday January second two thousand five"),
        (
            Kind.DATE,
            datetime.date(1906, 10, 30),
            "一九零六年十月三十日星期二",
            "Tuesday October thirtieth nineteen oh six",
        ),
        (Kind.DATE, datetime.date(1900, 5, 12), "一九零零年五月十二日星期六", "Saturday May twelfth nineteen hundred"),
        (Kind.TIME, "9:30", "上午九点三十分", "nine thirty a.m."),
        (Kind.TIME, "14:02", "下午两点零二分", "two oh two p.m."),
        (Kind.TIME, "02:00", "凌晨两点", "two a.m."),
        (Kind.TIME, "00:00", "凌晨零点", "twelve midnight"),
        (Kind.TIME, datetime.time(12, 0), "中午十二点", "twelve noon"),
        (Kind.TIME, "12:22", "中午十二点二十二分", "twelve twenty two p.m."),
        (Kind.TIME, "22:10", "晚上十点十分", "ten ten p.m."),
        (Kind.MONEY, 2, "两元", "two yuan"),
        (Kind.MONEY, 0, "零元", "zero yuan"),
        (Kind.MONEY, "12.05", "十二元零五分", "twelve point zero five yuan"),
        (Kind.MONEY, "105.30", "一百零五元三角", "one hundred five point three yuan"),
        (Kind.MONEY, "0.22", "两角两分", "zero point two two yuan"),
        (Kind.MONEY, "100", "一百元", "one hundred yuan"),
        (Kind.ORDINAL, 1, "第一", "first"),
        (Kind.ORDINAL, 12, "第十二", "twelfth"),
        (Kind.ORDINAL, 20, "第二十", "twentieth"),
        (Kind.ORDINAL, 103, "第一百零三", "one hundred third"),
        (Kind.ORDINAL, 200, "第二百", "two hundredth"),
        (Kind.ORDINAL, 1000000, "第一百万", "one millionth"),
        (Kind.PERCENT, "12.5%", "百分之十二点五", "twelve point five percent"),
        (Kind.PERCENT, -2, "负百分之二", "minus two percent"),
        (Kind.PERCENT, 100, "百分之一百", "one hundred percent"),
        (Kind.PHONE, "12345", "一二三四五", "one two three four five"),
        (Kind.PHONE, "110", "幺幺零", "one one zero"),
        (
            Kind.PHONE,
            "010-12345678",
            "零幺零,一二三四,五六七八".replace("一", "幺"),
            "zero one zero , one two three four , five six seven eight",
        ),
        (
            Kind.PHONE,
            "(0571) 8888 1234",
            "零五七幺,八八八八,幺二三四",
            "zero five seven one , eight eight eight eight , one two three four",
        ),
        (Kind.PHONE, "400-810-6666", "四零零,八幺零,六六六六", "four zero zero , eight one zero , six six six six"),
        (
            Kind.PHONE,
            "+86 138 0013 8000",
            "加八六,幺三八,零零幺三,八零零零",
            "plus eight six , one three eight , zero zero one three , eight zero zero zero",
        ),
        (
            Kind.PHONE,
            "84006666转605",
            "八四零零,六六六六,转六零五",
            "eight four zero zero , six six six six , extension six zero five",
        ),
        (Kind.TIME, "2026-11-23T14:30", "下午两点三十分", "two thirty p.m."),
        (Kind.DURATION, 120, "两分钟", "two minutes"),
        (Kind.DURATION, 90, "一分钟三十秒", "one minute and thirty seconds"),
        (Kind.DURATION, 7325, "两小时两分钟", "two hours and two minutes"),
        (Kind.DURATION, datetime.timedelta(hours=1), "一小时", "one hour"),
        (Kind.DURATION, 0, "零秒", "zero seconds"),
    ],
)
def test_tricky_values_are_said_as_people_say_them(kind: Kind, value: object, zh: str, en: str) -> None:
    assert (said(kind, value, ZH), said(kind, value, EN)) == (zh, en)


@given(st.integers(0, 10**12 - 1).filter(lambda n: not (n % 10**8 >= 1000 and n >= 10**8 and n // 10**4 % 10**4 == 0)))
def test_mandarin_numbers_agree_with_cn2an(number: int) -> None:
    # left out: cn2an drops the 零 of an empty 万 section (400008393), which schools teach to say
    assert "".join(say_zh.whole(number)).replace("两", "二") == cn2an.an2cn(str(number))


@given(st.integers(0, 10**12 - 1))
def test_english_numbers_can_be_read_back(number: int) -> None:
    small = {say_en.small(value): value for value in range(100)}
    scales = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
    total = group = 0
    for piece in say_en.whole(number):
        if piece in scales:
            total, group = total + group * scales[piece], 0
        elif piece.endswith(" hundred"):
            group += 100 * small[piece.removesuffix(" hundred")]
        else:
            group += small[piece]
    assert total + group == number


VALUES = {
    Kind.NUMBER: st.decimals(-(10**11), 10**11, places=3) | st.integers(-(10**12) + 1, 10**12 - 1),
    Kind.DIGITS: st.from_regex(r"[0-9A-Za-z][0-9A-Za-z -]{0,30}", fullmatch=True),
    Kind.DATE: st.dates(),
    Kind.TIME: st.times(),
    Kind.PLACE: st.integers(1, 10**5),
    Kind.ORDINAL: st.integers(1, 10**9),
    Kind.PERCENT: st.decimals(-1000, 1000, places=2),
    Kind.PHONE: st.from_regex(r"(\+[1-9][0-9]{0,2})?[0-9]{5,12}(x[0-9]{1,4})?", fullmatch=True),
    Kind.MONEY: st.decimals(-(10**9), 10**9, places=2),
    Kind.DURATION: st.integers(0, 10**7),
}


@given(st.data(), st.sampled_from(sorted(VALUES)), st.sampled_from(Language))
def test_every_piece_is_in_the_vocabulary(data: st.DataObject, kind: Kind, language: Language) -> None:
    pieces = say(kind, data.draw(VALUES[kind]), language)
    assert pieces
    assert set(pieces) <= VOCABULARY[language]


def read_back(pieces: list[str]) -> int:
    """A Mandarin number of pieces, read by cn2an."""
    return int(cn2an.cn2an("".join(pieces).replace("两", "二") or "零", "smart"))


@given(st.decimals(0, 10**7, places=2))
def test_mandarin_money_can_be_read_back(amount: Decimal) -> None:
    pieces = say(Kind.MONEY, amount, ZH)
    total, count = Decimal(0), []
    for piece in pieces:
        worth = {"元": Decimal(1), "角": Decimal("0.1"), "分": Decimal("0.01")}.get(piece)
        if worth is None:
            count.append(piece)
        else:
            total, count = total + read_back(count) * worth, []
    assert (total, count) == (amount, [])


@given(st.dates(datetime.date(1000, 1, 1)))
def test_mandarin_dates_can_be_read_back(day: datetime.date) -> None:
    year, _, rest = said(Kind.DATE, day, ZH).partition("年")
    month, _, rest = rest.partition("月")
    number, _, weekday = rest.partition("日")
    digits = "".join(str("零一二三四五六七八九".index(char)) for char in year)
    assert (int(digits), read_back([month]), read_back([number])) == (day.year, day.month, day.day)
    assert weekday == "星期" + "一二三四五六日"[day.weekday()]


@given(st.times())
def test_mandarin_times_can_be_read_back(moment: datetime.time) -> None:
    whole = said(Kind.TIME, moment, ZH)
    daytime, rest = whole[:2], whole[2:]
    hour_words, _, minute_words = rest.partition("点")
    hour = read_back([hour_words])
    hour += 12 if daytime in ("下午", "晚上") else 0
    assert (hour, read_back([minute_words.removesuffix("分").removeprefix("零")])) == (moment.hour, moment.minute)
    assert {"凌晨": 0 <= hour < 6, "上午": 6 <= hour < 12, "中午": hour == 12, "下午": 13 <= hour < 18,
            "晚上": hour >= 18}[daytime]  # fmt: skip


@given(st.integers(1, 9999))
def test_ordinals_and_percentages_can_be_read_back(value: int) -> None:
    assert read_back(say(Kind.ORDINAL, value, ZH)[1:]) == value
    assert read_back(say(Kind.PERCENT, f"{value}%", ZH)[1:]) == value
    assert say(Kind.ORDINAL, value, ZH)[0] == "第"
    *before, last = say(Kind.ORDINAL, value, EN)
    assert before == say(Kind.NUMBER, value, EN)[:-1]
    assert last.endswith(("st", "nd", "rd", "th", "first", "second", "third"))


@given(st.from_regex(r"(\+86)?(0[0-9]{2,3}-?)?[0-9]{7,8}", fullmatch=True))
def test_a_telephone_number_can_be_dialled_from_what_is_heard(number: str) -> None:
    heard = {say_zh.digit(char): char for char in "0123456789"} | {"一": "1", "加": "+", PAUSE: ""}
    assert "".join(heard[piece] for piece in say(Kind.PHONE, number, ZH)) == number.replace("-", "")
    spoken = {say_en.digit(char): char for char in "0123456789"} | {"plus": "+", PAUSE: ""}
    assert "".join(spoken[piece] for piece in say(Kind.PHONE, number, EN)) == number.replace("-", "")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.ORDINAL, 0),
        (Kind.ORDINAL, 1.5),
        (Kind.PERCENT, "half"),
        (Kind.PHONE, "call me"),
        (Kind.PHONE, "1"),
        (Kind.PHONE, "+"),
        (Kind.PHONE, "1" * 50),
        (Kind.NUMBER, "many"),
        (Kind.NUMBER, 10**12),
        (Kind.NUMBER, "NaN"),
        (Kind.PLACE, 0),
        (Kind.PLACE, 1.5),
        (Kind.DIGITS, "—"),
        (Kind.DIGITS, "1" * 41),
        (Kind.DATE, "tomorrow"),
        (Kind.TIME, "25:00"),
        (Kind.DURATION, -1),
        (Kind.TEXT, "  "),
        (Kind.TEXT, "x" * 201),
    ],
)
def test_what_cannot_be_said_is_a_value_error(kind: Kind, value: object) -> None:
    for language in Language:
        with pytest.raises(ValueError, match=r"\S"):
            say(kind, value, language)


def test_the_vocabulary_is_finite_and_small() -> None:
    for language in Language:
        assert 100 < len(VOCABULARY[language]) < 350
        assert len(VOCABULARY[language]) == len(vocabulary(language))
        assert PAUSE in VOCABULARY[language]


def test_single_letters_are_english_in_every_language() -> None:
    assert piece_language("A", ZH) is EN
    assert piece_language("十", ZH) is ZH
    assert piece_language(PAUSE, ZH) is ZH

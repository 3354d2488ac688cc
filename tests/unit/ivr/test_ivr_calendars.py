"""Calendars: dates with hours of their own, ranges, every year's dates, local overrides of China's holidays, zones."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from calls.china_days import DayKind, day_kind
from ivr.hours import is_open, unknown_year
from ivr.steps.calendars import Calendar, parse_days

WEEK = [{"days": "mon-fri", "from": "08:30", "to": "17:30"}]
CLOCKS = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 1, 29, 30, 59)]
ZONES = ["Asia/Shanghai", "Europe/London", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]


def calendar(**keys: object) -> Calendar:
    return Calendar.model_validate({"open": WEEK, **keys})


def at(moment: str, zone: str = "Asia/Shanghai") -> float:
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("keys", "moment", "is_it"),
    [
        # a date's own hours take the place of the week's, also where the week has none
        ({"special": [{"on": "2026-11-27", "from": "08:30", "to": "12:00"}]}, "2026-11-27 11:59", True),
        ({"special": [{"on": "2026-11-27", "from": "08:30", "to": "12:00"}]}, "2026-11-27 12:00", False),
        ({"special": [{"on": "2026-11-28", "from": "10:00", "to": "11:00"}]}, "2026-11-28 10:30", True),
        ({"special": [{"on": "2026-11-28", "from": "22:00", "to": "02:00"}]}, "2026-11-29 01:59", True),
        ({"special": [{"on": "2026-11-28", "from": "22:00", "to": "02:00"}]}, "2026-11-29 02:00", False),
        (
            {"special": [{"on": "2026-11-27", "from": "09:00", "to": "10:00"},
                         {"on": "2026-11-27", "from": "15:00", "to": "16:00"}]},
            "2026-11-27 15:30", True,
        ),
        # ranges, both ends included
        ({"closed_on": ["2026-11-23..2026-11-27"]}, "2026-11-23 09:00", False),
        ({"closed_on": ["2026-11-23..2026-11-27"]}, "2026-11-27 09:00", False),
        ({"closed_on": ["2026-11-23..2026-11-26"]}, "2026-11-27 09:00", True),
        ({"open_on": ["2026-11-28..2026-11-29"]}, "2026-11-29 17:29", True),
        # every year, also over the new year; a full date is stronger
        ({"closed_on": ["12-31"]}, "2026-12-31 09:00", False),
        ({"closed_on": ["12-31"]}, "2029-12-31 09:00", False),
        ({"closed_on": ["12-30..01-02"]}, "2026-12-30 09:00", False),
        ({"closed_on": ["12-30..01-02"]}, "2027-01-01 09:00", False),
        ({"closed_on": ["12-30..01-02"]}, "2026-12-29 09:00", True),
        ({"closed_on": ["12-31"], "open_on": ["2026-12-31"]}, "2026-12-31 09:00", True),
        ({"special": [{"on": "12-31", "from": "10:00", "to": "11:00"},
                      {"on": "2026-12-31", "from": "14:00", "to": "15:00"}]}, "2026-12-31 10:30", False),
        # the 29th of February
        ({"closed_on": ["02-29"]}, "2028-02-29 09:00", False),
        ({"closed_on": ["02-29"]}, "2028-02-28 09:00", True),
        ({"closed_on": ["02-29"]}, "2028-03-01 09:00", True),
        ({"closed_on": ["2028-02-29"]}, "2028-02-29 09:00", False),
        ({}, "2028-02-29 09:00", True),
        # local rules are stronger than China's calendar: 2025-10-11 is a Saturday that is worked, 10-08 a holiday
        ({"china_holidays": True, "closed_on": ["2025-10-11"]}, "2025-10-11 09:00", False),
        ({"china_holidays": True, "open_on": ["2025-10-08"]}, "2025-10-08 09:00", True),
        ({"china_holidays": True, "special": [{"on": "2025-10-08", "from": "09:00", "to": "10:00"}]},
         "2025-10-08 09:30", True),
        # a weekend within a public holiday is closed, though a plain weekend has hours
        ({"china_holidays": True, "open": [{"days": "sat,sun", "from": "09:00", "to": "12:00"}]},
         "2025-10-04 09:30", False),
        ({"china_holidays": True, "open": [{"days": "sat,sun", "from": "09:00", "to": "12:00"}]},
         "2025-10-18 09:30", True),
        # an office that never opens on Mondays: a worked weekend has its first weekday's hours
        ({"china_holidays": True, "open": [{"days": "tue-fri", "from": "08:30", "to": "12:00"}]},
         "2025-10-11 11:00", True),
        # the edges of a day
        ({"open": [{"days": "fri", "from": "00:00", "to": "24:00"}]}, "2026-11-27 00:00", True),
        ({"open": [{"days": "fri", "from": "00:00", "to": "24:00"}]}, "2026-11-27 23:59:59.999", True),
        ({"open": [{"days": "fri", "from": "00:00", "to": "24:00"}]}, "2026-11-28 00:00", False),
        ({"open": [{"days": "fri", "from": "22:00", "to": "00:00"}]}, "2026-11-27 23:59", True),
        ({"open": [{"days": "fri", "from": "22:00", "to": "00:00"}]}, "2026-11-28 00:00", False),
        ({"open": [{"days": "fri", "from": "00:00", "to": "00:01"}]}, "2026-11-27 00:00:59", True),
    ],
)  # fmt: skip
def test_open_or_closed_by_dates(keys, moment, is_it):
    assert is_open(calendar(**keys), at(moment)) is is_it


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"closed_on": ["2026-02-29"]}, "'2026-02-29' is no date"),
        ({"closed_on": ["2026-10-1"]}, "is no date"),
        ({"closed_on": ["02-30"]}, "is no date"),
        ({"closed_on": ["2026-10-07..2026-10-01"]}, "ends before it begins"),
        ({"closed_on": ["2026-10-01..10-07"]}, "has a year at one end only"),
        ({"closed_on": [""]}, "is no date"),
        ({"closed_on": ["2026-10-01"], "open_on": ["2026-10-01"]}, "2026-10-01 is in closed_on and in open_on"),
        ({"closed_on": ["2026-10-01..2026-10-07"], "open_on": ["2026-10-05"]}, "is in closed_on and in open_on"),
        ({"closed_on": ["12-30..01-02"], "open_on": ["01-01"]}, "is in closed_on and in open_on"),
        ({"closed_on": ["05-01"], "special": [{"on": "05-01", "from": "09:00", "to": "10:00"}]}, "and in special"),
        ({"special": [{"on": "05-01", "from": "09:00", "to": "09:00"}]}, "from and to are the same"),
    ],
)
def test_dates_that_cannot_be_meant_are_refused(keys, told):
    with pytest.raises(ValidationError, match=told):
        calendar(**keys)


def test_holidays_that_are_not_known_are_told_a_month_ahead_unless_the_year_is_listed():
    plain, holidays = calendar(), calendar(china_holidays=True)
    unknown = date(2040, 6, 1)
    assert day_kind(unknown) is DayKind.UNKNOWN
    assert unknown_year(holidays, unknown) == 2040
    assert unknown_year(plain, unknown) is None
    assert unknown_year(calendar(china_holidays=True, closed_on=["2040-10-01..2040-10-07"]), unknown) is None
    assert unknown_year(holidays, date(2025, 11, 20)) is None
    last = max(year for year in range(2025, 2040) if day_kind(date(year, 1, 1)) is not DayKind.UNKNOWN)
    assert unknown_year(holidays, date(last, 11, 20)) is None
    assert unknown_year(holidays, date(last, 12, 10)) == last + 1


@st.composite
def periods(draw: st.DrawFn) -> dict[str, str]:
    start = draw(st.sampled_from(CLOCKS))
    end = draw(st.sampled_from([*CLOCKS, "24:00"]).filter(lambda end: end != start))
    return {"days": draw(st.sampled_from(["mon-fri", "sat,sun", "fri-mon", "workdays", "all", "wed"])),
            "from": start, "to": end}  # fmt: skip


MOMENTS = st.floats(at("2024-01-01 00:00"), at("2027-12-31 23:59"), allow_nan=False)


def covered(period: dict[str, str], wall: datetime, weekdays: dict[str, set[int]]) -> bool:
    """The same question, asked minute by minute of the wall clock: the naive answer."""
    minute = wall.hour * 60 + wall.minute

    def minutes(text: str) -> int:
        return int(text[:2]) * 60 + int(text[3:])

    start, end = minutes(period["from"]), minutes(period["to"])
    today, yesterday = wall.weekday(), (wall.weekday() - 1) % 7
    days = weekdays[period["days"]]
    if end > start:
        return today in days and start <= minute < end
    return (today in days and minute >= start) or (yesterday in days and minute < end)


@settings(max_examples=300)
@given(st.lists(periods(), min_size=1, max_size=4), MOMENTS, st.sampled_from(ZONES))
def test_any_weekly_plan_in_any_zone_is_open_when_the_wall_clock_there_says_so(plan, moment, zone):
    weekdays = {"mon-fri": {0, 1, 2, 3, 4}, "workdays": {0, 1, 2, 3, 4}, "sat,sun": {5, 6}, "fri-mon": {4, 5, 6, 0},
                "all": set(range(7)), "wed": {2}}  # fmt: skip
    wall = datetime.fromtimestamp(moment, ZoneInfo(zone))
    expected = any(covered(period, wall, weekdays) for period in plan)
    assert is_open(calendar(open=plan, zone=zone), moment) is expected


@given(MOMENTS, st.lists(st.dates(date(2024, 1, 1), date(2027, 12, 31)).map(str), max_size=5, unique=True))
def test_a_listed_date_is_closed_from_midnight_to_midnight_when_no_night_runs_into_it(moment, dates):
    wall = datetime.fromtimestamp(moment, ZoneInfo("Asia/Shanghai"))
    always = calendar(open=[{"days": "all", "from": "00:00", "to": "24:00"}], closed_on=dates)
    assert is_open(always, moment) is (str(wall.date()) not in dates)


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)), st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_a_range_holds_its_ends_and_nothing_beyond(one, other):
    first, last = sorted((one, other))
    days = parse_days(f"{first}..{last}")
    assert days.hold(first)
    assert days.hold(last)
    assert last == date.max or not days.hold(last + timedelta(days=1))
    assert first == date.min or not days.hold(first - timedelta(days=1))


@given(st.text(max_size=30))
def test_any_text_is_days_or_is_refused_with_a_remedy(text):
    try:
        parse_days(text)
    except ValueError as error:
        assert ": " in str(error)


def test_when_clocks_go_forward_a_period_in_the_missing_hour_is_missed_and_a_day_around_it_is_not():
    zone = "Europe/London"  # 2026-03-29: 01:00 becomes 02:00; 2026-10-25: 02:00 becomes 01:00
    missing = calendar(open=[{"days": "all", "from": "01:15", "to": "01:45"}], zone=zone)
    night = calendar(open=[{"days": "all", "from": "22:00", "to": "06:00"}], zone=zone)
    begin = datetime(2026, 3, 28, 22, tzinfo=UTC).timestamp()
    minutes = [begin + 60 * minute for minute in range(5 * 60)]
    assert not any(is_open(missing, minute) for minute in minutes)
    assert all(is_open(night, minute) for minute in minutes)
    twice = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC).timestamp() for hour in (0, 1)]  # 01:30, twice
    assert all(is_open(missing, moment) for moment in twice)

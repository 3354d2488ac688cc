"""Opening hours: boundaries, midnight, exceptions, China's holidays and make-up workdays, time zones."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from ivr.hours import is_open
from ivr.steps.calendars import Calendar


def hours(*periods: tuple[str, str, str], zone: str = "Asia/Shanghai", **more: object) -> Calendar:
    opened = [{"days": days, "from": start, "to": end} for days, start, end in periods]
    return Calendar.model_validate({"zone": zone, "open": opened, **more})


def at(moment: str, zone: str = "Asia/Shanghai") -> float:
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone)).timestamp()


OFFICE = hours(("mon-fri", "08:30", "17:30"))
NIGHT = hours(("fri", "22:00", "06:00"))
TURN = hours(("sat-mon", "09:00", "10:00"))
LUNCH = hours(("mon-fri", "08:30", "12:00"), ("mon-fri", "13:00", "17:30"), ("sat,sun", "09:00", "12:00"))
CHINA = hours(("mon-fri", "08:30", "17:30"), china_holidays=True)
CHINA_ALL = hours(("mon-fri", "08:30", "17:30"), ("sat,sun", "09:00", "12:00"), china_holidays=True)
WORKDAYS = hours(("workdays", "08:30", "17:30"), china_holidays=True)
AROUND = hours(("all", "00:00", "24:00"))
EXCEPTIONS = hours(
    ("mon-fri", "08:30", "17:30"), ("sat", "20:00", "02:00"),
    closed_on=["2026-11-25", "2026-11-28"], open_on=["2026-11-29"],
)  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "moment", "is_it"),
    [
        # 2026-11-23 is a Monday; a period holds its first minute and not its last
        (OFFICE, "2026-11-23 08:29:59.999", False),
        (OFFICE, "2026-11-23 08:30", True),
        (OFFICE, "2026-11-23 17:29:59.999", True),
        (OFFICE, "2026-11-23 17:30", False),
        (OFFICE, "2026-11-22 12:00", False),
        (LUNCH, "2026-11-23 12:00", False),
        (LUNCH, "2026-11-23 12:59:59", False),
        (LUNCH, "2026-11-23 13:00", True),
        (LUNCH, "2026-11-22 09:00", True),
        # over midnight: the day is that on which the period begins
        (NIGHT, "2026-11-27 21:59:59", False),
        (NIGHT, "2026-11-27 22:00", True),
        (NIGHT, "2026-11-28 00:00", True),
        (NIGHT, "2026-11-28 05:59:59", True),
        (NIGHT, "2026-11-28 06:00", False),
        (NIGHT, "2026-11-28 22:00", False),
        (NIGHT, "2026-11-27 05:00", False),
        # a span of days over the end of the week
        (TURN, "2026-11-21 09:30", True),
        (TURN, "2026-11-22 09:30", True),
        (TURN, "2026-11-23 09:30", True),
        (TURN, "2026-11-24 09:30", False),
        # the whole day
        (AROUND, "2026-11-23 00:00", True),
        (AROUND, "2026-11-23 23:59:59.999", True),
        (AROUND, "2026-02-28 12:00", True),
        # dated exceptions; a night that began on a closed day is closed to its end
        (EXCEPTIONS, "2026-11-25 09:00", False),
        (EXCEPTIONS, "2026-11-26 09:00", True),
        (EXCEPTIONS, "2026-11-28 21:00", False),
        (EXCEPTIONS, "2026-11-29 01:00", False),
        (EXCEPTIONS, "2026-11-29 09:00", True),
        (EXCEPTIONS, "2026-11-22 01:00", True),
        # National Day 2025: 1-8 October off; 28 September (Sunday) and 11 October (Saturday) are worked
        (CHINA, "2025-10-01 09:00", False),
        (CHINA, "2025-10-08 09:00", False),
        (CHINA, "2025-10-09 09:00", True),
        (CHINA, "2025-09-28 09:00", True),
        (CHINA, "2025-10-11 09:00", True),
        (CHINA, "2025-10-12 09:00", False),
        (OFFICE, "2025-10-01 09:00", True),
        (OFFICE, "2025-10-11 09:00", False),
        (WORKDAYS, "2025-10-01 09:00", False),
        (WORKDAYS, "2025-10-11 09:00", True),
        (WORKDAYS, "2025-10-13 09:00", True),
        # a worked Saturday has a workday's hours, not a Saturday's; a plain Saturday its own
        (CHINA_ALL, "2025-10-11 15:00", True),
        (CHINA_ALL, "2025-10-18 09:30", True),
        (CHINA_ALL, "2025-10-18 15:00", False),
    ],
)  # fmt: skip
def test_open_or_closed(rule, moment, is_it):
    assert is_open(rule, at(moment)) is is_it


def test_a_year_without_known_holidays_counts_as_plain_weekdays_and_says_so():
    with capture_logs() as logs:
        assert is_open(WORKDAYS, at("2038-10-01 09:00"))  # a Friday
    assert logs[0]["event"] == "hours.no_holidays_known"
    assert is_open(CHINA, at("2038-10-01 09:00"))
    assert not is_open(CHINA, at("2038-10-02 09:00"))


def test_dates_may_be_listed_where_the_calendar_does_not_know_the_year():
    rule = hours(("mon-fri", "08:30", "17:30"), china_holidays=True, closed_on=["2038-10-01"], open_on=["2038-10-02"])
    assert not is_open(rule, at("2038-10-01 09:00"))
    assert is_open(rule, at("2038-10-02 09:00"))


def test_the_zone_of_the_flow_counts_not_that_of_the_machine():
    moment = at("2026-11-23 09:00")  # in Shanghai; 01:00 in London
    assert is_open(OFFICE, moment)
    assert not is_open(hours(("mon-fri", "08:30", "17:30"), zone="Europe/London"), moment)


def test_shanghai_has_no_summer_time_and_london_keeps_its_wall_clock_through_it():
    for moment in ("2026-03-28 08:30", "2026-07-01 08:30", "2026-10-26 08:30"):
        assert is_open(hours(("all", "08:30", "08:31")), at(moment))
        assert is_open(hours(("all", "08:30", "08:31"), zone="Europe/London"), at(moment, "Europe/London"))
    assert at("2026-07-01 08:30") - at("2026-06-30 08:30") == 86400


def test_every_second_of_a_week_is_open_or_closed_without_a_gap_around_the_clock():
    monday = at("2026-11-23 00:00")
    assert all(is_open(AROUND, monday + minute * 60) for minute in range(0, 7 * 24 * 60, 17))

"""Deadlines in China's working days: holidays are not counted, make-up workdays are."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from calls.china_days import day_kind
from tickets import Deadlines, TicketKind, WorkingDays

ZONE = ZoneInfo("Asia/Shanghai")
DAYS = WorkingDays(ZONE)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


def said(moment: float) -> str:
    return datetime.fromtimestamp(moment, ZONE).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("since", "days", "end"),
    [
        ("2026-11-23T09:00", 1, "2026-11-25 00:00"),  # Monday: until Tuesday's end
        ("2026-11-23T23:59", 1, "2026-11-25 00:00"),
        ("2026-11-27T09:00", 1, "2026-12-01 00:00"),  # Friday: until Monday's end
        ("2026-11-28T09:00", 1, "2026-12-01 00:00"),  # and so on Saturday
        ("2026-09-30T16:00", 1, "2026-10-09 00:00"),  # the National Day holidays, 1 to 7 October
        ("2026-09-30T16:00", 3, "2026-10-11 00:00"),  # Saturday the 10th is worked in exchange
        ("2026-02-13T10:00", 1, "2026-02-15 00:00"),  # and so is Saturday the 14th, before the Spring Festival
        ("2026-11-23T09:00", 0, "2026-11-24 00:00"),
    ],
)
def test_a_deadline_ends_with_the_last_of_its_working_days(since, days, end):
    assert said(DAYS.end_after(at(since), days)) == end


def test_each_kind_has_its_own_days_and_one_nobody_has_sorted_those_of_an_enquiry():
    since = at("2026-11-02T10:00")  # four weeks without a holiday
    ends = {kind: said(Deadlines(DAYS).answer_by(kind, since))[:10] for kind in TicketKind}
    assert ends[TicketKind.ENQUIRY] == ends[TicketKind.VOICEMAIL] == "2026-11-10"
    assert ends[TicketKind.COMPLAINT] == "2026-11-24"
    assert ends[TicketKind.REPORT] == "2026-12-15"
    assert said(Deadlines(DAYS).accept_by(since))[:10] == "2026-11-04"


def test_listed_days_win_over_the_calendar():
    days = WorkingDays(ZONE, frozenset({date(2026, 11, 24)}), frozenset({date(2026, 11, 28)}))
    assert not days.worked(date(2026, 11, 24))
    assert days.worked(date(2026, 11, 28))


def test_a_year_without_known_holidays_counts_monday_to_friday_and_is_warned_of_once():
    days = WorkingDays(ZONE)
    with capture_logs() as logs:
        assert said(days.end_after(at("2040-09-28T10:00"), 3)) == "2040-10-04 00:00"
    assert [(line["log_level"], line["year"]) for line in logs] == [("warning", 2040)]


@given(st.integers(0, 40), st.datetimes(datetime(2024, 1, 1), datetime(2026, 10, 1)))
def test_exactly_so_many_days_are_worked_until_the_end(count, moment):
    end = DAYS.end_after(moment.replace(tzinfo=ZONE).timestamp(), count)
    last = datetime.fromtimestamp(end, ZONE).date().toordinal()
    between = [date.fromordinal(day) for day in range(moment.date().toordinal() + 1, last)]
    assert sum(DAYS.worked(day) for day in between) == count


def test_the_calendar_is_looked_into_once_for_each_day(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[date] = []
    detail = chinese_calendar.get_holiday_detail

    def watched(day: date) -> tuple[bool, str | None]:
        looked.append(day)
        found: tuple[bool, str | None] = detail(day)
        return found

    day_kind.cache_clear()
    monkeypatch.setattr(chinese_calendar, "get_holiday_detail", watched)
    for n in range(500):
        Deadlines(DAYS).answer_by(TicketKind.COMPLAINT, at("2026-11-02 09:00") + n)
    assert looked and len(looked) == len(set(looked))

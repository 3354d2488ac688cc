"""Until when tickets are to be accepted and answered, counted in China's working days.

A deadline of n working days ends with the n-th working day after the day on which it began, at midnight; the day itself
is not counted. Make-up workdays (调休) count, holidays do not; in a year whose holidays are not known yet, Monday to
Friday count, unless the settings list its days.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

import structlog

from calls.china_days import DayKind, day_kind
from tickets.models import TicketKind

log = structlog.get_logger("tickets.deadlines")

_ANSWER_DAYS: Mapping[TicketKind, int] = {
    TicketKind.ENQUIRY: 5,
    TicketKind.COMPLAINT: 15,
    TicketKind.REPORT: 30,
    TicketKind.SUGGESTION: 15,
    TicketKind.REQUEST: 5,
    TicketKind.VOICEMAIL: 5,
}


class WorkingDays:
    """Which days are worked. ``zone`` None is the machine's; ``closed_on`` and ``open_on`` win over the calendar."""

    def __init__(
        self,
        zone: tzinfo | None = None,
        closed_on: frozenset[date] = frozenset(),
        open_on: frozenset[date] = frozenset(),
    ) -> None:
        self.zone = zone
        self._closed_on, self._open_on = closed_on, open_on
        self._warned: set[int] = set()

    def worked(self, day: date) -> bool:
        """Return whether a day is a working day."""
        if day in self._closed_on or day in self._open_on:
            return day in self._open_on
        kind = day_kind(day)
        if kind is DayKind.UNKNOWN and day.year not in self._warned:
            self._warned.add(day.year)
            log.warning("deadlines.no_holidays_known", year=day.year,
                        remedy="upgrade chinesecalendar, or list tickets.closed_on and open_on")  # fmt: skip
        return kind is DayKind.MADE_UP or (kind is not DayKind.HOLIDAY and day.weekday() < 5)

    def end_after(self, at: float, days: int) -> float:
        """Return when (epoch seconds) the ``days``-th working day after the day of ``at`` ends."""
        day = datetime.fromtimestamp(at, self.zone).date()
        while days > 0:
            day += timedelta(days=1)
            days -= self.worked(day)
        return datetime.combine(day + timedelta(days=1), time.min, self.zone).timestamp()


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The deadlines: working days to accept, and to answer each kind of ticket (a kind left out: as an enquiry)."""

    days: WorkingDays = field(default_factory=WorkingDays)
    accept: int = 1
    answer: Mapping[TicketKind, int] = field(default_factory=lambda: _ANSWER_DAYS)

    def accept_by(self, since: float) -> float:
        """Return until when a ticket dispatched at ``since`` (epoch seconds) is to be accepted."""
        return self.days.end_after(since, self.accept)

    def answer_by(self, kind: TicketKind, since: float) -> float:
        """Return until when a ticket registered, or reopened, at ``since`` (epoch seconds) is to be answered."""
        return self.days.end_after(since, self.answer.get(kind, self.answer[TicketKind.ENQUIRY]))

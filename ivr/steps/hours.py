"""The step that goes by opening hours."""

from typing import Literal

from pydantic import model_validator

from ivr.steps.base import BaseStep, CalendarName, Target
from ivr.steps.calendars import CalendarKeys


class Hours(BaseStep, CalendarKeys):
    """Goes one way while open, the other while closed: by a calendar's name, or by hours that are written here."""

    do: Literal["hours"]
    calendar: CalendarName | None = None
    when_open: Target
    when_closed: Target
    when_emergency: Target | None = None  # while it is closed by an order; None: as when_closed

    @model_validator(mode="after")
    def _one_source(self) -> "Hours":
        own = sorted(self.model_fields_set & set(CalendarKeys.model_fields))
        if self.calendar is not None and own:
            raise ValueError(f"calendar and {own[0]} are both there: write the hours in the calendar, or here")
        if self.calendar is None and not self.open:
            raise ValueError("has no hours: add 'open:' here, or name a calendar")
        return self

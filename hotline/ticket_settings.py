"""Settings of tickets: the table ``[tickets]``."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import NoDecode


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Days = Annotated[int, Field(ge=0, le=250)]
Dates = Annotated[list[date], NoDecode, BeforeValidator(_split)]


class TicketSettings(BaseModel):
    """Deadlines of tickets, and what is made of repeated matters and of callers who are not satisfied."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accept_days: Days = Field(
        1,
        description="working days in which a department accepts a ticket or returns it; a deadline ends at midnight "
        "after so many working days, the first of them being the one after it began",
    )
    enquiry_days: Days = Field(5, description="working days in which an enquiry, or a message, is answered")
    complaint_days: Days = Field(15, description="the same for a complaint")
    report_days: Days = Field(30, description="the same for a report of wrongdoing")
    suggestion_days: Days = Field(15, description="the same for a suggestion")
    request_days: Days = Field(5, description="the same for a request for help")
    closed_on: Dates = Field(
        [],
        description="dates that are no working days, whatever China's calendar says; also for a year whose holidays "
        "are not known to this program yet",
    )
    open_on: Dates = Field([], description="dates that are working days all the same")
    repeat_times: int = Field(
        3, ge=2, le=1000, description="so many tickets of one number and subject are a repeated matter"
    )
    repeat_days: float = Field(30, gt=0, le=3650, description="days within which they count")
    similar_from: float = Field(
        70, ge=0, le=100, description="likeness of texts, in percent, from which on tickets are shown as perhaps the "
        "same matter; 0: none are looked for",
    )  # fmt: skip
    reopen_from: int = Field(
        4,
        ge=0,
        le=5,
        description="what a caller says at the follow-up (1 very satisfied, 5 very dissatisfied) from which on the "
        "ticket is reopened at once; 0: never",
    )

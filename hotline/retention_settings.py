"""Settings of what is kept how long: the table ``[retention]``. Recordings have theirs in ``[recordings]``."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MOST_DAYS = 36_500
Days = Annotated[int, Field(ge=0, le=MOST_DAYS)]


class RetentionSettings(BaseModel):
    """For how many days calls, tickets and agents' times are kept. What is deleted is missing in reports of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    calls_days: Days = Field(
        0,
        description="days after which calls are deleted with their timelines, but for those on legal hold, linked to "
        "an open ticket, or with a recording, a message or a callback that is still needed; 0: never",
    )
    tickets_days: Days = Field(
        0,
        description="the same for tickets, from the day on which they were closed, or settled in their talk; 0: never",
    )
    agents_days: Days = Field(
        0,
        description="days after which the times of agents (each change of state, from which occupancy is counted) are "
        "deleted, but for each agent's latest; 0: never",
    )

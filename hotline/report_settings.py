"""Settings of the figures: the table ``[report]``."""

from pydantic import BaseModel, ConfigDict, Field


class ReportSettings(BaseModel):
    """What `hotline report` counts by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    threshold_s: float = Field(
        15.0, gt=0, le=3600, description="seconds within which a call must be answered to count for the service level"
    )
    short_abandon_s: float = Field(
        5.0,
        ge=0,
        le=600,
        description="seconds of waiting: who hangs up sooner has not really waited, and is counted apart",
    )

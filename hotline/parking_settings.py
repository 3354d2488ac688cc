"""Settings of parking callers."""

from pydantic import Field

from hotline.settings_groups import Group


class ParkingSettings(Group):
    """Callers whom agents park (``*1`` in a talk), to be picked up at any seat (``*17`` and the number)."""

    spots: int = Field(20, ge=1, le=99, description="how many callers can be parked at once; numbers count from 1")
    back_s: int = Field(
        120,
        ge=5,
        le=3600,
        description="seconds after which a parked caller comes back: to the agent who parked them when that one is "
        "ready, else to their queue, at the old place",
    )

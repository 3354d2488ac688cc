"""The queues of the directory: what callers who wait there need, and how they are served."""

from pydantic import Field

from agents.words import Level, Named


class Queue(Named):
    """A line of callers. Durations are seconds."""

    needs: dict[str, Level] = Field(min_length=1)  # skill -> least level, unless the flow asks otherwise
    priority: int = Field(default=0, ge=0, le=99)
    ring_s: float = Field(default=20, gt=0, le=120)
    wrap_up_s: float = Field(default=15, ge=0, le=3600)
    announce_after_s: float = Field(default=3, ge=0, le=600)
    announce_every_s: float = Field(default=30, ge=5, le=600)
    max_wait_s: float | None = Field(default=None, gt=0)
    max_length: int | None = Field(default=None, ge=1)
    music: str = "default"

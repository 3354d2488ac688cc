"""Voicemail boxes in the directory: what callers hear there, how long they may speak, who is told."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from agents.words import Digits, Key, Named, Strict, as_text
from calls.identity import AgentId

BoxKey = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,59}$")]
"""What a box is called in flows."""


class Told(Strict):
    """Whose lamp a message lights until it is done. Supervisors' too, where nobody is named."""

    agents: tuple[Annotated[AgentId, BeforeValidator(as_text), Field(pattern=r"^[0-9]{3,8}$")], ...] = ()
    queues: tuple[Key, ...] = ()  # all who serve them
    seats: tuple[Digits, ...] = ()  # whoever sits there

    @property
    def nobody(self) -> bool:
        """Whether nobody is named."""
        return not (self.agents or self.queues or self.seats)


class Box(Named):
    """A voicemail box. Durations are seconds; None: as the step of the flow has it."""

    greeting: Named | None = None  # said before the tone, unless the step has a prompt of its own
    longest_s: float | None = Field(default=None, ge=5, le=600)
    shortest_s: float = Field(default=1, ge=0, le=30)  # who says less has left no message
    silence_s: float | None = Field(default=None, ge=1, le=30)  # so many seconds of it end a message
    most: int = Field(default=200, ge=1, le=100_000)  # messages that are not done; then the box is full
    tell: Told = Told()
    escalate_after_min: float | None = Field(default=60, gt=0, le=100_000)  # unheard for so long; None: never


ANY_BOX = Box(zh="留言", en="Messages")
"""How a box is treated that flows name and the directory does not."""

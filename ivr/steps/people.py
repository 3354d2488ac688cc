"""Steps that lead to people: a queue, a department, a message that somebody will hear."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ivr.steps.base import BaseStep, DepartmentName, Name, Prompt, QueueName, SkillName, Target

SkillLevel = Annotated[int, Field(ge=1, le=5)]


class Queue(BaseStep):
    """Asks for a person."""

    do: Literal["queue"]
    waits: ClassVar[bool] = True
    queue: QueueName
    skills: dict[SkillName, SkillLevel] = Field(default_factory=dict)  # beside those of the queue
    priority: int = Field(default=0, ge=0, le=99)
    prompt: Prompt | None = None  # said before the music begins
    nobody_staffed: Target
    timeout: Target | None = None  # None: as nobody_staffed
    full: Target | None = None  # None: as nobody_staffed
    after: Target | None = None  # when the agent has left; None: goodbye

    def at_once(self) -> Iterator[str]:
        """A queue that is not staffed, or full, leads on at once."""
        return iter((self.nobody_staffed, self.full or self.nobody_staffed))

    def unhelped(self) -> Iterator[str | None]:
        """Where nobody is staffed; when it is full, the caller may try again through a menu."""
        return iter((self.nobody_staffed,))


class Voicemail(BaseStep):
    """Records a message; it becomes a ticket."""

    do: Literal["voicemail"]
    waits: ClassVar[bool] = True
    box: Name
    prompt: Prompt | None = None
    longest_s: float = Field(default=120, ge=5, le=600)
    silence_s: float = Field(default=5, ge=1, le=30)
    next: Target


class Transfer(BaseStep):
    """Connects the caller to a department; comes back when that talk is over."""

    do: Literal["transfer"]
    waits: ClassVar[bool] = True
    department: DepartmentName
    prompt: Prompt | None = None
    failed: Target
    next: Target | None = None  # None: goodbye

    def at_once(self) -> Iterator[str]:
        """A dead line leads on at once."""
        return iter((self.failed,))

    def unhelped(self) -> Iterator[str | None]:
        """Nobody answers there."""
        return iter((self.failed,))

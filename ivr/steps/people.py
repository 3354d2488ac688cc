"""Steps that lead to people: a queue, a department, a message that somebody will hear."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from ivr.steps.base import (
    BaseStep,
    BoxName,
    DepartmentName,
    HotlineName,
    Key,
    Level,
    Prompt,
    QueueName,
    Reads,
    SkillName,
    Strict,
    Subject,
    Tags,
    Target,
    Text,
)

MusicName = Annotated[Text, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]  # a class of musiconhold.conf


class Announce(Strict):
    """What waiting callers are told, and when."""

    place: bool = True  # the place in line
    wait: bool = False  # the expected wait, in minutes, while it is known and does not rise
    after_s: float | None = Field(default=None, ge=0, le=600)  # None: the queue's
    every_s: float | None = Field(default=None, ge=10, le=600)  # None: the queue's

    @model_validator(mode="after")
    def _place_first(self) -> "Announce":
        if self.wait and not self.place:
            raise ValueError("tells the wait, but not the place: add 'place: true'")
        return self


def _switch(value: Any) -> Any:
    """``announce: false`` is short for neither place nor wait."""
    return {"place": False} if value is False else {} if value is True else value


class WhileWaiting(Strict):
    """What callers may press while they wait, and where each key leads. They leave the line by it."""

    prompt: Prompt  # says what may be pressed; after each announcement
    keys: dict[Key, Target] = Field(min_length=1)


class Queue(BaseStep):
    """Asks for a person."""

    do: Literal["queue"]
    waits: ClassVar[bool] = True
    queue: QueueName
    skills: dict[SkillName, Level] = Field(default_factory=dict)  # beside those of the queue
    priority: int = Field(default=0, ge=0, le=99)
    subject: Subject | None = None  # what the call is about, as the agent reads it
    tags: Tags = ()  # words that the call's record keeps, for reports and conditions
    prompt: Prompt | None = None  # said before the music begins
    music: MusicName | None = None  # None: the queue's
    announce: Annotated[Announce | None, BeforeValidator(_switch, json_schema_input_type=Announce | bool | None)] = (
        None  # what waiting callers are told; None: the place, when the queue says
    )
    waiting: WhileWaiting | None = None  # keys that callers may press while they wait
    callback: bool = True  # False: no callback is offered, though the queue does
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
    box: BoxName
    prompt: Prompt | None = None  # None: the box's greeting
    longest_s: float | None = Field(default=None, ge=5, le=600)  # None: the box's, or 120
    silence_s: float | None = Field(default=None, ge=1, le=30)  # None: the box's, or 5
    next: Target
    full: Target | None = None  # when the box takes no more messages; None: as next


class Transfer(BaseStep):
    """Connects the caller to a department, or to another hotline, which is told what we know of the call; comes back
    when that talk is over."""

    do: Literal["transfer"]
    waits: ClassVar[bool] = True
    department: DepartmentName | None = None
    hotline: HotlineName | None = None
    ticket: Reads | None = None  # what was collected under this name is told to the other hotline
    prompt: Prompt | None = None
    failed: Target
    next: Target | None = None  # None: goodbye

    @model_validator(mode="after")
    def _one_of_them(self) -> "Transfer":
        if (self.department is None) == (self.hotline is None):
            raise ValueError("needs 'department:' or 'hotline:': write exactly one of them")
        return self

    @property
    def party(self) -> str:
        """Whom to ring: a key of the directory's departments."""
        return self.department or self.hotline or ""

    def at_once(self) -> Iterator[str]:
        """A dead line leads on at once."""
        return iter((self.failed,))

    def unhelped(self) -> Iterator[str | None]:
        """Nobody answers there."""
        return iter((self.failed,))

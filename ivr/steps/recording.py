"""The step that records a message which the caller may hear and record again before it is sent."""

from typing import ClassVar, Literal

from pydantic import Field

from ivr.steps.base import BaseStep, BoxName, Patience, Prompt, Target


class Record(BaseStep):
    """Records a message; the caller hears it, records it again, or sends it. What was said is kept in any case."""

    do: Literal["record"]
    waits: ClassVar[bool] = True
    box: BoxName  # of the directory, or a name that is only shown in tickets
    prompt: Prompt | None = None  # said before the tone; None: the box's greeting
    review: Prompt | None = None  # says the keys: 1 hear it, 2 record it again, 3 send it; None: the system's words
    longest_s: float | None = Field(default=None, ge=5, le=600)  # None: the box's, or 120
    silence_s: float | None = Field(default=None, ge=1, le=30)  # None: the box's, or 5
    most: int = Field(default=3, ge=1, le=10)  # so often it may be recorded
    first_digit_s: Patience = 5
    next: Target  # the step when it was sent, or nothing was said
    full: Target | None = None  # when the box takes no more messages; None: as next

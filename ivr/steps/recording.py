"""The step that records a message which the caller may hear and record again before it is sent."""

from typing import ClassVar, Literal

from pydantic import Field

from ivr.steps.base import BaseStep, Name, Patience, Prompt, Target


class Record(BaseStep):
    """Records a message; the caller hears it, records it again, or sends it. What was said is kept in any case."""

    do: Literal["record"]
    waits: ClassVar[bool] = True
    box: Name  # a name for the messages, shown in their tickets
    prompt: Prompt | None = None  # said before the tone; None: only "please speak after the tone"
    review: Prompt | None = None  # says the keys: 1 hear it, 2 record it again, 3 send it; None: the system's words
    longest_s: float = Field(default=120, ge=5, le=600)  # seconds that a message may last
    silence_s: float = Field(default=5, ge=1, le=30)  # so many seconds of silence end the message
    most: int = Field(default=3, ge=1, le=10)  # so often it may be recorded
    first_digit_s: Patience = 5
    next: Target  # the step when it was sent

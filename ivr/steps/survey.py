"""The step that asks what the caller says of the talk."""

from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from ivr.steps.base import BaseStep, Key, Name, Patience, Prompt, Strict, Target


class Verdict(StrEnum):
    """What a key means."""

    SATISFIED = "satisfied"
    NEUTRAL = "neutral"  # counts as an answer that is not satisfied
    UNSATISFIED = "unsatisfied"


_KEYS = {
    "1": Verdict.SATISFIED, "2": Verdict.SATISFIED, "3": Verdict.NEUTRAL, "4": Verdict.UNSATISFIED,
    "5": Verdict.UNSATISFIED,
}  # fmt: skip


class Why(Strict):
    """A second question, for those who are not satisfied."""

    prompt: Prompt
    name: Name = "reason"  # under which the answer is kept
    keys: tuple[Key, ...] = ("1", "2", "3", "4", "5")


class Survey(BaseStep):
    """Asks after the talk: a question, and what each key means. No answer is no answer; nobody is asked three times."""

    do: Literal["survey"]
    waits: ClassVar[bool] = True
    prompt: Prompt
    name: Name = "satisfaction"  # under which the answer is kept
    keys: dict[Key, Verdict] = Field(default=_KEYS, min_length=1)
    why: Why | None = None
    first_digit_s: Patience = 5
    thanks: Prompt | None = None
    next: Target | None = None  # None: goodbye

    @model_validator(mode="after")
    def _names_differ(self) -> "Survey":
        if self.why is not None and self.why.name == self.name:
            raise ValueError(f"both questions are kept under {self.name!r}: give 'why' another 'name'")
        return self

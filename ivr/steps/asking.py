"""Steps in which callers press keys."""

from typing import Literal

from pydantic import Field, model_validator

from calls import Language
from ivr.steps.base import Asking, Fills, Key, PromptName, Target


class Menu(Asking):
    """Says what can be pressed, and goes where the digit leads. ``*`` back, ``#`` again and ``0`` person always work,
    unless the menu gives these keys a meaning of its own."""

    do: Literal["menu"]
    # further prompts, each in its own language ("For English, press 9")
    then_in: dict[Language, PromptName] = Field(default_factory=dict)
    choices: dict[Key, Target] = Field(min_length=1)


class Collect(Asking):
    """Asks for digits and keeps them under a name."""

    do: Literal["collect"]
    into: Fills
    least: int = Field(default=1, ge=1, le=32)
    most: int = Field(default=20, ge=1, le=32)
    terminator: Key = "#"
    secret: bool = False  # masked in logs and timeline
    next: Target

    @model_validator(mode="after")
    def _order(self) -> "Collect":
        if self.least > self.most:
            raise ValueError(f"least ({self.least}) is greater than most ({self.most}): exchange them")
        return self

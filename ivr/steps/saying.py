"""Steps that say something, and the one that sets the language it is said in."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, model_validator

from calls import Language
from ivr.steps.base import BaseStep, Prompt, Spoken, Target
from ivr.steps.marks import Refers


class Say(BaseStep):
    """Says something, then goes on."""

    do: Literal["say"]
    prompt: Prompt | None = None
    text: Annotated[Spoken, Refers.TEXT] | None = None
    prompts: tuple[Prompt, ...] = Field(default=(), max_length=20)  # several, one after the other
    also_in: Language | None = None  # said again in this language, for those who do not understand the first
    service: str = ""  # self-service that is delivered when this was heard
    next: Target

    @model_validator(mode="after")
    def _one_of_them(self) -> "Say":
        if sum((self.prompt is not None, self.text is not None, bool(self.prompts))) != 1:
            raise ValueError("says nothing, or too much: write exactly one of 'prompt:', 'text:' and 'prompts:'")
        return self

    @property
    def said(self) -> Iterable[str | Spoken]:
        """What is said, in order."""
        return self.prompts or tuple(one for one in (self.prompt, self.text) if one is not None)


class ChooseLanguage(BaseStep):
    """Sets the caller's language: prompts, voice, and the skill that an agent must have."""

    do: Literal["language"]
    language: Language
    next: Target

"""Steps that say something, and the one that sets the language it is said in."""

from typing import Literal

from calls import Language
from ivr.steps.base import BaseStep, PromptName, Target


class Say(BaseStep):
    """Says something, then goes on."""

    do: Literal["say"]
    prompt: PromptName
    also_in: Language | None = None  # said again in this language, for those who do not understand the first
    service: str = ""  # self-service that is delivered when this was heard
    next: Target


class ChooseLanguage(BaseStep):
    """Sets the caller's language: prompts, voice, and the skill that an agent must have."""

    do: Literal["language"]
    language: Language
    next: Target

"""Steps that lead on, or out."""

from typing import Literal

from ivr.steps.base import BaseStep, PromptName, Target


class Goto(BaseStep):
    """Goes on elsewhere."""

    do: Literal["goto"]
    next: Target


class HangUp(BaseStep):
    """Says goodbye and ends the call."""

    do: Literal["hangup"]
    prompt: PromptName | None = None

"""Steps that lead on, or out."""

from typing import Literal

from ivr.steps.base import BaseStep, Prompt, Target


class Goto(BaseStep):
    """Goes on elsewhere."""

    do: Literal["goto"]
    next: Target


class CallSteps(BaseStep):
    """Does the steps that begin at ``step`` until one of them is a ``return``; then goes on with ``next``."""

    do: Literal["call"]
    step: Target
    next: Target


class Return(BaseStep):
    """Goes back behind the ``call`` by which the caller came here."""

    do: Literal["return"]


class HangUp(BaseStep):
    """Says goodbye and ends the call."""

    do: Literal["hangup"]
    prompt: Prompt | None = None

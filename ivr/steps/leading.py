"""Steps that lead on, or out."""

from typing import Literal

from pydantic import model_validator

from ivr.steps.base import BaseStep, FlowName, Prompt, Target


class Goto(BaseStep):
    """Goes on elsewhere."""

    do: Literal["goto"]
    next: Target


class CallSteps(BaseStep):
    """Does the steps that begin at ``step``, or another flow from its start, until a ``return``; then goes on with
    ``next``."""

    do: Literal["call"]
    step: Target | None = None
    flow: FlowName | None = None  # instead of 'step': the name of a flow that lies beside this one
    next: Target | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "CallSteps":
        if (self.step is None) == (self.flow is None):
            raise ValueError("needs 'step:' or 'flow:': write exactly one of them")
        if self.step is not None and self.next is None:
            raise ValueError("does not say where to go on: add 'next:'")
        return self


class Return(BaseStep):
    """Goes back behind the ``call`` by which the caller came here."""

    do: Literal["return"]


class HangUp(BaseStep):
    """Says goodbye and ends the call."""

    do: Literal["hangup"]
    prompt: Prompt | None = None

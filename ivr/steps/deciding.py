"""Steps that decide by what is known of a call, and the one that adds to it."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from ivr.conditions import parse
from ivr.steps.base import BaseStep, Filled, Fills, Strict, Tags, Target, Text
from ivr.steps.calendars import Zone
from ivr.steps.marks import Refers


def _readable(text: str) -> str:
    parse(text)  # its error says what is wrong, where and what to write
    return text


Condition = Annotated[Text, AfterValidator(_readable), Refers.CONDITION]


class Branch(Strict):
    """A condition, and where it leads."""

    condition: Condition = Field(alias="if", description="what must hold, like: caller in vips and time >= 18:00")
    then: Target  # the step when it holds


class When(BaseStep):
    """Goes by what is known of the call, the caller, the queues and the time: the first branch that holds counts."""

    do: Literal["when"]
    condition: Condition | None = Field(default=None, alias="if", description="what must hold; or write 'branches'")
    then: Target | None = None  # the step when it holds
    branches: tuple[Branch, ...] = Field(default=(), max_length=50, description="several conditions, asked in order")
    otherwise: Target = Field(alias="else", description="the step when nothing holds")
    zone: Zone = "Asia/Shanghai"

    @model_validator(mode="after")
    def _one_form(self) -> "When":
        if (self.condition is None) == (not self.branches):
            raise ValueError("decides nothing, or twice: write either 'if:' and 'then:', or 'branches:'")
        if (self.condition is None) != (self.then is None):
            raise ValueError("has 'if:' without 'then:', or 'then:' without 'if:': write both")
        return self

    def ways(self) -> Iterator[tuple[str, str]]:
        """Walk over conditions and where they lead, in order."""
        if self.condition is not None and self.then is not None:
            yield self.condition, self.then
        for branch in self.branches:
            yield branch.condition, branch.then


class SetValues(BaseStep):
    """Notes something about the call, for later steps, marks in prompts, conditions and records."""

    do: Literal["set"]
    values: dict[Fills, Filled] = Field(default_factory=dict, description="name -> text; {name} in it is filled in")
    tags: Tags = ()  # words that the call's record keeps
    next: Target

    @model_validator(mode="after")
    def _something(self) -> "SetValues":
        if not self.values and not self.tags:
            raise ValueError("notes nothing: write 'values:' or 'tags:'")
        return self

"""How callers come in: the numbers that a flow answers, each with its tags, and callers who are treated apart."""

from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from calls import Language
from ivr.callers import bare
from ivr.steps import Level, Name, PromptName, SkillName, Strict, Subject, Target, Text

Number = Annotated[Text, Field(pattern=r"^\+?[0-9]{1,20}$")]
ListFile = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,60}\.csv$")]
CallerList: TypeAlias = Annotated[
    Annotated[ListFile, Tag("[file]")] | Annotated[frozenset[Annotated[Number, AfterValidator(bare)]], Tag("[list]")],
    Discriminator(lambda value: "[file]" if isinstance(value, str) else "[list]"),
]
"""A file beside the flow, or the numbers themselves. In a flow that is in use it is the numbers."""


def _number_alone(value: Any) -> Any:
    return value if isinstance(value, dict) else {"number": value}


class DialledNumber(Strict):
    """A number that a flow answers, and what it says about those who dial it. ``"12319"`` alone is a number without
    tags."""

    number: Number
    subject: Subject | None = None  # what they call about, as the agent reads it
    skills: dict[SkillName, Level] = Field(default_factory=dict)  # that an agent must have, beside those of the queue
    priority: int = Field(default=0, ge=0, le=99)  # in line; the highest of number, entry rule and step counts
    language: Language | None = None
    greeting: PromptName | None = None  # said first
    start: Target | None = None  # None: the flow's
    interconnect: bool = False  # other hotlines pass callers on to it, with what they know


class EntryRule(Strict):
    """Callers who are treated apart, before anything is said."""

    callers: tuple[Name, ...] = ()  # names of ``lists``
    dialled: tuple[Number, ...] = ()
    to: Target
    priority: int = Field(default=0, ge=0, le=99)
    language: Language | None = None

    @model_validator(mode="after")
    def _somebody(self) -> "EntryRule":
        if not self.callers and not self.dialled:
            raise ValueError("speaks of nobody: add 'callers:' with a list, or 'dialled:' with numbers")
        return self


Numbers = tuple[
    Annotated[DialledNumber, BeforeValidator(_number_alone, json_schema_input_type=DialledNumber | Number)], ...
]

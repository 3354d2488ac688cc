"""What all steps are made of: kinds of fields, and the step itself as the checker sees it."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from calls import Language
from calls.passing import TEXT_LIMIT
from ivr.steps.marks import Refers, marked

DIGITS = "0123456789*#"
_KEYS = re.compile(r"[0-9*#]{1,6}")

CALL_DATA = frozenset({"caller", "dialled"})
"""What is known of every call: marks in prompts and names in conditions, beside the flow's own variables."""

_NO_VARIABLES = CALL_DATA | {
    "self", "name", "text", "language", "tags", "subject", "time", "date", "weekday", "queue", "last_ticket",
    "calls_in", "and", "or", "not", "in", "matches", "true", "false", "mon", "tue", "wed", "thu", "fri", "sat", "sun",
}  # fmt: skip


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _one_digit(value: str) -> str:
    if len(value) != 1 or value not in DIGITS:
        raise ValueError(f"{value!r} is no key of a telephone: use one of 0 to 9, * or #")
    return value


def _keys(value: str) -> str:
    if not _KEYS.fullmatch(value):
        raise ValueError(f"{value!r} are no keys of a telephone: use 0 to 9, * and #, at most six of them")
    return value


def _own_name(value: str) -> str:
    if value in _NO_VARIABLES:
        raise ValueError(f"{value!r} has a meaning of its own: choose another name")
    return value


Text = Annotated[str, BeforeValidator(_as_text), Field(min_length=1)]
Key = Annotated[str, BeforeValidator(_as_text), AfterValidator(_one_digit)]
Keys = Annotated[str, BeforeValidator(_as_text), AfterValidator(_keys)]  # pressed one after the other
Name = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,59}$")]
Patience = Annotated[float, Field(ge=0.5, le=60)]  # seconds that a caller may stay silent

# Names that must be there elsewhere: the checker, `targets` and `prompts_of` find them by these marks.
Target = Annotated[Name, Refers.STEP]
PromptName = Annotated[Name, Refers.PROMPT]
Choice = Annotated[Name, Refers.CHOICE]  # a step, or one of WORDS
QueueName = Annotated[Text, Refers.QUEUE]
SkillName = Annotated[str, Refers.SKILL]
DepartmentName = Annotated[Text, Refers.DEPARTMENT]
BoxName = Annotated[Name, Refers.BOX]  # of the directory, or one that is only named here
Fills = Annotated[Name, AfterValidator(_own_name), Refers.FILLS]  # a variable that the step gives a value
HotlineName = Annotated[Text, Refers.HOTLINE]  # a department that is a hotline of its own
FlowName = Annotated[Text, Field(max_length=60), Refers.FLOW]  # a flow that lies beside this one
CalendarName = Annotated[Name, Refers.CALENDAR]
Level = Annotated[int, Field(ge=1, le=5)]  # least level of a skill
Subject = Annotated[Text, Field(max_length=TEXT_LIMIT)]  # what a call is about, as agents read it
Tags = Annotated[tuple[Annotated[Text, Field(pattern=r"^[\w .:/-]{1,40}$")], ...], Field(max_length=20)]
Reads = Annotated[Name, Refers.READS]  # a variable that some step must give a value

WORDS = frozenset({"top", "back", "again", "person"})
"""Where a choice may lead besides steps: the first menu, the menu before, this one again, a person. A step of that
name goes before the word."""
Filled = Annotated[Text, Field(max_length=200), Refers.FILLED]  # ``{name}`` is filled in from the call


class Strict(BaseModel):
    """A mapping in which an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Spoken(Strict):
    """A text in each language. ``{slot|kind}`` marks are filled in while speaking (see ``ivr.speech``)."""

    zh: Text | None = None
    en: Text | None = None

    def in_language(self, language: Language) -> str | None:
        """Return the text in a language, or None."""
        return self.zh if language is Language.ZH else self.en


def _written_as(value: object) -> str:
    return "[text]" if isinstance(value, dict | Spoken) else "[name]"


Prompt: TypeAlias = Annotated[  # a prompt's name, or its text just there
    Annotated[PromptName, Tag("[name]")] | Annotated[Spoken, Refers.TEXT, Tag("[text]")], Discriminator(_written_as)
]


class BaseStep(Strict):
    """A step of a flow. ``do`` is its kind; what else may be written is the model of that kind.

    The three methods are for the checker: where the step can lead a caller, and a caller who does nothing.
    """

    do: str
    waits: ClassVar[bool] = False  # the caller acts or waits in it

    def targets(self) -> dict[str, str]:
        """Return where it can lead: key in the YAML -> name of a step."""
        return {".".join(place): name for place, name in marked(self, Refers.STEP, Refers.CHOICE)}

    def at_once(self) -> Iterator[str]:
        """Where it leads without anybody doing or awaiting anything, when no queue is staffed and no line is up."""
        return iter(()) if self.waits else iter(self.targets().values())

    def unhelped(self) -> Iterator[str | None]:
        """Where it leads a caller who presses nothing right, when nobody answers anywhere. None: to a person."""
        return iter(self.targets().values())


class Exit(Strict):
    """What happens when a caller presses nothing, or something wrong: say it again so often, then go on elsewhere."""

    limit: int = Field(default=2, ge=1, le=10)  # times it is asked again
    prompts: tuple[Prompt, ...] = ()  # said before asking again: the first time, the second, …; the last repeats
    then: Target | None = None  # None: a person

    @model_validator(mode="before")
    @classmethod
    def _one_prompt(cls, value: Any) -> Any:
        """``prompt: x`` is short for ``prompts: [x]``."""
        if isinstance(value, dict) and "prompt" in value and "prompts" not in value:
            value = {**value, "prompts": [value["prompt"]]}
            del value["prompt"]
        return value


class Asking(BaseStep):
    """A step in which the caller presses keys."""

    waits: ClassVar[bool] = True
    prompt: Prompt
    short: Prompt | None = None  # instead of ``prompt`` from the second time on
    first_digit_s: Patience = 5
    between_digits_s: Patience = 3
    barge_in: bool = True  # a digit may be pressed while the prompt plays
    no_input: Exit = Exit()
    no_match: Exit = Exit()

    def unhelped(self) -> Iterator[str | None]:
        """Out by the exits."""
        return iter((self.no_input.then, self.no_match.then))

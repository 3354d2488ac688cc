"""Steps in which callers press keys."""

from enum import StrEnum
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag, model_validator

from calls import Language
from ivr.steps.base import Asking, Choice, Exit, Fills, Key, Keys, Prompt, PromptName, Spoken, Target
from ivr.steps.marks import Refers


class Menu(Asking):
    """Says what can be pressed, and goes where it leads. ``*`` back, ``#`` again and ``0`` person always work, unless
    the menu gives these keys a meaning of its own."""

    do: Literal["menu"]
    # further prompts, each in its own language ("For English, press 9")
    then_in: dict[Language, Prompt] = Field(default_factory=dict)
    choices: dict[Keys, Choice] = Field(min_length=1)


class Check(StrEnum):
    """What an entry must be."""

    PHONE = "phone"  # a telephone number in China, mobile or fixed
    MOBILE = "mobile"
    ID_CARD = "id_card"  # 18 digits with their check digit; * is the X
    DATE = "date"  # eight digits, like 20261231


_LENGTHS = {Check.PHONE: (7, 12), Check.MOBILE: (11, 11), Check.ID_CARD: (18, 18), Check.DATE: (8, 8)}
Pattern = Annotated[str, Field(pattern=r"^([0-9?]{1,32}\*?|\*)$")]  # ? any digit, * at the end: and so on


def _written_as(value: object) -> str:
    return "[switch]" if isinstance(value, bool) else "[text]" if isinstance(value, dict | Spoken) else "[name]"


Confirm: TypeAlias = Annotated[  # true: the system's words
    Annotated[bool, Tag("[switch]")]
    | Annotated[PromptName, Tag("[name]")]
    | Annotated[Spoken, Refers.TEXT, Tag("[text]")],
    Discriminator(_written_as),
]


class Collect(Asking):
    """Asks for digits and keeps them under a name."""

    do: Literal["collect"]
    into: Fills
    least: int = Field(default=1, ge=1, le=32)
    most: int = Field(default=20, ge=1, le=32)
    terminator: Key = "#"
    secret: bool = False  # masked in logs and timeline
    check: Check | None = None  # what it must be
    patterns: tuple[Pattern, ...] = ()  # one of them must fit: "138*", "26????????"
    invalid: Exit | None = None  # when the entry is not that; None: as no_match
    confirm: Confirm = False  # read back: 1 right, 2 once more
    next: Target

    @model_validator(mode="before")
    @classmethod
    def _length_of_check(cls, value: Any) -> Any:
        """What is checked has its own length."""
        if isinstance(value, dict) and value.get("check") in set(Check):
            least, most = _LENGTHS[Check(value["check"])]
            value = {"least": least, "most": most, **value}
        return value

    @model_validator(mode="after")
    def _order(self) -> "Collect":
        if self.least > self.most:
            raise ValueError(f"least ({self.least}) is greater than most ({self.most}): exchange them")
        return self

    @property
    def when_invalid(self) -> Exit:
        """What happens when the entry is not what it must be."""
        return self.invalid or self.no_match

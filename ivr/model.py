"""A call flow: its steps, its prompts, the numbers it answers, and where callers get a person."""

from typing import Annotated

from pydantic import Field

from calls import Language
from ivr.steps import Name, Spoken, Step, Strict, Text

Number = Annotated[Text, Field(pattern=r"^\+?[0-9]{1,20}$")]


class Flow(Strict):
    """A whole flow; immutable, so that a call stays in the version it came into."""

    name: Annotated[Text, Field(max_length=60)]
    version: int = 1
    numbers: tuple[Number, ...] = ()  # dialled numbers that this flow answers
    default: bool = False  # answers all other numbers, too
    languages: tuple[Language, ...] = Field(
        default=(Language.ZH,), min_length=1
    )  # every prompt must be there in each of these
    start: Name
    person: Name  # the step that leads to a person: key 0, and the exit where no other is named
    person_in: dict[Language, Name] = Field(default_factory=dict)  # the same for callers who chose another language
    prompts: dict[Name, Spoken] = Field(default_factory=dict)
    steps: dict[Name, Step] = Field(min_length=1)

    def person_for(self, language: Language) -> str:
        """Return the step that leads a caller of this language to a person."""
        return self.person_in.get(language, self.person)

    def behind(self, step: str) -> str | None:
        """Return the step that follows a step with a single way out, for a call that has done the former already."""
        found = self.steps.get(step)
        following = getattr(found, "next", None)
        return following if isinstance(following, str) else None

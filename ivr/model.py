"""A call flow: its steps, its prompts, the numbers it answers, and where callers get a person."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from calls import Language
from ivr.callers import bare
from ivr.numbers import CallerList, DialledNumber, EntryRule, Numbers
from ivr.steps import Calendar, CalendarKeys, Hours, Name, Spoken, Step, Strict, Text


class Flow(Strict):
    """A whole flow; immutable, so that a call stays in the version it came into."""

    name: Annotated[Text, Field(max_length=60)]
    version: int = 1
    numbers: Numbers = ()  # dialled numbers that this flow answers
    default: bool = False  # answers all other numbers, too
    languages: tuple[Language, ...] = Field(
        default=(Language.ZH,), min_length=1
    )  # every prompt must be there in each of these
    start: Name
    person: Name  # the step that leads to a person: key 0, and the exit where no other is named
    person_in: dict[Language, Name] = Field(default_factory=dict)  # the same for callers who chose another language
    lists: dict[Name, CallerList] = Field(default_factory=dict)  # callers who are treated apart
    entry: tuple[EntryRule, ...] = ()  # how they are; the first rule that fits counts
    calendars: dict[Name, Calendar] = Field(default_factory=dict)  # opening hours under a name
    prompts: dict[Name, Spoken] = Field(default_factory=dict)
    steps: dict[Name, Step] = Field(min_length=1)

    def person_for(self, language: Language) -> str:
        """Return the step that leads a caller of this language to a person."""
        return self.person_in.get(language, self.person)

    @property
    def dialled(self) -> tuple[str, ...]:
        """The numbers that this flow answers."""
        return tuple(one.number for one in self.numbers)

    def number(self, dialled: str) -> DialledNumber | None:
        """Return what this flow says of a number, or None."""
        return next((one for one in self.numbers if one.number == dialled), None)

    def entry_for(self, caller: str, dialled: str) -> EntryRule | None:
        """Return the first entry rule that fits a call, or None."""
        return next((rule for rule in self.entry if self._fits(rule, caller, dialled)), None)

    def _fits(self, rule: EntryRule, caller: str, dialled: str) -> bool:
        if rule.dialled and dialled not in rule.dialled:
            return False
        lists = (self.lists.get(name, frozenset()) for name in rule.callers)
        return not rule.callers or any(bare(caller) in numbers for numbers in lists if not isinstance(numbers, str))

    @property
    def numbers_in_lists(self) -> Mapping[str, frozenset[str]]:
        """The numbers of each list that was taken in (``ivr.doors.settled``)."""
        return {name: numbers for name, numbers in self.lists.items() if not isinstance(numbers, str)}

    def calendar_of(self, step: Hours) -> CalendarKeys:
        """Return the opening hours that a step goes by; raises ``KeyError`` for a name that is none."""
        return step if step.calendar is None else self.calendars[step.calendar]

    def behind(self, step: str) -> str | None:
        """Return the step that follows a step with a single way out, for a call that has done the former already."""
        found = self.steps.get(step)
        following = getattr(found, "next", None)
        return following if isinstance(following, str) else None

"""The steps a flow is made of, as ops staff write them. Durations are seconds.

Each step is a mapping with ``do:``; what else it may hold is the model of that name below. Names of prompts refer to
the flow's ``prompts:`` or to ``dialplans/prompts.yaml``.
"""

import difflib
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from calls import Language

DIGITS = "0123456789*#"


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _one_digit(value: str) -> str:
    if len(value) != 1 or value not in DIGITS:
        raise ValueError(f"{value!r} is no key of a telephone: use one of 0 to 9, * or #")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, OSError, ValueError) as error:  # which of them depends on how the name is written
        raise ValueError(f"there is no time zone {value!r}: {_near_zone(value)}") from error
    return value


def _near_zone(value: str) -> str:
    near = difflib.get_close_matches(value, available_timezones(), n=1)
    return f"did you mean {near[0]!r}?" if near else "write one like Asia/Shanghai"


Text = Annotated[str, BeforeValidator(_as_text), Field(min_length=1)]
Key = Annotated[str, BeforeValidator(_as_text), AfterValidator(_one_digit)]
Name = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,59}$")]
Patience = Annotated[float, Field(ge=0.5, le=60)]  # seconds that a caller may stay silent


class Strict(BaseModel):
    """A mapping in which an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Exit(Strict):
    """What happens when a caller presses nothing, or something wrong: say it again so often, then go on elsewhere."""

    limit: int = Field(default=2, ge=1, le=10)  # times it is asked again
    prompts: tuple[Name, ...] = ()  # said before asking again: the first time, the second, …; the last one repeats
    then: Name | None = None  # None: a person

    @model_validator(mode="before")
    @classmethod
    def _one_prompt(cls, value: Any) -> Any:
        """``prompt: x`` is short for ``prompts: [x]``."""
        if isinstance(value, dict) and "prompt" in value and "prompts" not in value:
            value = {**value, "prompts": [value["prompt"]]}
            del value["prompt"]
        return value


class _Asking(Strict):
    prompt: Name | None = None
    short: Name | None = None  # instead of ``prompt`` from the second time on
    first_digit_s: Patience = 5
    between_digits_s: Patience = 3
    barge_in: bool = True  # a digit may be pressed while the prompt plays
    no_input: Exit = Exit()
    no_match: Exit = Exit()


class Say(Strict):
    """Says something, then goes on."""

    do: Literal["say"]
    prompt: Name
    also_in: Language | None = None  # said again in this language, for those who do not understand the first
    service: str = ""  # self-service that is delivered when this was heard
    next: Name


class Menu(_Asking):
    """Says what can be pressed, and goes where the digit leads. ``*`` back, ``#`` again and ``0`` person always work,
    unless the menu gives these keys a meaning of its own."""

    do: Literal["menu"]
    prompt: Name
    then_in: dict[Language, Name] = {}  # further prompts, each in its own language ("For English, press 9")
    choices: dict[Key, Name] = Field(min_length=1)


class Collect(_Asking):
    """Asks for digits and keeps them under a name."""

    do: Literal["collect"]
    prompt: Name
    into: Name
    least: int = Field(default=1, ge=1, le=32)
    most: int = Field(default=20, ge=1, le=32)
    terminator: Key = "#"
    secret: bool = False  # masked in logs and timeline
    next: Name

    @model_validator(mode="after")
    def _order(self) -> "Collect":
        if self.least > self.most:
            raise ValueError(f"least ({self.least}) is greater than most ({self.most}): exchange them")
        return self


class ChooseLanguage(Strict):
    """Sets the caller's language: prompts, voice, and the skill that an agent must have."""

    do: Literal["language"]
    language: Language
    next: Name


_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
_SPAN = f"{_DAY}(-{_DAY})?"


class Period(Strict):
    """Open hours on some days: ``days: mon-fri``, ``from: "08:30"``, ``to: "17:30"`` (before ``from``: next day)."""

    days: str = Field(pattern=rf"^({_SPAN}(,{_SPAN})*|workdays|all)$")
    start: str = Field(alias="from", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    end: str = Field(alias="to", pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")

    @model_validator(mode="after")
    def _some_time(self) -> "Period":
        if self.start == self.end:
            raise ValueError('from and to are the same: for the whole day write from: "00:00", to: "24:00"')
        return self


class Hours(Strict):
    """Goes one way while open, the other while closed."""

    do: Literal["hours"]
    zone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"
    open: tuple[Period, ...] = Field(min_length=1)
    closed_on: tuple[date, ...] = ()
    open_on: tuple[date, ...] = ()  # worked like any workday, whatever the calendar says
    china_holidays: bool = False  # public holidays are closed, make-up workdays (调休) are workdays
    when_open: Name
    when_closed: Name

    @model_validator(mode="after")
    def _one_rule_a_day(self) -> "Hours":
        both = sorted(set(self.closed_on) & set(self.open_on))
        if both:
            raise ValueError(f"{both[0]} is in closed_on and in open_on: remove it from one of them")
        return self


class TicketState(Strict):
    """Tells how far an earlier ticket is, by the number collected before."""

    do: Literal["ticket_state"]
    number: Name  # a name that a ``collect`` step filled
    found: Name
    not_found: Name


class Queue(Strict):
    """Asks for a person."""

    do: Literal["queue"]
    queue: Text
    skills: dict[str, Annotated[int, Field(ge=1, le=5)]] = {}  # beside those of the queue
    priority: int = Field(default=0, ge=0, le=99)
    prompt: Name | None = None  # said before the music begins
    nobody_staffed: Name
    timeout: Name | None = None  # None: as nobody_staffed
    full: Name | None = None  # None: as nobody_staffed
    after: Name | None = None  # when the agent has left; None: goodbye


class Voicemail(Strict):
    """Records a message; it becomes a ticket."""

    do: Literal["voicemail"]
    box: Name
    prompt: Name | None = None
    longest_s: float = Field(default=120, ge=5, le=600)
    silence_s: float = Field(default=5, ge=1, le=30)
    next: Name


class Transfer(Strict):
    """Connects the caller to a department; comes back when that talk is over."""

    do: Literal["transfer"]
    department: Text
    prompt: Name | None = None
    failed: Name
    next: Name | None = None  # None: goodbye


class Goto(Strict):
    """Goes on elsewhere."""

    do: Literal["goto"]
    next: Name


class HangUp(Strict):
    """Says goodbye and ends the call."""

    do: Literal["hangup"]
    prompt: Name | None = None


Step = Annotated[
    Say | Menu | Collect | ChooseLanguage | Hours | TicketState | Queue | Voicemail | Transfer | Goto | HangUp,
    Field(discriminator="do"),
]

STEPS: Mapping[str, type[Strict]] = {
    "say": Say, "menu": Menu, "collect": Collect, "language": ChooseLanguage, "hours": Hours,
    "ticket_state": TicketState, "queue": Queue, "voicemail": Voicemail, "transfer": Transfer, "goto": Goto,
    "hangup": HangUp,
}  # fmt: skip


def targets(step: Any) -> dict[str, str]:
    """Return where a step can lead: key in the YAML -> name of a step."""
    found: dict[str, str] = {}
    for key in ("next", "found", "not_found", "when_open", "when_closed", "nobody_staffed", "timeout", "full", "after",
                "failed"):  # fmt: skip
        value = getattr(step, key, None)
        if isinstance(value, str):
            found[key] = value
    if isinstance(step, Menu):
        found |= {f"choices.{digit}": target for digit, target in step.choices.items()}
    if isinstance(step, _Asking):
        for key in ("no_input", "no_match"):
            then = getattr(step, key).then
            if then is not None:
                found[f"{key}.then"] = then
    return found


def prompts_of(step: Any) -> dict[str, str]:
    """Return the prompts a step names: key in the YAML -> name of a prompt."""
    found = {key: value for key in ("prompt", "short") if isinstance(value := getattr(step, key, None), str)}
    if isinstance(step, _Asking):
        for key in ("no_input", "no_match"):
            found |= {f"{key}.prompts.{i}": name for i, name in enumerate(getattr(step, key).prompts)}
    if isinstance(step, Menu):
        found |= {f"then_in.{language}": name for language, name in step.then_in.items()}
    return found

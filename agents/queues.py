"""The queues of the directory: what callers who wait there need, and how they are served.

What a queue asks of agents is either skills with their least levels, ``{housing: 2, lang.zh: 3}``, or an expression,
``lang.zh >= 3 and (social_insurance >= 2 or housing >= 2)`` (``calls.skills``).
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from agents.callback_settings import CallbackSettings
from agents.words import Key, Level, Named, Strict, as_text
from calls.skills import LEVELS, Expression, any_of, at_least, lowered, parse


def _readable(text: str) -> str:
    parse(text)
    return text


def _form(value: object) -> str:
    return "<expression>" if isinstance(value, str) else "<levels>"


ExpressionText = Annotated[str, AfterValidator(_readable)]
"""A skill expression as written; it can be read."""

NEIGHBOUR = "queue:"
"""Begins the name of a queue where an expression could stand."""


def _addable(text: str) -> str:
    if text.startswith(NEIGHBOUR):
        return text
    if ":" in text:
        raise ValueError(f"{text!r} is no expression: write 'queue:<key>' for another queue's people")
    return _readable(text)


Needs = Annotated[
    Annotated[dict[str, Level], Field(min_length=1), Tag("<levels>")] | Annotated[ExpressionText, Tag("<expression>")],
    Discriminator(_form),
]


def _share(value: object) -> object:
    return float(value) if isinstance(value, bool) else value


Share = Annotated[float, BeforeValidator(_share, json_schema_input_type=bool | float), Field(ge=0, le=1)]
"""A part of all: ``true`` is 1, ``false`` is 0."""

Strategy = Literal["least_over_qualified", "longest_idle", "least_occupied", "most_skilled", "round_robin"]


def expression_of(needs: Mapping[str, int] | str) -> Expression:
    """Return what either form of a need says."""
    return parse(needs) if isinstance(needs, str) else at_least(needs)


class WishRule(Strict):
    """What would be good in an agent. It weighs among the free; while ``hold_s`` lasts the caller waits for it."""

    that: ExpressionText
    weight: int = Field(default=10, ge=1, le=100)
    hold_s: float = Field(default=0, ge=0, le=3600)


class Relaxation(Strict):
    """What changes in the need after so many seconds of waiting."""

    after_s: float = Field(gt=0, le=36_000)
    lower: dict[str, Annotated[int, Field(ge=LEVELS[0], le=LEVELS[-1])]] = Field(default_factory=dict)
    drop: tuple[str, ...] = ()  # names of wishes
    add: Annotated[str, AfterValidator(_addable)] | None = None  # these may serve, too; ``agents.neighbours``
    needs: ExpressionText | None = None  # asked for instead

    @model_validator(mode="after")
    def _something(self) -> "Relaxation":
        if not (self.lower or self.drop or self.add or self.needs):
            raise ValueError("nothing changes at this time: write 'lower', 'drop', 'add' or 'needs'")
        return self

    @property
    def neighbour(self) -> str | None:
        """The key of the queue whose people may serve, too, as it was written; None where an expression stands."""
        return self.add.removeprefix(NEIGHBOUR).strip() if self.add and self.add.startswith(NEIGHBOUR) else None


def relaxed(hard: Expression, step: Relaxation) -> Expression:
    """Return what is needed from a step on, where ``hard`` was before; its wishes are another matter."""
    hard = parse(step.needs) if step.needs else lowered(hard, step.lower)
    return any_of([hard, parse(step.add)]) if step.add else hard


class LastAgent(Strict):
    """Repeat callers are held for the agent of their last talk."""

    within_s: float = Field(default=3 * 86_400, gt=0, le=366 * 86_400)  # since that call came in
    hold_s: float = Field(default=15, gt=0, le=600)  # then anybody suitable may serve


class Overflow(Strict):
    """Where callers go instead of waiting (on), the original arrival kept.

    ``when`` says what is looked at: the queue's ``length`` or the ``expected`` wait on coming in, the time ``waited``,
    or that nobody on duty could serve (``unstaffed``). ``to`` is ``queue:<key>``, ``department:<key>``, ``callback``
    (the queue's own is proposed), or ``voicemail``: the flow's own way on for callers who cannot be served, where
    shipped flows take a message.
    """

    when: Literal["length", "expected", "waited", "unstaffed"]
    at: float | None = Field(default=None, ge=0, le=36_000)  # callers, or seconds
    to: str = Field(pattern=r"^(voicemail|callback|(queue|department):.+)$")

    @model_validator(mode="after")
    def _with_a_limit(self) -> "Overflow":
        if (self.at is None) != (self.when == "unstaffed"):
            raise ValueError(
                "'at' is the limit of length, expected and waited: 'unstaffed' has none, the others need it"
            )
        return self


class Queue(Named):
    """A line of callers. Durations are seconds."""

    needs: Needs  # of agents, unless the flow asks for more
    wishes: dict[str, WishRule] = Field(default_factory=dict)
    relax: tuple[Relaxation, ...] = ()
    strategy: Strategy = "least_over_qualified"  # who of several free agents
    groups: tuple[ExpressionText, ...] = ()  # ring groups: the first that has somebody free
    last_agent: LastAgent | None = None
    priority: int = Field(default=0, ge=0, le=99)
    service_level_s: float = Field(default=15, gt=0, le=3600)  # callers are to be answered within
    ring_s: float = Field(default=20, gt=0, le=120)
    wrap_up_s: float = Field(default=15, ge=0, le=3600)
    announce_after_s: float = Field(default=3, ge=0, le=600)
    announce_every_s: float = Field(default=30, ge=5, le=600)
    max_wait_s: float | None = Field(default=None, gt=0, le=86_400)
    max_length: int | None = Field(default=None, ge=1, le=1_000_000)
    overflow: tuple[Overflow, ...] = ()  # the first that holds
    callback: CallbackSettings | None = None  # None: not offered
    music: Key = "default"  # a class of Asterisk's music on hold
    record: Share = 1.0  # which part of the talks is recorded: true, false, or like 0.25
    record_consults: bool = False  # of recorded talks, also what agents say to those whom they consult
    code: Annotated[str, BeforeValidator(as_text), Field(pattern=r"^[1-9]$")] | None = None  # agents' key for it

    @property
    def hard(self) -> Expression:
        """What callers here need of an agent at first."""
        return expression_of(self.needs)

    def expressions(self) -> list[tuple[tuple[str | int, ...], Expression]]:
        """Return every expression in the queue's settings with its place there."""
        written: list[tuple[tuple[str | int, ...], str]] = []
        if isinstance(self.needs, str):
            written.append((("needs",), self.needs))
        written += [(("wishes", name, "that"), wish.that) for name, wish in self.wishes.items()]
        written += [(("groups", number), group) for number, group in enumerate(self.groups)]
        for number, step in enumerate(self.relax):
            added = None if step.neighbour is not None else step.add
            written += [(("relax", number, key), text) for key, text in (("add", added), ("needs", step.needs)) if text]
        return [(place, parse(text)) for place, text in written]

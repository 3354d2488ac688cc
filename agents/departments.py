"""The departments behind the hotline: which telephones they have, when they are open, who may call them, and what is
done for callers whom they do not take."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from agents.words import Digits, Key, Named, Role, Strict, Text, as_text

LONGEST_RING_S = 300.0


class Act(StrEnum):
    """What is done for a caller whom a department does not take."""

    BACK = "back"  # to whom the caller was with: the agent, who is told why; the place in line; the flow's step
    DEPARTMENT = "department"  # another one is rung
    VOICEMAIL = "voicemail"  # the caller leaves a message
    TICKET = "ticket"  # a ticket is made and sent to the department


@dataclass(frozen=True, slots=True)
class Rule:
    """``back``, ``department:<key>``, ``voicemail``, ``voicemail:<box>`` or ``ticket`` as written."""

    act: Act
    name: str = ""  # the other department, or the box; "" for a box: the department's own

    @classmethod
    def of(cls, text: str) -> "Rule":
        """Return what is written; it has the right form."""
        act, _, name = text.partition(":")
        return cls(Act(act), name)


RuleText = Annotated[str, Field(pattern=r"^(back|ticket|voicemail(:[a-zA-Z][\w-]*)?|department:.+)$")]
RingTime = Annotated[float, Field(gt=0, le=LONGEST_RING_S)]


class Phone(Strict):
    """One telephone of a department: outside, rung over the department trunk, or a seat of ours."""

    number: Digits | None = None
    seat: Digits | None = None
    ring_s: RingTime | None = None  # seconds; None: as long as the department says

    @model_validator(mode="after")
    def _one_way(self) -> "Phone":
        if (self.number is None) == (self.seat is None):
            raise ValueError("a telephone needs either 'number' or 'seat': write exactly one of them")
        return self


class MayCall(Strict):
    """Which agents may call a department: those with one of the roles, and those in one of the teams."""

    roles: tuple[Role, ...] = ()
    teams: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _somebody(self) -> "MayCall":
        if not self.roles and not self.teams:
            raise ValueError("nobody may call it: name 'roles' or 'teams', or remove 'may_call'")
        return self

    def allows(self, role: Role, team: str) -> bool:
        """Whether somebody with this role in this team ("": none) may."""
        return role in self.roles or (team != "" and team in self.teams)


class Department(Named):
    """A department behind the hotline, brought in by its two-digit code."""

    code: Annotated[str, BeforeValidator(as_text), Field(pattern=r"^[0-9]{2}$")]
    number: Digits | None = None  # rung over the department trunk
    seat: Digits | None = None  # or a seat of ours
    phones: tuple[Phone, ...] = ()  # or several telephones, tried in this order
    ring_s: RingTime = 30.0  # so long each is rung that says nothing else
    hours: Key | None = None  # a calendar of calendars.yaml; None: always open
    closed: RuleText = "back"
    busy: RuleText = "back"  # every telephone is busy or refuses, or as many calls are up as may be
    no_answer: RuleText = "back"
    may_call: MayCall | None = None  # None: every agent
    max_calls: Annotated[int, Field(ge=1, le=10_000)] | None = None  # at a time; None: no limit
    hotline: bool = False  # a hotline of its own, which is told what we know of a caller whom we pass on

    @model_validator(mode="after")
    def _one_form(self) -> "Department":
        if sum((self.number is not None, self.seat is not None, bool(self.phones))) != 1:
            raise ValueError("a department needs 'number', 'seat' or 'phones': write exactly one of them")
        return self

    @property
    def telephones(self) -> tuple[Phone, ...]:
        """Its telephones in the order in which they are tried."""
        return self.phones or (Phone(number=self.number, seat=self.seat),)

    def rules(self) -> dict[str, Rule]:
        """Return what is done, by the name of the key that says so."""
        return {key: Rule.of(getattr(self, key)) for key in ("closed", "busy", "no_answer")}

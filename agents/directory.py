"""The directory: who works here, with which skills, on which seats, for which queues, and the departments behind us.

The model of ``dialplans/directory.yaml``; ``agents.loader`` reads the file and words its mistakes.
"""

import re
from datetime import tzinfo
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from agents.boxes import Box, BoxKey
from agents.departments import Department
from agents.queues import Queue
from agents.shifts import Shift, Team
from agents.words import Key, Level, Named, Number, Role, Strict, Text, as_text
from calls.identity import AgentId, SeatId
from calls.skills import is_skill

_MOST_SEATS = 10_000
_SEAT = re.compile(r"[1-9][0-9]{2,4}")


def _skill(name: str) -> str:
    if name.startswith("team."):
        raise ValueError("'team.' begins the skills that come of being in a team: choose another name")
    if not is_skill(name):
        raise ValueError(
            f"{name!r} cannot be a skill's name: use letters, digits, '_', '-' and '.', begin with a letter; none of "
            "and, or, not, any, all, anybody"
        )
    return name


class Seats(Strict):
    """The seats' numbers, first to last."""

    first: int = Field(default=1001, ge=100, le=99999)
    last: int = Field(default=1060, ge=100, le=99999)

    @model_validator(mode="after")
    def _in_order(self) -> "Seats":
        if self.last < self.first:
            raise ValueError("the last seat is before the first: write the smaller number under 'first'")
        if self.last - self.first >= _MOST_SEATS:
            raise ValueError(f"these are {self.last - self.first + 1} seats: at most {_MOST_SEATS} are possible")
        return self

    def ids(self) -> list[SeatId]:
        """Return every seat's id in order."""
        return [SeatId(str(number)) for number in range(self.first, self.last + 1)]

    def __contains__(self, seat: object) -> bool:
        """Whether a seat has this id."""
        if not isinstance(seat, str) or _SEAT.fullmatch(seat) is None:
            return False
        return self.first <= int(seat) <= self.last


class Break(Named):
    """A reason for a break, chosen by its number: ``*13`` and the number."""

    number: Number = Field(ge=1, le=9)


class Person(Strict):
    """Somebody who answers calls, or supervises those who do."""

    name: Text
    team: str = ""
    role: Role = Role.AGENT
    skills: dict[str, Level] = Field(min_length=1)
    pin: Annotated[str, BeforeValidator(as_text), Field(pattern=r"^[0-9]{4,8}$")] | None = None


class Directory(Strict):
    """The whole file."""

    version: Literal[1] = 1
    seats: Seats = Seats()
    skills: dict[Annotated[str, AfterValidator(_skill)], Named] = Field(min_length=1)
    queues: dict[Key, Queue] = Field(min_length=1)
    departments: dict[Key, Department] = Field(default_factory=dict)
    voicemail: dict[BoxKey, Box] = Field(default_factory=dict)
    breaks: dict[Key, Break] = Field(default_factory=dict)
    teams: dict[Text, Team] = Field(default_factory=dict)
    shifts: dict[str, Shift] = Field(default_factory=dict)
    people: dict[Annotated[AgentId, BeforeValidator(as_text), Field(pattern=r"^[0-9]{3,8}$")], Person]

    @field_validator("people")
    @classmethod
    def _somebody(cls, people: dict[AgentId, Person]) -> dict[AgentId, Person]:
        if not people:
            raise ValueError("nobody is listed: add at least one person")
        return people

    def seat_ids(self) -> frozenset[SeatId]:
        """Return all seats."""
        return frozenset(self.seats.ids())

    def team_of(self, agent: AgentId) -> str:
        """Return the key of a person's team ("" when there is none)."""
        person = self.people.get(agent)
        named = person.team if person is not None else ""
        return named or next((key for key, team in self.teams.items() if agent in team.members), "")

    def team_names(self) -> frozenset[str]:
        """Return the keys of all teams, those included that are only named by their people."""
        return frozenset(self.teams) | {person.team for person in self.people.values() if person.team}

    def routing_skills(self, agent: AgentId) -> dict[str, int]:
        """Return somebody's skills as routing sees them: ``team.<key>`` is one, of level 1."""
        team = self.team_of(agent)
        return {**self.people[agent].skills, **({f"team.{team}": 1} if team else {})}

    def planned(self, agent: AgentId, now: float, zone: tzinfo) -> bool | None:
        """Return whether somebody should be at work (epoch seconds); None when no shift speaks of their team.

        ``zone`` counts where a shift names none.
        """
        team = self.team_of(agent)
        shifts = [shift for shift in self.shifts.values() if team in shift.teams]
        return any(shift.cover(now, zone) for shift in shifts) if shifts else None

    def break_by_number(self, number: int) -> str | None:
        """Return the key of the break reason with this number, or None."""
        return next((key for key, reason in self.breaks.items() if reason.number == number), None)

    def department_by_code(self, code: str) -> tuple[str, Department] | None:
        """Return key and department of a two-digit code, or None."""
        return next(((key, d) for key, d in self.departments.items() if d.code == code), None)

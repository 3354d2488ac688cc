"""Agents in three shifts a day, each as large as its busiest hour asks for; who is idle longest takes the next."""

import math
import random
from dataclasses import dataclass, field

from agents import AgentState
from agents.journal import AgentEvent
from agents.states import Cause
from calls.identity import AgentId, CallId, SeatId
from hotline.generated.profile import ENDS, HANDLING_S, HOURS

SEATS = 60
STAFF = 200
SHIFT_H = 8
_BREAK_S = 1800.0


@dataclass(slots=True)
class Agent:
    """Somebody on duty. ``free_at`` is when the next caller can be taken."""

    number: int
    seat: int
    free_at: float
    break_at: float
    had_break: bool = False
    changes: list[AgentEvent] = field(default_factory=list)

    @property
    def id(self) -> AgentId:
        """The agent's id."""
        return AgentId(str(2001 + self.number))

    @property
    def at(self) -> SeatId:
        """The seat's id."""
        return SeatId(str(1001 + self.seat))

    def serves(self, queue: str) -> bool:
        """Whether the agent has the skills that a queue needs."""
        return {"english": 10, "social_insurance": 3, "housing": 4}.get(queue, 1) in (1, *_dividing(self.number))

    def note(self, at: float, state: AgentState, cause: Cause, call: str = "", reason: str = "") -> None:
        """Write a change of state down."""
        self.changes.append(AgentEvent(agent=self.id, at=at, cause=cause, state=state, since=at, seat=self.at,
                                       call=CallId(call), reason=reason))  # fmt: skip

    def rest(self) -> None:
        """Have the break that is due, once nobody is on the line."""
        start = max(self.free_at, self.break_at)
        self.note(start, AgentState.BREAK, Cause.TOOK_BREAK, reason="meal")
        self.note(start + _BREAK_S, AgentState.READY, Cause.WENT_READY)
        self.free_at, self.had_break = start + _BREAK_S, True


def _dividing(number: int) -> tuple[int, ...]:
    return tuple(divisor for divisor in (3, 4, 10) if number % divisor == 0)


class Shift:
    """Those on duty from ``start`` for eight hours."""

    def __init__(self, start: float, first_hour: int, index: int, calls_per_day: float) -> None:
        self.end = start + SHIFT_H * 3600
        size = _size(first_hour, calls_per_day)
        numbers = [(index * 23 + place) % STAFF for place in range(size)]
        self.agents = [
            Agent(number, place, start, start + 9000 + 10800 * place / size) for place, number in enumerate(numbers)
        ]
        for agent in self.agents:
            agent.note(start - 60, AgentState.BREAK, Cause.LOGGED_IN, reason="login")
            agent.note(start, AgentState.READY, Cause.WENT_READY)

    def take(
        self, queue: str, at: float, patience_s: float, chance: random.Random
    ) -> tuple[Agent, float, float] | None:
        """Return who takes a caller who comes into a queue, when their phone rings and when they answer; None when the
        caller hangs up before."""
        for agent in self.agents:
            if not agent.had_break and agent.break_at <= at:
                agent.rest()
        able = [agent for agent in self.agents if agent.serves(queue)] or self.agents
        chosen = min(able, key=lambda agent: (agent.free_at, agent.number))
        rings = max(chosen.free_at, at)
        answers = rings + chance.uniform(1.2, 5.0)
        return None if answers - at > patience_s else (chosen, rings, answers)

    def close(self) -> list[AgentEvent]:
        """Log everybody out, and return what all of them did."""
        for agent in self.agents:
            if not agent.had_break:
                agent.rest()
            agent.note(max(agent.free_at, self.end), AgentState.LOGGED_OUT, Cause.LOGGED_OUT)
        return [change for agent in self.agents for change in agent.changes]


def _size(first_hour: int, calls_per_day: float) -> int:
    """Return how many agents a shift's busiest hour needs: its load, and the root of it for chance."""
    share = max(HOURS[first_hour : first_hour + SHIFT_H]) / sum(HOURS) * ENDS["person"] / sum(ENDS.values())
    load = calls_per_day * share * HANDLING_S / 3600
    return max(2, min(SEATS, math.ceil(load + 1.2 * math.sqrt(load))))

"""The park: callers who hear music until somebody picks them up by a number, those who pick them up, and those who take
talks over.

Who is parked stays in the coroutine of the call (``hotline.passing_on``), which waits here. A number is reserved while
the agent is told it, and counts from the moment the caller is there.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from calls import AgentId, CallId, Clock, Line, SeatId
from calls.targets import Kind, NoTarget, Target

_TELLING_S = 30.0  # a number that was reserved so long ago for somebody who never came is free


@dataclass(slots=True)
class Picker:
    """Who takes a caller from music, or from somebody else's talk, on a line that is up already."""

    agent: AgentId
    seat: SeatId
    line: Line
    failed: asyncio.Event = field(default_factory=asyncio.Event)  # the caller was gone by then


@dataclass(slots=True)
class Spot:
    """A parked caller. Times are epoch seconds."""

    number: int
    call: CallId
    agent: AgentId  # who parked them
    since: float
    until: float  # then they come back
    queue: str = ""
    caller: str = ""
    there: bool = False
    picked: "asyncio.Future[Picker] | None" = None

    @property
    def free_to_take(self) -> bool:
        """Whether somebody can pick the caller up."""
        return self.there and self.picked is not None and not self.picked.done()


class Park:
    """All spots, by number."""

    def __init__(self, spots: int, back_s: float, clock: Clock) -> None:
        """``back_s``: seconds until a caller comes back."""
        self._most, self._back_s, self._clock = spots, back_s, clock
        self._spots: dict[int, Spot] = {}
        self._last = 0

    def reserve(self, call: CallId, agent: AgentId) -> Target:
        """Return the place where an agent parks a caller. Raises ``NoTarget`` when all are taken."""
        now = self._clock.now()
        self._spots = {
            number: spot
            for number, spot in self._spots.items()
            if spot.there or (spot.call != call and now - spot.since <= _TELLING_S)  # whoever was told one came to none
        }
        following = [(self._last + step) % self._most + 1 for step in range(self._most)]  # the one left last comes last
        number = next((number for number in following if number not in self._spots), None)
        if number is None:
            raise NoTarget("talk.park_full", f"all {self._most} park numbers are taken")
        self._last = number
        self._spots[number] = Spot(number, call, agent, now, now + self._back_s)
        return Target(Kind.PARK, str(number))

    def number_of(self, call: CallId) -> int | None:
        """Return where a call is parked, or about to be."""
        return next((spot.number for spot in self._spots.values() if spot.call == call), None)

    def take_place(self, call: CallId, number: int, queue: str, caller: str) -> Spot:
        """The caller is there. Raises ``LookupError`` when that number is not theirs."""
        spot = self._spots.get(number)
        if spot is None or spot.call != call:
            raise LookupError(f"call {call} has no park number {number}")
        spot.queue, spot.caller, spot.there = queue, caller, True
        spot.picked = asyncio.get_running_loop().create_future()
        spot.since = self._clock.now()
        spot.until = max(spot.until, spot.since + 1.0)
        return spot

    def again(self, call: CallId, agent: AgentId, number: int, until: float) -> Target:
        """Keep the place that a caller had before a restart (another one, when it was given away)."""
        there = self._spots.get(number)
        if there is not None and there.call != call:
            return self.reserve(call, agent)
        self._spots[number] = Spot(number, call, agent, self._clock.now(), until)
        return Target(Kind.PARK, str(number))

    def leave(self, spot: Spot) -> Picker | None:
        """The caller is no longer there, and nobody can pick them up any more; return who has."""
        if self._spots.get(spot.number) is spot:
            del self._spots[spot.number]
        picked = spot.picked
        return None if picked is None or picked.cancel() or picked.cancelled() else picked.result()

    def spots(self) -> list[Spot]:
        """Return those who can be picked up, by number."""
        return sorted((spot for spot in self._spots.values() if spot.free_to_take), key=lambda spot: spot.number)

    def find(self, which: str) -> Spot | None:
        """Return who is meant by a number, a call's id or its beginning; "": the only one. None: nobody, or several."""
        spots = self.spots()
        if which and which.isdecimal() and len(which) <= 2:
            spots = [spot for spot in spots if spot.number == int(which)]
        elif which:
            spots = [spot for spot in spots if spot.call.startswith(which)]
        return spots[0] if len(spots) == 1 else None


class Takers:
    """Who is about to take a talk over; one at a time."""

    def __init__(self) -> None:
        self._coming: dict[CallId, Picker] = {}

    def comes(self, call: CallId, picker: Picker) -> Target | None:
        """A supervisor is about to take a call's talk over; return where the caller is to go, None when another one is
        about to."""
        return Target(Kind.SUPERVISOR, picker.agent) if self._coming.setdefault(call, picker) is picker else None

    def stays_away(self, call: CallId, picker: Picker) -> None:
        """Nothing came of it."""
        if self._coming.get(call) is picker:
            del self._coming[call]

    def taken(self, call: CallId) -> Picker | None:
        """Return who takes a call's talk over, and forget it."""
        return self._coming.pop(call, None)


def shown(park: Park) -> list[dict[str, Any]]:
    """Return who is parked, as the control API shows it. Times are epoch seconds."""
    return [
        {"number": spot.number, "call": spot.call, "caller": spot.caller, "agent": spot.agent, "queue": spot.queue,
         "since": spot.since, "until": spot.until}
        for spot in park.spots()
    ]  # fmt: skip

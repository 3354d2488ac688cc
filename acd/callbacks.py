"""Callbacks that keep the caller's place: their law as one table, and the book of those that are not over. Pure.

A caller who is to be called back stays in line with the original arrival; a coroutine of the shell waits for them. When
the turn comes an agent is reserved, and only then is the caller dialled: nobody is called to hear music.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from calls.identity import CallId

NO_CALL = CallId("")


class CallbackState(StrEnum):
    """Where a callback stands."""

    ASKED = "asked"  # the caller wants one; the number is being confirmed
    CONFIRMED = "confirmed"  # promised; the caller is still on the line
    WAITING = "waiting"  # in line (or until the next try is due)
    RESERVED = "reserved"  # an agent is kept free for it
    DIALLING = "dialling"  # the caller's phone is being rung
    TALKING = "talking"  # the caller has answered
    DONE = "done"  # talked to an agent
    FAILED = "failed"  # a fault of ours, or no way to dial
    GIVEN_UP = "given_up"  # not reached in all tries
    CANCELLED = "cancelled"  # not wanted any more: they were served, did not confirm, or a supervisor said so


class CallbackCause(StrEnum):
    """What makes a callback change its state."""

    CONFIRMED = "confirmed"
    CALLER_LEFT = "caller_left"  # hung up, as asked to
    MISSED = "missed"  # hung up while waiting, and is to be called back
    AGENT_RESERVED = "agent_reserved"
    DIALLED = "dialled"
    ANSWERED = "answered"
    NOT_REACHED = "not_reached"  # busy, no answer: another try later
    LEFT_AGAIN = "left_again"  # answered, and hung up before an agent was there: another try later
    TOO_OFTEN = "too_often"  # not reached, and that was the last try
    INTERRUPTED = "interrupted"  # the agent went away, the hours ended, the service restarted: in line again
    TALK_ENDED = "talk_ended"
    REDIALLED = "redialled"  # they called in themselves and were served
    CALLED_OFF = "called_off"  # by a supervisor
    NOT_CONFIRMED = "not_confirmed"
    FAULT = "fault"


S = CallbackState
C = CallbackCause

_UNSERVED = frozenset({S.CONFIRMED, S.WAITING, S.RESERVED, S.DIALLING})
OVER = frozenset({S.DONE, S.FAILED, S.GIVEN_UP, S.CANCELLED})
_TRYING = frozenset({S.DIALLING, S.TALKING})

LAW: tuple[tuple[CallbackCause, frozenset[CallbackState], CallbackState], ...] = (
    # what happens        to a callback that is                leads to
    (C.CONFIRMED, frozenset({S.ASKED}), S.CONFIRMED),
    (C.NOT_CONFIRMED, frozenset({S.ASKED}), S.CANCELLED),
    (C.CALLER_LEFT, frozenset({S.CONFIRMED}), S.WAITING),
    (C.MISSED, frozenset({S.ASKED}), S.WAITING),
    (C.AGENT_RESERVED, frozenset({S.WAITING}), S.RESERVED),
    (C.DIALLED, frozenset({S.RESERVED}), S.DIALLING),
    (C.ANSWERED, frozenset({S.DIALLING}), S.TALKING),
    (C.TALK_ENDED, frozenset({S.TALKING}), S.DONE),
    (C.NOT_REACHED, frozenset({S.DIALLING}), S.WAITING),
    (C.LEFT_AGAIN, frozenset({S.TALKING}), S.WAITING),
    (C.TOO_OFTEN, _TRYING, S.GIVEN_UP),
    (C.INTERRUPTED, frozenset({S.RESERVED, S.DIALLING}), S.WAITING),
    (C.REDIALLED, _UNSERVED, S.CANCELLED),
    (C.CALLED_OFF, _UNSERVED, S.CANCELLED),
    (C.FAULT, frozenset(S) - OVER, S.FAILED),
)
"""The whole law, a row for each cause."""

TABLE: dict[tuple[CallbackState, CallbackCause], CallbackState] = {
    (state, cause): result for cause, states, result in LAW for state in states
}
"""The same by pairs."""


class CallbackError(Exception):
    """A change that the table does not know, or a second callback for one number."""


def next_state(state: CallbackState, cause: CallbackCause) -> CallbackState:
    """Return the state that ``cause`` leads to; raises ``CallbackError`` when the table has no such pair."""
    try:
        return TABLE[state, cause]
    except KeyError:
        raise CallbackError(f"a callback that is {state} cannot change by {cause}") from None


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """How often a caller is tried, and how many seconds lie between two tries."""

    attempts: int = 3
    every_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Callback:
    """One caller to be called back. Times are epoch seconds; ``since`` is the original arrival, which gives the place.

    ``origin`` is the call it comes from, ``call`` the callback's own (the last one when there were several tries).
    """

    id: str
    number: str
    queue: str
    origin: CallId
    since: float
    created_at: float
    missed: bool = False  # they hung up while waiting, and did not ask
    language: str = "zh"
    priority: int = 0
    asked: dict[str, int] = field(default_factory=dict)  # least levels that the flow asked for
    plan: RetryPlan = RetryPlan()
    state: CallbackState = CallbackState.ASKED
    attempts: int = 0  # tries that were dialled
    not_before: float = 0.0
    call: CallId = NO_CALL
    changed_at: float = 0.0

    @property
    def over(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.state in OVER


class CallbackBook:
    """The callbacks that are not over, at most one for a number.

    While a caller is *held* (on the line themselves), nothing is dialled for the number.
    """

    def __init__(self, callbacks: Iterable[Callback] = ()) -> None:
        self._open: dict[str, Callback] = {}
        self._numbers: dict[str, str] = {}
        self._held: dict[str, int] = {}
        for callback in callbacks:
            if not callback.over:
                self._put(callback)

    def __len__(self) -> int:
        return len(self._open)

    def all(self) -> list[Callback]:
        """Return all that are not over, in the order of arrival."""
        return sorted(self._open.values(), key=lambda each: (each.since, each.id))

    def get(self, callback: str) -> Callback | None:
        """Return a callback that is not over."""
        return self._open.get(callback)

    def of_number(self, number: str) -> Callback | None:
        """Return the callback of a number."""
        return self._open.get(self._numbers.get(number, ""))

    def of_call(self, call: CallId) -> Callback | None:
        """Return the callback whose own call this is."""
        return next((each for each in self._open.values() if call and each.call == call), None)

    def add(self, callback: Callback) -> Callback:
        """Take one in. Raises ``CallbackError`` when its number has one already."""
        if callback.number in self._numbers:
            raise CallbackError("this number has a callback already")
        self._put(callback)
        return callback

    def step(self, callback: str, cause: CallbackCause, now: float, *, call: CallId | None = None) -> Callback:
        """Change a callback's state; ``call`` is set with it. Raises ``CallbackError``."""
        one = self._get(callback)
        if cause is CallbackCause.DIALLED and self.held(one.number):
            raise CallbackError("a caller who is on the line is not dialled")
        state = next_state(one.state, cause)
        one = replace(one, state=state, changed_at=now, call=one.call if call is None else call)
        if cause is CallbackCause.DIALLED:
            one = replace(one, attempts=one.attempts + 1)
        self._put(one)
        return one

    def in_line(self, callback: str, call: CallId) -> Callback:
        """Note the callback's own call, under which it now waits."""
        one = replace(self._get(callback), call=call)
        self._put(one)
        return one

    def not_reached(self, callback: str, now: float) -> Callback:
        """The try came to nothing: wait for the next one, at the same place in line, or give up after the last."""
        one = self._get(callback)
        left_again = one.state is CallbackState.TALKING
        if one.attempts >= one.plan.attempts:
            return self.step(callback, CallbackCause.TOO_OFTEN, now)
        cause = CallbackCause.LEFT_AGAIN if left_again else CallbackCause.NOT_REACHED
        one = replace(self.step(callback, cause, now), not_before=now + one.plan.every_s, call=NO_CALL)
        self._put(one)
        return one

    def due_in(self, callback: str, now: float) -> float:
        """Return in how many seconds a callback may be in line (0: now)."""
        return max(0.0, self._get(callback).not_before - now)

    # -- the caller calls in ---------------------------------------------------------------------------------------

    def hold(self, number: str) -> Callback | None:
        """The number calls in: nothing is dialled for it until ``release``. Return its callback, whose arrival counts
        for the caller on the line."""
        self._held[number] = self._held.get(number, 0) + 1
        return self.of_number(number)

    def release(self, number: str) -> None:
        """The number's call is over."""
        left = self._held.get(number, 0) - 1
        if left > 0:
            self._held[number] = left
        else:
            self._held.pop(number, None)

    def held(self, number: str) -> bool:
        """Whether the number is on the line."""
        return number in self._held

    # -- inside ----------------------------------------------------------------------------------------------------

    def _get(self, callback: str) -> Callback:
        one = self._open.get(callback)
        if one is None:
            raise CallbackError(f"there is no open callback {callback!r}")
        return one

    def _put(self, callback: Callback) -> None:
        if callback.over:
            self._open.pop(callback.id, None)
            self._numbers.pop(callback.number, None)
        else:
            self._open[callback.id] = callback
            self._numbers[callback.number] = callback.id

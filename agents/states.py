"""The agent's state machine: its law is one table. A pair that is not in the table is an error.

Where several seconds decide (wrap-up, being put aside), time itself is a cause: ``WRAP_UP_OVER``, ``ASIDE_OVER``.
"""

from enum import StrEnum


class AgentState(StrEnum):
    """Where an agent stands. Only READY is ever offered a caller."""

    LOGGED_OUT = "logged_out"
    READY = "ready"  # waits for a caller
    RESERVED = "reserved"  # a caller is meant for this agent; the phone does not ring yet
    RINGING = "ringing"
    TALKING = "talking"
    ON_HOLD = "on_hold"  # talks, and has put the caller on hold
    CONSULTING = "consulting"  # talks, and a department is being rung or is in the talk
    DIALLING = "dialling"  # rings somebody up; nobody has answered yet
    WRAP_UP = "wrap_up"  # writes up the last call
    BREAK = "break"  # away, with a reason
    UNREACHABLE = "unreachable"  # ready, but the phone is not


class Cause(StrEnum):
    """What makes an agent change state, or is noted without a change."""

    LOGGED_IN = "logged_in"
    LOGGED_OUT = "logged_out"
    MOVED_SEAT = "moved_seat"  # logged in at another seat
    WENT_READY = "went_ready"
    TOOK_BREAK = "took_break"
    RESERVED = "reserved"
    RANG = "rang"
    WITHDRAWN = "withdrawn"  # the caller went away, or the offer was taken back; no fault of the agent
    MISSED = "missed"  # offers were missed until the limit: a break until ready again
    REFUSED = "refused"  # missed, busy, declined or failed: put aside for a short time
    NOT_REACHED = "not_reached"  # ringing showed that the phone cannot be reached
    ASIDE_OVER = "aside_over"
    TALK_BEGAN = "talk_began"
    TALK_ADOPTED = "talk_adopted"  # a restarted service found the talk going on
    PICKED_UP = "picked_up"  # a caller who was parked, or whose talk a supervisor takes over
    HELD = "held"
    CALLED_IN = "called_in"  # a colleague rings them, to be consulted or to take a caller over
    CONSULTED = "consulted"  # a department is being brought in
    TALK_RESUMED = "talk_resumed"  # no hold any more, and no department
    TALK_ENDED = "talk_ended"
    DIALLED_OUT = "dialled_out"
    DIAL_ANSWERED = "dial_answered"
    DIAL_OVER = "dial_over"  # nobody answered; back to ready
    DIAL_OVER_BREAK = "dial_over_break"  # ... back to the break
    DIAL_OVER_WRAP_UP = "dial_over_wrap_up"  # ... back to the wrap-up
    WRAP_UP_OVER = "wrap_up_over"  # by time
    WRAP_UP_ENDED = "wrap_up_ended"  # by the agent, or a supervisor
    WRAP_UP_EXTENDED = "wrap_up_extended"
    SEAT_LOST = "seat_lost"
    SEAT_BACK = "seat_back"
    REPAIRED = "repaired"  # the engine believed in an offer that Asterisk knew nothing of


class DeviceState(StrEnum):
    """What telephony says of a seat's phone."""

    IDLE = "idle"
    IN_USE = "in_use"
    RINGING = "ringing"
    UNREACHABLE = "unreachable"


S = AgentState
C = Cause

OFFERED_STATES = frozenset({S.RESERVED, S.RINGING})
TALK_STATES = frozenset({S.TALKING, S.ON_HOLD, S.CONSULTING})  # somebody is at the other end
ON_LINE_STATES = TALK_STATES | {S.DIALLING}  # what the agent asks for begins afterwards
LOGGED_IN_STATES = frozenset(S) - {S.LOGGED_OUT}
_RESTING = frozenset({S.READY, S.WRAP_UP, S.BREAK, S.UNREACHABLE})  # no caller is meant for this agent

LAW: tuple[tuple[Cause, frozenset[AgentState], AgentState], ...] = (
    # what happens              to somebody who is                        leads to
    # -- the agent, or a supervisor: possible whenever nobody is on the line (else it is kept pending)
    (C.LOGGED_IN, frozenset({S.LOGGED_OUT}), S.BREAK),
    (C.WENT_READY, _RESTING, S.READY),
    (C.TOOK_BREAK, _RESTING | OFFERED_STATES, S.BREAK),
    (C.LOGGED_OUT, _RESTING | OFFERED_STATES, S.LOGGED_OUT),
    (C.MOVED_SEAT, _RESTING, S.BREAK),
    (C.WRAP_UP_ENDED, frozenset({S.WRAP_UP}), S.READY),
    (C.WRAP_UP_EXTENDED, frozenset({S.WRAP_UP}), S.WRAP_UP),
    # -- an offer's way
    (C.RESERVED, frozenset({S.READY}), S.RESERVED),
    (C.RANG, frozenset({S.RESERVED}), S.RINGING),
    (C.CALLED_IN, frozenset({S.READY}), S.RINGING),
    (C.WITHDRAWN, OFFERED_STATES, S.READY),
    (C.REPAIRED, OFFERED_STATES, S.READY),
    (C.MISSED, frozenset({S.RINGING}), S.BREAK),
    (C.REFUSED, frozenset({S.RINGING}), S.BREAK),
    (C.NOT_REACHED, frozenset({S.RINGING}), S.UNREACHABLE),
    (C.ASIDE_OVER, frozenset({S.BREAK}), S.READY),
    # -- a talk's way
    (C.TALK_BEGAN, frozenset({S.RINGING}), S.TALKING),
    (C.TALK_ADOPTED, _RESTING, S.TALKING),
    (C.PICKED_UP, _RESTING, S.TALKING),
    (C.HELD, TALK_STATES, S.ON_HOLD),
    (C.CONSULTED, TALK_STATES, S.CONSULTING),
    (C.TALK_RESUMED, TALK_STATES, S.TALKING),
    (C.TALK_ENDED, TALK_STATES, S.WRAP_UP),
    (C.WRAP_UP_OVER, frozenset({S.WRAP_UP}), S.READY),
    # -- dialling out
    (C.DIALLED_OUT, frozenset({S.READY, S.RESERVED, S.BREAK, S.WRAP_UP, S.UNREACHABLE}), S.DIALLING),
    (C.DIAL_ANSWERED, frozenset({S.DIALLING}), S.TALKING),
    (C.DIAL_OVER, frozenset({S.DIALLING}), S.READY),
    (C.DIAL_OVER_BREAK, frozenset({S.DIALLING}), S.BREAK),
    (C.DIAL_OVER_WRAP_UP, frozenset({S.DIALLING}), S.WRAP_UP),
    # -- the phone
    (C.SEAT_LOST, OFFERED_STATES | {S.READY}, S.UNREACHABLE),
    (C.SEAT_BACK, frozenset({S.UNREACHABLE}), S.READY),
)  # fmt: skip
"""The whole law, a row for each cause."""

TABLE: dict[tuple[AgentState, Cause], AgentState] = {
    (state, cause): result for cause, states, result in LAW for state in states
}
"""The same by pairs."""


class TransitionError(Exception):
    """A change of state that the table does not know."""


def next_state(state: AgentState, cause: Cause) -> AgentState:
    """Return the state that ``cause`` leads to; raises ``TransitionError`` when the table has no such pair."""
    try:
        return TABLE[state, cause]
    except KeyError:
        raise TransitionError(f"an agent who is {state} cannot change by {cause}") from None

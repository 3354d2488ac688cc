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
    WRAP_UP = "wrap_up"  # writes up the last call
    BREAK = "break"  # away, with a reason
    UNREACHABLE = "unreachable"  # ready, but the phone is not


class Cause(StrEnum):
    """What makes an agent change state."""

    LOGGED_IN = "logged_in"
    LOGGED_OUT = "logged_out"
    MOVED_SEAT = "moved_seat"  # logged in at another seat
    WENT_READY = "went_ready"
    TOOK_BREAK = "took_break"
    RESERVED = "reserved"
    RANG = "rang"
    WITHDRAWN = "withdrawn"  # the caller went away, or the offer was taken back; no fault of the agent
    MISSED = "missed"  # the phone rang and was not answered
    REFUSED = "refused"  # busy, declined or failed: put aside for a short time
    NOT_REACHED = "not_reached"  # ringing showed that the phone cannot be reached
    ASIDE_OVER = "aside_over"
    TALK_BEGAN = "talk_began"
    TALK_ADOPTED = "talk_adopted"  # a restarted service found the talk going on
    TALK_ENDED = "talk_ended"
    WRAP_UP_OVER = "wrap_up_over"  # by time
    WRAP_UP_ENDED = "wrap_up_ended"  # by the agent
    SEAT_LOST = "seat_lost"
    SEAT_BACK = "seat_back"


class DeviceState(StrEnum):
    """What telephony says of a seat's phone."""

    IDLE = "idle"
    IN_USE = "in_use"
    RINGING = "ringing"
    UNREACHABLE = "unreachable"


S = AgentState
C = Cause

TABLE: dict[tuple[AgentState, Cause], AgentState] = {
    (S.LOGGED_OUT, C.LOGGED_IN): S.BREAK,
    # -- by the agent: possible whenever no caller is on the line (in a talk it is kept pending)
    (S.BREAK, C.WENT_READY): S.READY,
    (S.READY, C.WENT_READY): S.READY,
    (S.WRAP_UP, C.WENT_READY): S.READY,
    (S.UNREACHABLE, C.WENT_READY): S.READY,
    (S.READY, C.TOOK_BREAK): S.BREAK,
    (S.RESERVED, C.TOOK_BREAK): S.BREAK,
    (S.RINGING, C.TOOK_BREAK): S.BREAK,
    (S.WRAP_UP, C.TOOK_BREAK): S.BREAK,
    (S.BREAK, C.TOOK_BREAK): S.BREAK,
    (S.UNREACHABLE, C.TOOK_BREAK): S.BREAK,
    (S.READY, C.LOGGED_OUT): S.LOGGED_OUT,
    (S.RESERVED, C.LOGGED_OUT): S.LOGGED_OUT,
    (S.RINGING, C.LOGGED_OUT): S.LOGGED_OUT,
    (S.WRAP_UP, C.LOGGED_OUT): S.LOGGED_OUT,
    (S.BREAK, C.LOGGED_OUT): S.LOGGED_OUT,
    (S.UNREACHABLE, C.LOGGED_OUT): S.LOGGED_OUT,
    (S.READY, C.MOVED_SEAT): S.BREAK,
    (S.WRAP_UP, C.MOVED_SEAT): S.BREAK,
    (S.BREAK, C.MOVED_SEAT): S.BREAK,
    (S.UNREACHABLE, C.MOVED_SEAT): S.BREAK,
    (S.WRAP_UP, C.WRAP_UP_ENDED): S.READY,
    # -- an offer's way
    (S.READY, C.RESERVED): S.RESERVED,
    (S.RESERVED, C.RANG): S.RINGING,
    (S.RESERVED, C.WITHDRAWN): S.READY,
    (S.RINGING, C.WITHDRAWN): S.READY,
    (S.RINGING, C.MISSED): S.BREAK,
    (S.RINGING, C.REFUSED): S.BREAK,
    (S.RINGING, C.NOT_REACHED): S.UNREACHABLE,
    (S.BREAK, C.ASIDE_OVER): S.READY,
    # -- a talk's way
    (S.RINGING, C.TALK_BEGAN): S.TALKING,
    (S.READY, C.TALK_ADOPTED): S.TALKING,
    (S.BREAK, C.TALK_ADOPTED): S.TALKING,
    (S.WRAP_UP, C.TALK_ADOPTED): S.TALKING,
    (S.UNREACHABLE, C.TALK_ADOPTED): S.TALKING,
    (S.TALKING, C.TALK_ENDED): S.WRAP_UP,
    (S.WRAP_UP, C.WRAP_UP_OVER): S.READY,
    # -- the phone
    (S.READY, C.SEAT_LOST): S.UNREACHABLE,
    (S.RESERVED, C.SEAT_LOST): S.UNREACHABLE,
    (S.RINGING, C.SEAT_LOST): S.UNREACHABLE,
    (S.UNREACHABLE, C.SEAT_BACK): S.READY,
}

LOGGED_IN_STATES = frozenset(S) - {S.LOGGED_OUT}
OFFERED_STATES = frozenset({S.RESERVED, S.RINGING})


class TransitionError(Exception):
    """A change of state that the table does not know."""


def next_state(state: AgentState, cause: Cause) -> AgentState:
    """Return the state that ``cause`` leads to; raises ``TransitionError`` when the table has no such pair."""
    try:
        return TABLE[state, cause]
    except KeyError:
        raise TransitionError(f"an agent who is {state} cannot change by {cause}") from None

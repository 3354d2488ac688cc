"""A conversation's law is one table: what may happen in which state, what is done then, and where it leads.

A conversation is a caller, an agent, and whoever the agent brings in: the third (a department, another agent), or
several. What it means that one of several leaves, is not reached or is dropped, is a happening of its own. A wish
that the table does not know in a state is refused; a fact that it does not know there changes nothing. ``telephony``
carries the deeds out, ``docs/agents.md`` tells agents.
"""

from enum import StrEnum


class State(StrEnum):
    """Where a conversation stands."""

    TALKING = "talking"  # caller and agent on a two-party bridge
    HELD = "held"  # the caller hears music, the agent nothing
    ASKING = "asking"  # the caller hears music, the agent hears the third ring
    CONSULTING = "consulting"  # agent and third talk, the caller hears music
    SWAPPED = "swapped"  # caller and agent talk, the third hears music
    INVITING = "inviting"  # caller and agent talk on while the third is rung
    MERGED = "merged"  # all in one conference
    HANDED_OVER = "handed_over"  # the agent has left: caller and third talk on
    RETURNED = "returned"  # the agent has left: the caller is the flow's again
    PASSED_ON = "passed_on"  # the agent has left: the caller is on the way to somebody else
    ENDED = "ended"  # the caller has hung up: over for all


class Happening(StrEnum):
    """What may happen. Wishes come from the agent's keys or from an order, facts from the telephones."""

    HOLD = "hold"
    RESUME = "resume"
    CONSULT = "consult"
    INVITE = "invite"  # a third into the talk while caller and agent talk on
    SWAP = "swap"
    MERGE = "merge"
    DROP = "drop"  # one third: the one that is named, else the last
    COMPLETE = "complete"
    TRANSFER = "transfer"
    PARK = "park"
    TAKE = "take"  # a supervisor's: the talk is theirs from now on
    # -- facts
    THIRD_ANSWERED = "third_answered"
    THIRD_FAILED = "third_failed"  # busy, declined, no answer, not to be reached
    THIRD_LEFT = "third_left"  # the last one: hung up, or its line was lost
    ONE_THIRD_LEFT = "one_third_left"  # and another one is still there
    ONE_STILL_RINGS = "one_still_rings"  # the last one has left, and another one is being rung
    ONE_FAILED = "one_failed"  # rung in vain, and another one is there or being rung
    DROP_BESIDE_ONE = "drop_beside_one"  # a DROP, and another one is still there
    DROP_BESIDE_RINGING = "drop_beside_ringing"  # a DROP, and others are only being rung
    AGENT_LEFT = "agent_left"  # hung up
    AGENT_LOST = "agent_lost"  # the phone's network is gone
    CALLER_LEFT = "caller_left"
    SUPERVISOR = "supervisor"  # one joins in, or has left: in no row, for it changes nothing in the talk itself


WISHES = frozenset({
    Happening.HOLD, Happening.RESUME, Happening.CONSULT, Happening.INVITE, Happening.SWAP, Happening.MERGE,
    Happening.DROP, Happening.COMPLETE, Happening.TRANSFER, Happening.PARK, Happening.TAKE,
})  # fmt: skip
"""What agents and orders ask for; the rest are facts."""


class Deed(StrEnum):
    """What is done. Each is a method of ``telephony.conversation.Conversation``."""

    NOTHING = "nothing"
    HOLD = "hold"  # part caller and agent, music for the caller
    RECONNECT = "reconnect"  # caller and agent together again, on a two-party bridge
    RING = "ring"  # ring the third from the agent's line, which hears it ring; the caller hears music
    CONSULT = "consult"  # agent and third talk
    GIVE_UP = "give_up"  # stop ringing or hang up the third; caller and agent together again
    SAY_FAILED = "say_failed"  # caller and agent together again; the agent hears why the third did not come
    SWAP_TO_CALLER = "swap_to_caller"  # the third hears music, caller and agent talk
    SWAP_TO_THIRD = "swap_to_third"  # the caller hears music, agent and third talk
    MERGE = "merge"  # all into one conference
    INVITE = "invite"  # ring a third more into the conference, while the talk goes on
    JOIN = "join"  # who was invited has answered: all into one conference
    STOP_INVITING = "stop_inviting"  # whoever is still being rung is no longer
    WHISPER_FAILED = "whisper_failed"  # the agent alone hears why the third did not come
    DROP = "drop"  # hang up the only third who is there; caller and agent go back to a two-party bridge
    DISMISS = "dismiss"  # hang up, or stop ringing, one third of several; all others talk on where they are
    PAIR = "pair"  # two are left in the conference: back to a two-party bridge
    HAND_OVER = "hand_over"  # caller and thirds together, the agent out
    FORGET = "forget"  # who was invited before the agent left does not come
    TAKE_BACK = "take_back"  # hang up the thirds; the caller is the flow's again
    PASS_ON = "pass_on"  # the agent out, the caller goes where they are passed on to
    PASS_ON_ASKED = "pass_on_asked"  # the same, to the third that was being rung
    PARK = "park"  # the agent hears where, and is out; the caller hears music until somebody picks them up
    TAKE = "take"  # the agent and all thirds out; the caller goes to the supervisor's phone
    QUEUE_AGAIN = "queue_again"  # the same, to the queue that they came from, at the old place
    END = "end"  # hang up all others


S, H, D = State, Happening, Deed
_WITH_CALLER = (S.TALKING, S.HELD)
_OVER_THERE = (S.ASKING, S.CONSULTING, S.SWAPPED)
_LIVE = (*_WITH_CALLER, *_OVER_THERE, S.INVITING, S.MERGED)

LAW: tuple[tuple[tuple[State, ...], Happening, Deed, State], ...] = (
    # in this state                what happens          what is done         leads to
    ((S.TALKING,), H.HOLD, D.HOLD, S.HELD),
    ((S.HELD,), H.RESUME, D.RECONNECT, S.TALKING),
    # -- consulting: the caller hears music
    (_WITH_CALLER, H.CONSULT, D.RING, S.ASKING),
    ((S.ASKING,), H.THIRD_ANSWERED, D.CONSULT, S.CONSULTING),
    ((S.ASKING,), H.THIRD_FAILED, D.SAY_FAILED, S.TALKING),
    ((S.ASKING, S.CONSULTING), H.RESUME, D.GIVE_UP, S.TALKING),
    ((S.ASKING, S.CONSULTING), H.DROP, D.GIVE_UP, S.TALKING),
    ((S.ASKING,), H.COMPLETE, D.PASS_ON_ASKED, S.PASSED_ON),
    ((S.CONSULTING,), H.THIRD_LEFT, D.RECONNECT, S.TALKING),
    ((S.CONSULTING,), H.SWAP, D.SWAP_TO_CALLER, S.SWAPPED),
    ((S.CONSULTING, S.SWAPPED), H.MERGE, D.MERGE, S.MERGED),
    ((S.CONSULTING, S.SWAPPED), H.COMPLETE, D.HAND_OVER, S.HANDED_OVER),
    ((S.SWAPPED,), H.SWAP, D.SWAP_TO_THIRD, S.CONSULTING),
    ((S.SWAPPED,), H.DROP, D.STOP_INVITING, S.TALKING),
    ((S.SWAPPED,), H.THIRD_LEFT, D.NOTHING, S.TALKING),
    # -- three-way at once: caller and agent talk on meanwhile
    ((S.TALKING,), H.INVITE, D.INVITE, S.INVITING),
    ((S.INVITING,), H.THIRD_ANSWERED, D.JOIN, S.MERGED),
    ((S.INVITING,), H.THIRD_FAILED, D.WHISPER_FAILED, S.TALKING),
    ((S.INVITING,), H.ONE_FAILED, D.WHISPER_FAILED, S.INVITING),
    ((S.INVITING,), H.DROP, D.STOP_INVITING, S.TALKING),
    ((S.INVITING,), H.DROP_BESIDE_ONE, D.DISMISS, S.INVITING),  # who is there is about to join
    ((S.INVITING,), H.DROP_BESIDE_RINGING, D.DISMISS, S.INVITING),
    ((S.MERGED,), H.INVITE, D.INVITE, S.MERGED),
    ((S.MERGED,), H.THIRD_ANSWERED, D.JOIN, S.MERGED),
    ((S.MERGED,), H.ONE_FAILED, D.WHISPER_FAILED, S.MERGED),
    ((S.MERGED,), H.DROP, D.DROP, S.TALKING),
    ((S.MERGED,), H.DROP_BESIDE_ONE, D.DISMISS, S.MERGED),
    ((S.MERGED,), H.DROP_BESIDE_RINGING, D.DROP, S.INVITING),
    ((S.MERGED,), H.THIRD_LEFT, D.PAIR, S.TALKING),
    ((S.MERGED,), H.ONE_THIRD_LEFT, D.NOTHING, S.MERGED),
    ((S.MERGED,), H.ONE_STILL_RINGS, D.PAIR, S.INVITING),
    ((S.MERGED,), H.COMPLETE, D.HAND_OVER, S.HANDED_OVER),
    # -- passing on
    (_WITH_CALLER, H.TRANSFER, D.PASS_ON, S.PASSED_ON),
    (_WITH_CALLER, H.PARK, D.PARK, S.PASSED_ON),
    (_LIVE, H.TAKE, D.TAKE, S.PASSED_ON),
    # -- somebody leaves
    (_WITH_CALLER, H.AGENT_LEFT, D.TAKE_BACK, S.RETURNED),
    ((S.INVITING,), H.AGENT_LEFT, D.TAKE_BACK, S.RETURNED),
    ((S.ASKING,), H.AGENT_LEFT, D.PASS_ON_ASKED, S.PASSED_ON),
    ((S.CONSULTING, S.SWAPPED, S.MERGED), H.AGENT_LEFT, D.HAND_OVER, S.HANDED_OVER),
    ((*_WITH_CALLER, S.ASKING, S.INVITING), H.AGENT_LOST, D.QUEUE_AGAIN, S.PASSED_ON),
    ((S.CONSULTING, S.SWAPPED, S.MERGED), H.AGENT_LOST, D.HAND_OVER, S.HANDED_OVER),
    (_LIVE, H.CALLER_LEFT, D.END, S.ENDED),
    # -- the agent has left
    ((S.HANDED_OVER,), H.THIRD_ANSWERED, D.JOIN, S.HANDED_OVER),
    ((S.HANDED_OVER,), H.ONE_FAILED, D.FORGET, S.HANDED_OVER),
    ((S.HANDED_OVER,), H.THIRD_LEFT, D.TAKE_BACK, S.RETURNED),
    ((S.HANDED_OVER,), H.ONE_STILL_RINGS, D.TAKE_BACK, S.RETURNED),
    ((S.HANDED_OVER,), H.ONE_THIRD_LEFT, D.PAIR, S.HANDED_OVER),
    ((S.HANDED_OVER,), H.CALLER_LEFT, D.END, S.ENDED),
)  # fmt: skip
"""The whole law, a row for each happening in a group of states."""

TABLE: dict[tuple[State, Happening], tuple[Deed, State]] = {
    (state, happening): (deed, to) for states, happening, deed, to in LAW for state in states
}
"""The same by pairs."""

OVER = frozenset({S.HANDED_OVER, S.RETURNED, S.PASSED_ON, S.ENDED})
"""The agent has no part in the conversation any more."""


def next_step(state: State, happening: Happening) -> tuple[Deed, State] | None:
    """Return what is done and where it leads, or None: the wish is refused, the fact changes nothing."""
    return TABLE.get((state, happening))


def possible(state: State) -> list[Happening]:
    """Return the wishes that can be fulfilled in a state."""
    return [happening for happening in Happening if happening in WISHES and (state, happening) in TABLE]

"""How a conversation ends, or goes on, whatever happens in it: one table, of which tests are made and docs are printed.

What is *done* stands in ``calls.conversation``; here stands what people notice: who hears whom, what the agent's state
is, and what becomes of the call. ``python -m calls.endings`` prints the part of docs/conversations.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from calls.conversation import Happening, State


class Incident(StrEnum):
    """What may happen to those who have a part in a call."""

    CALLER_HANGS_UP = "the caller hangs up"
    CALLER_LOST = "the caller's network is lost"
    AGENT_HANGS_UP = "the agent hangs up"
    AGENT_REFUSES = "the agent declines"
    AGENT_SILENT = "the agent does not answer"
    AGENT_LOST = "the agent's network is lost"
    THIRD_HANGS_UP = "the third hangs up"
    THIRD_REFUSES = "the third declines"
    THIRD_SILENT = "the third does not answer"
    THIRD_LOST = "the third's network is lost"
    RESTART = "the service dies and is started again"


class Fate(StrEnum):
    """What becomes of the call."""

    GOES_ON = "goes on"
    ENDS = "ends"
    FLOW = "goes on with the flow's next step"
    NEXT = "is the next in the queue, at the old place"
    PASSED = "goes on with the third, who is rung again"
    ABANDONED = "ends: abandoned in the queue"


RINGING = "ringing"
"""Not a state of conversations yet: the caller waits, and an agent's phone rings."""
AFTER = "after"  # the conversation is over for all

_STATES: dict[str, tuple[str, str, str]] = {
    # state: who hear each other, who hears music, the agent's state
    RINGING: ("", "caller", "ringing"),
    State.TALKING: ("caller agent", "", "talking"),
    State.HELD: ("", "caller", "on_hold"),
    State.ASKING: ("", "caller", "consulting"),
    State.CONSULTING: ("agent third", "caller", "consulting"),
    State.SWAPPED: ("caller agent", "third", "consulting"),
    State.INVITING: ("caller agent", "", "consulting"),
    State.MERGED: ("caller agent third", "", "consulting"),
    State.HANDED_OVER: ("caller third", "", "wrap_up"),
    State.PASSED_ON: ("", "caller", "wrap_up"),
    State.RETURNED: ("", "", "wrap_up"),
    State.ENDED: ("", "", "wrap_up"),
    AFTER: ("", "", ""),
}


@dataclass(frozen=True, slots=True)
class Ending:
    """One cell: ``incident`` in ``state`` leads to ``to``. ``agent`` overrides what that state makes of the agent."""

    state: str
    incident: Incident
    to: str
    fate: Fate
    agent: str = ""

    @property
    def together(self) -> str:
        """Who hear each other afterwards: of caller, agent, third."""
        return _STATES[self.to][0]

    @property
    def music(self) -> str:
        """Who hears music afterwards."""
        return _STATES[self.to][1]

    @property
    def agent_state(self) -> str:
        """The agent's state afterwards."""
        return self.agent or _STATES[self.to][2]


E, S, F = Incident, State, Fate
_CALLER_GONE = (E.CALLER_HANGS_UP, E.CALLER_LOST)
_AGENT_GONE = (E.AGENT_HANGS_UP, E.AGENT_LOST)
_THIRD_GONE = (E.THIRD_HANGS_UP, E.THIRD_LOST)
_NOT_TAKEN = (E.THIRD_REFUSES, E.THIRD_SILENT)
_ALONE = (S.TALKING, S.HELD)
_CONNECTED = (S.CONSULTING, S.SWAPPED, S.MERGED)
_LIVE = (*_ALONE, S.ASKING, S.INVITING, *_CONNECTED)

RULES: tuple[tuple[tuple[str, ...], tuple[Incident, ...], str | None, Fate, str], ...] = (
    # in these states        this happens         leads to (None: stays)  the call     the agent, if otherwise
    # -- an agent's phone rings
    ((RINGING,), (E.CALLER_HANGS_UP,), AFTER, F.ABANDONED, "ready"),
    ((RINGING,), (E.AGENT_REFUSES, E.AGENT_SILENT), RINGING, F.NEXT, "break"),
    ((RINGING,), (E.AGENT_LOST,), RINGING, F.NEXT, "break"),
    ((RINGING,), (E.RESTART,), RINGING, F.GOES_ON, ""),
    # -- the caller leaves
    (_LIVE, _CALLER_GONE, S.ENDED, F.ENDS, ""),
    ((S.HANDED_OVER,), _CALLER_GONE, S.ENDED, F.ENDS, ""),
    # -- the agent leaves
    ((*_ALONE, S.INVITING), (E.AGENT_HANGS_UP,), S.RETURNED, F.FLOW, ""),
    ((*_ALONE, S.ASKING, S.INVITING), (E.AGENT_LOST,), S.PASSED_ON, F.NEXT, ""),
    ((S.ASKING,), (E.AGENT_HANGS_UP,), S.PASSED_ON, F.PASSED, ""),
    (_CONNECTED, _AGENT_GONE, S.HANDED_OVER, F.GOES_ON, ""),
    # -- the third does not come, or leaves
    ((S.ASKING, S.INVITING), _NOT_TAKEN, S.TALKING, F.GOES_ON, ""),
    (_CONNECTED, _THIRD_GONE, S.TALKING, F.GOES_ON, ""),
    ((S.HANDED_OVER,), _THIRD_GONE, S.RETURNED, F.FLOW, ""),
    # -- the service dies
    ((*_LIVE, S.HANDED_OVER), (E.RESTART,), None, F.GOES_ON, ""),
)  # fmt: skip

ENDINGS: tuple[Ending, ...] = tuple(
    Ending(state, incident, state if to is None else to, fate, agent)
    for states, incidents, to, fate, agent in RULES
    for state in states
    for incident in incidents
)
"""Every cell. What is not here cannot happen: nobody is there who could do so."""

HAPPENINGS: dict[Incident, Happening] = {
    E.CALLER_HANGS_UP: Happening.CALLER_LEFT,
    E.CALLER_LOST: Happening.CALLER_LEFT,
    E.AGENT_HANGS_UP: Happening.AGENT_LEFT,
    E.AGENT_LOST: Happening.AGENT_LOST,
    E.THIRD_HANGS_UP: Happening.THIRD_LEFT,
    E.THIRD_LOST: Happening.THIRD_LEFT,
    E.THIRD_REFUSES: Happening.THIRD_FAILED,
    E.THIRD_SILENT: Happening.THIRD_FAILED,
}
"""What a conversation takes an incident for; a restart is nothing that happens to it."""

_RECORDED = {
    F.GOES_ON: "goes on in the same file",
    F.ENDS: "whole, from answer to end",
    F.FLOW: "ends with the talk",
    F.NEXT: "ends with the talk; the next has its own",
    F.PASSED: "ends with the talk; the third's has its own",
    F.ABANDONED: "none",
}
_AFTERWARDS = {F.FLOW: "nobody; the caller hears the next step", F.ENDS: "nobody", F.ABANDONED: "nobody"}


def page() -> Iterator[str]:
    """Yield the lines of docs/conversations.md that are made from this table: a section for each state."""
    for state in dict.fromkeys(ending.state for ending in ENDINGS):
        together, music, agent = _STATES[state]
        yield f"### {state.replace('_', ' ').capitalize()}"
        yield f"Hear each other: {_names(together)}. Music: {_names(music)}. The agent: `{agent}`."
        yield ""
        yield "| when | hear each other | music | agent | the call | recording |"
        yield "| --- | --- | --- | --- | --- | --- |"
        for ending in (one for one in ENDINGS if one.state == state):
            hear = _AFTERWARDS.get(ending.fate) or _names(ending.together)
            recorded = "none yet" if state == RINGING else _RECORDED[ending.fate]
            yield (
                f"| {ending.incident} | {hear} | {_names(ending.music)} | `{ending.agent_state}` "
                f"| {ending.fate} | {recorded} |"
            )
        yield ""


def _names(parties: str) -> str:
    names = parties.split()
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names) or "nobody"


if __name__ == "__main__":
    print("\n".join(page()))

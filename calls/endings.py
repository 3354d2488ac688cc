"""How a conversation ends, or goes on, whatever happens in it: one table, of which tests are made and docs are printed.

What is *done* stands in ``calls.conversation``; here stands what people notice: who hears whom, what the agent's state
is, and what becomes of the call. ``python -m calls.endings`` prints the part of docs/conversations.md.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import zip_longest

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


class ThirdIs(StrEnum):
    """Whom the agent brought in."""

    DEPARTMENT = "department"
    COLLEAGUE = "agent"  # one of ours, with a state and a wrap-up of their own


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


@dataclass(frozen=True, slots=True)
class _Standing:
    """What people notice in a state. Names of parties stand one after the other, with spaces between."""

    together: str = ""  # who hear each other
    music: str = ""
    agent: str = ""  # the agent's state
    colleague: str = ""  # the third's, when that is a colleague
    ringback: str = ""  # who hears a phone ring


_STATES: dict[str, _Standing] = {
    RINGING: _Standing("", "caller", "ringing"),
    State.TALKING: _Standing("caller agent", "", "talking"),
    State.HELD: _Standing("", "caller", "on_hold"),
    State.ASKING: _Standing("", "caller", "consulting", "ringing", ringback="agent"),
    State.CONSULTING: _Standing("agent third", "caller", "consulting", "talking"),
    State.SWAPPED: _Standing("caller agent", "third", "consulting", "talking"),
    State.INVITING: _Standing("caller agent", "", "consulting", "ringing"),
    State.MERGED: _Standing("caller agent third", "", "consulting", "talking"),
    State.HANDED_OVER: _Standing("caller third", "", "wrap_up", "talking"),
    State.PASSED_ON: _Standing("", "caller", "wrap_up"),
    State.RETURNED: _Standing("", "", "wrap_up"),
    State.ENDED: _Standing("", "", "wrap_up"),
    AFTER: _Standing(),
}


@dataclass(frozen=True, slots=True)
class Ending:
    """One cell: ``incident`` in ``state`` leads to ``to``. ``agent`` overrides what that state makes of the agent."""

    state: str
    incident: Incident
    to: str
    fate: Fate
    agent: str = ""
    third: ThirdIs = ThirdIs.DEPARTMENT

    @property
    def together(self) -> str:
        """Who hear each other afterwards: of caller, agent, third."""
        return _STATES[self.to].together

    @property
    def music(self) -> str:
        """Who hears music afterwards."""
        return _STATES[self.to].music

    @property
    def ringback(self) -> str:
        """Who hears a phone ring afterwards."""
        return _STATES[self.to].ringback

    @property
    def agent_state(self) -> str:
        """The agent's state afterwards."""
        return self.agent or _STATES[self.to].agent

    @property
    def recording(self) -> str:
        """What becomes of the talk's recording."""
        if self.state == RINGING:
            return "none yet"
        return _RECORDED[self.fate]

    @property
    def colleague_state(self) -> str:
        """The third's state afterwards, when that is a colleague; "" where there is no third."""
        before, after = _STATES[self.state].colleague, _STATES[self.to].colleague
        if self.fate is Fate.PASSED:
            return "ringing"
        if not before or after:
            return after
        if before == "talking":
            return "wrap_up"
        return "break" if self.incident in _NOT_TAKEN else "ready"


E, S, F = Incident, State, Fate
_CALLER_GONE = (E.CALLER_HANGS_UP, E.CALLER_LOST)
_AGENT_GONE = (E.AGENT_HANGS_UP, E.AGENT_LOST)
_THIRD_GONE = (E.THIRD_HANGS_UP, E.THIRD_LOST)
_NOT_TAKEN = (E.THIRD_REFUSES, E.THIRD_SILENT, E.THIRD_LOST)  # whose phone rings
_ALONE = (S.TALKING, S.HELD)
_CONNECTED = (S.CONSULTING, S.SWAPPED, S.MERGED)
_LIVE = (*_ALONE, S.ASKING, S.INVITING, *_CONNECTED)

RULES: tuple[tuple[tuple[str, ...], tuple[Incident, ...], str | None, Fate, str], ...] = (
    # in these states        this happens         leads to (None: stays)  the call     the agent, if otherwise
    # -- an agent's phone rings
    ((RINGING,), _CALLER_GONE, AFTER, F.ABANDONED, "ready"),
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

_OF_A_COLLEAGUE: dict[tuple[str, Incident], tuple[str, Fate]] = {
    # Whoever has been handed the caller has a talk of their own, as the first agent had.
    (S.HANDED_OVER, E.THIRD_LOST): (S.PASSED_ON, F.NEXT),
}
"""What comes out otherwise when the third is a colleague."""

ENDINGS: tuple[Ending, ...] = tuple(
    Ending(state, incident, state if to is None else to, fate, agent)
    for states, incidents, to, fate, agent in RULES
    for state in states
    for incident in incidents
)
"""Every cell, the third being a department. What is not here cannot happen: nobody is there who could do so."""

WITH_COLLEAGUE: tuple[Ending, ...] = tuple(
    replace(ending, third=ThirdIs.COLLEAGUE, to=to, fate=fate)
    for ending in ENDINGS
    if _STATES[ending.state].colleague
    for to, fate in [_OF_A_COLLEAGUE.get((ending.state, ending.incident), (ending.to, ending.fate))]
)
"""Every cell in which there is a third, who is a colleague."""

WHILE_AWAY: tuple[Ending, ...] = tuple(
    ending
    for state in _STATES
    for ending in (*ENDINGS, *WITH_COLLEAGUE)
    if ending.state == state and ending.incident in (E.CALLER_HANGS_UP, E.AGENT_HANGS_UP, E.THIRD_HANGS_UP)
)
"""Every hang-up, when the service has died and is not back yet. When it is, this is what has come of it."""

_HAPPENINGS: dict[Incident, Happening] = {
    E.CALLER_HANGS_UP: Happening.CALLER_LEFT,
    E.CALLER_LOST: Happening.CALLER_LEFT,
    E.AGENT_HANGS_UP: Happening.AGENT_LEFT,
    E.AGENT_LOST: Happening.AGENT_LOST,
    E.THIRD_HANGS_UP: Happening.THIRD_LEFT,
    E.THIRD_LOST: Happening.THIRD_LEFT,
    E.THIRD_REFUSES: Happening.THIRD_FAILED,
    E.THIRD_SILENT: Happening.THIRD_FAILED,
}


def happening_of(ending: Ending) -> Happening | None:
    """Return what a conversation takes an incident for; None: a restart is nothing that happens to it. Whose network is
    lost while the phone rings does not answer."""
    if ending.incident is E.THIRD_LOST and _STATES[ending.state].colleague == "ringing":
        return Happening.THIRD_FAILED
    return _HAPPENINGS.get(ending.incident)


_RECORDED = {
    F.GOES_ON: "goes on in the same file",
    F.ENDS: "whole, from answer to end",
    F.FLOW: "ends with the talk",
    F.NEXT: "ends with the talk; the next has its own",
    F.PASSED: "ends with the talk; the third's has its own",
    F.ABANDONED: "none",
}
_AFTERWARDS = {F.FLOW: "nobody; the caller hears the next step", F.ENDS: "nobody", F.ABANDONED: "nobody"}


_HEAD = ("hear each other", "music", "agent", "a colleague as third", "the call", "recording")


def page() -> Iterator[str]:
    """Yield the lines of docs/conversations.md that are made from this table: a section for each state, and one for
    what happens while the service is away."""
    for state in dict.fromkeys(ending.state for ending in ENDINGS):
        now = _STATES[state]
        yield f"### {_title(state)}"
        rings = " The agent hears the third's phone ring." if now.ringback else ""
        colleague = f" A colleague as third: `{now.colleague}`." if now.colleague else ""
        together, music = _names(now.together), _names(now.music)
        yield f"Hear each other: {together}. Music: {music}. The agent: `{now.agent}`.{colleague}{rings}"
        yield ""
        yield from _table("when", [(_when(one), one) for one in _of(state)])
    yield "### Ended while the service was away"
    yield "What has come of it when the service is back; in the books it happens then."
    yield ""
    away = [one for one in WHILE_AWAY if one.third is ThirdIs.DEPARTMENT]
    yield from _table("in, when", [(f"{_title(one.state)}: {one.incident}", one) for one in away])


def _of(state: str) -> Iterator[Ending]:
    """Yield the cells of a state; where a colleague as third makes a difference, theirs too."""
    for ending, other in zip_longest(
        (one for one in ENDINGS if one.state == state), (one for one in WITH_COLLEAGUE if one.state == state)
    ):
        yield ending
        if other is not None and (other.to, other.fate) != (ending.to, ending.fate):
            yield other


def _when(ending: Ending) -> str:
    return f"{ending.incident} (a colleague)" if ending.third is ThirdIs.COLLEAGUE else str(ending.incident)


def _table(first: str, rows: Iterable[tuple[str, Ending]]) -> Iterator[str]:
    yield f"| {first} | {' | '.join(_HEAD)} |"
    yield "| --- " * (1 + len(_HEAD)) + "|"
    for when, ending in rows:
        hear = _AFTERWARDS.get(ending.fate) or _names(ending.together)
        colleague = f"`{ending.colleague_state}`" if ending.colleague_state else ""
        yield (
            f"| {when} | {hear} | {_names(ending.music)} | `{ending.agent_state}` | {colleague} "
            f"| {ending.fate} | {ending.recording} |"
        )
    yield ""


def _title(state: str) -> str:
    return state.replace("_", " ").capitalize()


def _names(parties: str) -> str:
    names = parties.split()
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names) or "nobody"


if __name__ == "__main__":
    print("\n".join(page()))

"""Reads from the calls' own events what an agent does within a talk: holds it, or brings a department in."""

from dataclasses import dataclass, field

from agents.desk import Desk
from agents.states import AgentState
from calls import timeline as t
from calls.identity import AgentId, CallId
from calls.timeline import Event

_DEPARTMENT = "department:"


@dataclass(slots=True)
class _Talk:
    agent: AgentId
    held: bool = False
    departments: list[str] = field(default_factory=list)  # rung or present; one may be there twice

    @property
    def state(self) -> AgentState:
        if self.held:
            return AgentState.ON_HOLD
        return AgentState.CONSULTING if self.departments else AgentState.TALKING


class TalkWatch:
    """An observer of all calls' events that tells the floor how the talks stand."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._talks: dict[CallId, _Talk] = {}

    def observe(self, event: Event) -> None:
        """Take an event of any call."""
        if isinstance(event, t.Connected):
            self._talks[event.call] = _Talk(event.agent)
            return
        talk = self._talks.get(event.call)
        if talk is None:
            return
        if isinstance(event, t.TalkEnded | t.CallEnded):
            del self._talks[event.call]
            return
        match event:
            case t.Held(by="agent"):
                talk.held = True
            case t.Unheld(by="agent"):
                talk.held = False
            case t.PartyInvited() if event.party.startswith(_DEPARTMENT):
                talk.departments.append(event.party)
            case t.PartyLeft() if event.party in talk.departments:
                talk.departments.remove(event.party)
            case _:
                return
        self._desk.in_talk(talk.agent, event.call, talk.state)

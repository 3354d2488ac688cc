"""Reads from the calls' own events what an agent does within a talk: holds it, or brings others in."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from agents.desk import Desk
from agents.states import AgentState
from calls import timeline as t
from calls.identity import AgentId, CallId
from calls.timeline import Event

_OTHERS = ("department:", "agent:")  # whom an agent may bring in


@dataclass(slots=True)
class _Talk:
    agent: AgentId
    held: bool = False  # by order or code: nobody is there but those who are consulted
    held_by_phone: bool = False  # with the phone's own hold: nobody hears the agent
    others: list[str] = field(default_factory=list)  # rung or present; one may be there twice

    @property
    def state(self) -> AgentState:
        if self.held_by_phone:
            return AgentState.ON_HOLD
        if self.others:
            return AgentState.CONSULTING
        return AgentState.ON_HOLD if self.held else AgentState.TALKING


class TalkWatch:
    """An observer of all calls' events that tells the floor how the talks stand."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._talks: dict[CallId, _Talk] = {}

    def observe(self, event: Event) -> None:
        """Take an event of any call."""
        talk = self._heed(event)
        if talk is not None:
            self._desk.in_talk(talk.agent, event.call, talk.state)

    def take_up(self, events: Iterable[Event]) -> None:
        """Take what calls have lived whose talks a former service watched; only how they stand now is told."""
        calls = set()
        for event in events:
            self._heed(event)
            calls.add(event.call)
        for call in calls & self._talks.keys():
            talk = self._talks[call]
            self._desk.in_talk(talk.agent, call, talk.state)

    def _heed(self, event: Event) -> _Talk | None:
        """Take an event; return the talk when something has changed in it."""
        if isinstance(event, t.Connected):
            self._talks[event.call] = _Talk(event.agent)
            return None
        talk = self._talks.get(event.call)
        if talk is None:
            return None
        if isinstance(event, t.TalkEnded | t.CallEnded):
            if isinstance(event, t.CallEnded) or event.agent == talk.agent:  # else: a colleague who was called in
                del self._talks[event.call]
            return None
        match event:
            case t.Held(by="agent", by_phone=False):
                talk.held = True
            case t.Unheld(by="agent", by_phone=False):
                talk.held = False
            case t.Held(by="agent"):
                talk.held_by_phone = True
            case t.Unheld(by="agent"):
                talk.held_by_phone = False
            case t.PartyInvited() if event.party.startswith(_OTHERS):
                talk.others.append(event.party)
            case t.PartyLeft() if event.party in talk.others:
                talk.others.remove(event.party)
            case _:
                return None
        return talk

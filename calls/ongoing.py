"""The talk that goes on in a call, read off its events: what a restarted service must know to carry it on."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from calls import timeline as t
from calls.conversation import State
from calls.event import Event
from calls.identity import AgentId, SeatId
from calls.recording_events import (
    ConsultRecordingEnded,
    ConsultRecordingStarted,
    RecordingContinued,
    RecordingPaused,
    RecordingStarted,
)
from calls.talk_events import PartyAnswered

_THIRDS = ("department:", "agent:")  # whom an agent brings in
_SUPERVISOR = "supervisor:"


@dataclass(slots=True)
class OngoingThird:
    """Somebody whom the agent has brought in, or has rung. ``channel`` is its unique id, "" before it answers."""

    party: str
    channel: str = ""
    joined: bool = False  # heard by the caller


@dataclass(slots=True)
class OngoingTalk:
    """A caller's talk with an agent. ``recording`` and ``consult_recording`` (of what agent and third say without the
    caller) are the files, as the timeline names them ("": none)."""

    agent: AgentId
    seat: SeatId
    held: bool = False
    thirds: list[OngoingThird] = field(default_factory=list)
    recording: str = ""
    consult_recording: str = ""
    paused: bool = False
    supervisors: list[str] = field(default_factory=list)  # parties who have joined in

    @property
    def state(self) -> State:
        """Where it stands."""
        if any(third.joined for third in self.thirds):
            return State.MERGED
        if any(third.channel for third in self.thirds):
            return State.CONSULTING if self.held else State.SWAPPED
        if self.thirds:
            return State.ASKING if self.held else State.INVITING
        return State.HELD if self.held else State.TALKING

    def heed(self, event: Event) -> None:
        """Take what happened in the talk."""
        match event:
            case t.Held(by_phone=False):
                self.held = True
            case t.Unheld(by_phone=False):
                self.held = False
            case t.PartyJoined() if event.party.startswith(_SUPERVISOR):
                self.supervisors.append(event.party)
            case t.PartyLeft() if event.party in self.supervisors:
                self.supervisors.remove(event.party)
            case t.PartyInvited() if event.party.startswith(_THIRDS):
                self.thirds.append(OngoingThird(event.party))
            case PartyAnswered() if (third := self._first(event.party, there=False)) is not None:
                third.channel = event.channel
            case t.PartyJoined() if (third := self._first(event.party, there=True)) is not None:
                third.joined = True
                self.thirds.remove(third)
                self.thirds.append(third)  # who joined last is the last
            case t.PartyLeft() if (third := self._first(event.party, there=event.reason == "hang_up")) is not None:
                self.thirds.remove(third)
            case ConsultRecordingStarted():
                self.consult_recording = event.path
            case ConsultRecordingEnded():
                self.consult_recording = ""
            case _:
                pass

    def _first(self, party: str, *, there: bool) -> OngoingThird | None:
        return next((third for third in self.thirds if third.party == party and bool(third.channel) is there), None)


def ongoing_talk(events: Iterable[Event]) -> OngoingTalk | None:
    """Fold one call's events, in order, into the talk with an agent that goes on; None: there is none."""
    talk: OngoingTalk | None = None
    recording, paused = "", False  # of the call: a colleague who takes the caller over goes on with it
    for event in events:
        match event:
            case RecordingStarted():
                recording, paused = event.path, False
            case RecordingPaused():
                paused = True
            case RecordingContinued():
                paused = False
            case t.Connected():
                talk = OngoingTalk(event.agent, event.seat)
            case t.PartyLeft(party="agent") | t.CallEnded():
                talk = None
            case t.TalkEnded() if talk is not None and talk.agent == event.agent:
                talk = None
            case _ if talk is not None:
                talk.heed(event)
            case _:
                pass
    if talk is not None:
        talk.recording, talk.paused = recording, paused
    return talk

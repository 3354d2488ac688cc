"""Where a call stands, read off its events: what a restarted service must know to go on, and how a call ended."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from calls import timeline as t
from calls.call import Outcome
from calls.identity import AgentId, SeatId
from calls.recording_events import ConsultRecordingStarted, RecordingStarted, RecordingStored
from calls.talk_events import Parked, Unparked
from calls.timeline import Event


class Stage(StrEnum):
    """The part of a call's way it has reached."""

    MENU = "menu"  # in a flow
    WAITING = "waiting"  # in a queue
    RINGING = "ringing"  # in a queue, an agent's phone rings
    DIALLING = "dialling"  # an agent has dialled somebody, who has not answered yet
    TALKING = "talking"  # with an agent
    HANDED_OVER = "handed_over"  # with a department, without an agent (any more)
    PARKED = "parked"  # the agent is gone, the caller hears music until somebody picks them up
    AFTER_TALK = "after_talk"  # the agent is gone, the flow goes on
    ENDED = "ended"


@dataclass(slots=True)
class Standing:
    """Where a call stands. Fields below ``stage`` keep their last known value."""

    stage: Stage = Stage.MENU
    flow: str = ""
    step: str = ""
    returns: list[str] = field(default_factory=list)  # where open calls of steps go on, as in ``StepEntered``
    language: str = ""
    subject: str = ""
    values: dict[str, str] = field(default_factory=dict)  # of the call's variables, but for secret ones
    tags: list[str] = field(default_factory=list)
    queue: str = ""
    needs: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)  # by the flow, on top of the queue's needs
    priority: int = 0
    since: float | None = None
    agent: AgentId | None = None
    seat: SeatId | None = None
    talked: bool = False
    parked: int = 0  # the number to pick them up by
    parked_until: float = 0.0
    outbound: bool = False  # an agent called: the line is the seat's
    callback: bool = False  # they are to be called back
    called_back: bool = False  # the hotline called: the line is the caller's all the same
    message_left: bool = False
    delivered: bool = False
    message_box: str = ""  # of the message being spoken
    message_path: str = ""  # "" when none is being spoken
    step_done: bool = False  # the step has done its work: whoever resumes the flow goes on behind it
    recordings: list[str] = field(default_factory=list)  # started and not stored yet
    consults: list[str] = field(default_factory=list)  # the same, of talks without the caller

    @property
    def unstored(self) -> list[str]:
        """Every recording and message that is started and not stored yet."""
        return [*self.recordings, *self.consults]


_STEPS_BEHIND = (Stage.WAITING, Stage.RINGING, Stage.AFTER_TALK, Stage.HANDED_OVER)  # a further step leaves these


def standing_of(events: Iterable[Event]) -> Standing:  # noqa: PLR0912, PLR0915 - one flat fold, a case per event
    """Fold one call's events, in order, into where it stands."""
    s = Standing()
    for event in events:
        match event:
            case t.StepEntered():
                s.flow, s.step, s.returns, s.step_done = event.flow, event.step, list(event.returns), False
                s.stage = Stage.MENU if s.stage in _STEPS_BEHIND else s.stage
            case t.CallPlaced():
                s.stage, s.outbound, s.agent, s.seat = Stage.DIALLING, True, event.agent, event.seat
            case t.CallbackPlaced():
                s.called_back = True
            case t.CallbackChanged():
                s.callback = s.callback or event.state == "confirmed"
            case t.DigitsEntered() if event.into:
                s.values[event.into] = event.digits
            case t.ValuesSet():
                s.values |= event.values
                s.tags += [tag for tag in event.tags if tag not in s.tags]
            case t.LanguageChosen():
                s.language = event.language
            case t.SubjectNoted():
                s.subject = event.subject
            case t.ServiceDelivered():
                s.delivered = True
            case t.PassedOn():
                s.stage, s.delivered = Stage.HANDED_OVER, True
            case t.Queued():
                s.stage, s.queue, s.needs = Stage.WAITING, event.queue, dict(event.needs)
                s.priority, s.since, s.asked = event.priority, event.since, dict(event.asked)
            case t.Offered():
                s.stage, s.agent, s.seat = Stage.RINGING, event.agent, event.seat
            case t.OfferFailed() if s.stage is Stage.RINGING:
                s.stage, s.agent, s.seat = Stage.WAITING, None, None
            case t.Connected():
                s.stage, s.talked, s.agent, s.seat = Stage.TALKING, True, event.agent, event.seat
            case t.Dequeued() if event.reason != "digit" and event.to != "callback":
                s.stage = Stage.MENU  # others are being asked where to call them back, and keep the place meanwhile
            case t.TalkEnded():
                s.stage = Stage.AFTER_TALK
            case Parked():
                s.stage, s.agent, s.parked, s.parked_until = Stage.PARKED, event.agent, event.number, event.until
            case Unparked():
                s.stage = Stage.AFTER_TALK
            case t.PartyLeft() if event.party == "agent":
                s.stage = Stage.HANDED_OVER
            case RecordingStarted():
                s.recordings.append(event.path)
            case ConsultRecordingStarted():
                s.consults.append(event.path)
            case t.MessageStarted():
                s.message_box, s.message_path = event.box, event.path
            case t.MessageLeft():
                s.message_left, s.message_path, s.step_done = True, "", True
                s.recordings.append(event.path)
            case RecordingStored() if event.path in s.recordings:
                s.recordings.remove(event.path)
            case RecordingStored() if event.path in s.consults:
                s.consults.remove(event.path)
            case t.CallEnded():
                s.stage = Stage.ENDED
            case _:
                pass
    return s


def outcome_of(standing: Standing) -> Outcome:
    """Return how a call that ends where it stands has ended."""
    if standing.talked:
        return Outcome.ANSWERED
    if standing.outbound or standing.called_back:
        return Outcome.NO_ANSWER
    if standing.callback:
        return Outcome.CALLBACK
    if standing.message_left:
        return Outcome.VOICEMAIL
    if standing.stage in (Stage.WAITING, Stage.RINGING):
        return Outcome.ABANDONED_QUEUE
    return Outcome.SELF_SERVED if standing.delivered else Outcome.ABANDONED_MENU

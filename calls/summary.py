"""A call's figures, folded from its timeline: one place where waiting, ringing, talking, hold and wrap-up are defined.

All durations are seconds. *Waiting* runs from ``Queued`` to ``Connected`` (or to leaving the queue, or to the end);
*ringing* is the part of waiting during which an offer rang (of an outbound call: from dialling to the answer, or to
giving up); *talking* runs from ``Connected`` to the agent's
``TalkEnded`` and contains *hold*.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from calls import timeline as t
from calls.call import Outcome
from calls.recording_events import RecordingStarted, RecordingStored


@dataclass(slots=True)
class Summary:
    """What one call came to; fields are None or zero until the timeline tells."""

    caller: str = ""
    caller_name: str = ""
    dialled: str = ""
    direction: str = "inbound"  # or "outbound": an agent called, or "callback": the hotline called back
    language: str = "zh"
    subject: str = ""  # what it is about, in words
    tags: list[str] = field(default_factory=list)  # words that the flow gave it, in order
    arrived_at: float = 0.0
    ended_at: float | None = None
    menu_left_at: float | None = None  # the last key (or silence) asked for before the queue; None: nothing was asked
    queued_at: float | None = None  # first asked for a person
    needs: dict[str, int] = field(default_factory=dict)  # skill -> least level, when first queued
    told_at: float | None = None  # when first told how long the wait would be
    told_wait_s: float | None = None  # what was told
    connected_at: float | None = None  # first talked to a person, of those who asked for one
    queue: str = ""
    agent: str = ""  # the last agent who talked
    seat: str = ""
    agents: list[str] = field(default_factory=list)  # all who talked, in order
    departments: list[str] = field(default_factory=list)  # departments that joined
    offers: int = 0
    waiting_s: float = 0.0
    ringing_s: float = 0.0
    talking_s: float = 0.0
    hold_s: float = 0.0
    wrap_up_s: float = 0.0
    recording: str = ""  # relative path
    recording_s: float | None = None
    recording_sha256: str = ""
    message: str = ""  # relative path of a voicemail
    message_box: str = ""
    message_s: float | None = None
    message_sha256: str = ""
    services: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)  # to questions after the talk: name -> key pressed
    satisfied: bool | None = None  # what the caller said of the talk; None: nothing
    ticket: str = ""
    outcome: Outcome | None = None
    resumed: int = 0


def summarise(events: Iterable[t.Event]) -> Summary:  # noqa: PLR0912, PLR0915 - one flat fold, a case per event
    """Fold one call's events (in order) into its figures. An unfinished call gives what is known so far."""
    s = Summary()
    waits_since: float | None = None
    rung_at: float | None = None
    connected_at: float | None = None
    held_at: float | None = None

    def stop_ringing(at: float) -> None:
        nonlocal rung_at
        if rung_at is not None:
            s.ringing_s += max(0.0, at - rung_at)
            rung_at = None

    def stop_waiting(at: float) -> None:
        nonlocal waits_since
        stop_ringing(at)
        if waits_since is not None:
            s.waiting_s += max(0.0, at - waits_since)
            waits_since = None

    def stop_hold(at: float) -> None:
        nonlocal held_at
        if held_at is not None:
            s.hold_s += max(0.0, at - held_at)
            held_at = None

    def stop_talking(at: float) -> None:
        nonlocal connected_at
        stop_hold(at)
        if connected_at is not None:
            s.talking_s += max(0.0, at - connected_at)
            connected_at = None

    for event in events:
        match event:
            case t.CallArrived():
                s.caller, s.caller_name, s.dialled = event.caller, event.caller_name, event.dialled
                s.arrived_at = event.at
            case t.CallPlaced():
                s.direction, s.caller, s.dialled = "outbound", event.caller, event.dialled
                s.agent, s.seat, s.ticket = event.agent, event.seat, event.ticket
                s.arrived_at = rung_at = event.at
            case t.CallbackPlaced():
                s.direction, s.caller, s.dialled = "callback", event.caller, event.dialled
                s.arrived_at = event.at
            case t.CallResumed():
                s.resumed += 1
            case t.LanguageChosen():
                s.language = event.language
            case t.SubjectNoted():
                s.subject = event.subject
            case t.ValuesSet():
                s.tags += [tag for tag in event.tags if tag not in s.tags]
            case t.PassedOn():
                s.departments.append(event.party)
            case t.SurveyAnswered():
                s.answers[event.question] = event.answer
                s.satisfied = s.satisfied if event.satisfied is None else event.satisfied
            case t.ServiceDelivered():
                s.services.append(event.service)
            case t.DigitsEntered() if s.queued_at is None:
                s.menu_left_at = event.at
            case t.Queued():
                s.queue = event.queue
                if s.queued_at is None:
                    s.queued_at, s.needs = event.at, dict(event.needs)
                waits_since = event.at if waits_since is None else waits_since
            case t.Offered():
                s.offers += 1
                rung_at = event.at
            case t.OfferFailed():
                stop_ringing(event.at)
            case t.PlaceAnnounced() if event.wait_s is not None and s.told_wait_s is None:
                s.told_at, s.told_wait_s = event.at, event.wait_s
            case t.Connected():
                stop_waiting(event.at)
                if s.queued_at is not None and s.connected_at is None:
                    s.connected_at = event.at
                s.agent, s.seat = event.agent, event.seat
                s.agents.append(event.agent)
                connected_at = event.at
            case t.Dequeued():
                stop_waiting(event.at)
            case t.Held():
                held_at = event.at if held_at is None and connected_at is not None else held_at
            case t.Unheld():
                stop_hold(event.at)
            case t.PartyJoined() if event.party.startswith("department:"):
                s.departments.append(event.party.removeprefix("department:"))
            case t.TalkEnded():
                stop_talking(event.at)
            case RecordingStarted():
                s.recording = event.path
            case RecordingStored() if event.path == s.message:
                s.message_sha256 = event.sha256
            case RecordingStored(what="consult"):
                pass  # beside the talk, which the call is known by
            case RecordingStored():
                s.recording, s.recording_s, s.recording_sha256 = event.path, event.duration_s, event.sha256
            case t.MessageLeft():
                s.message, s.message_box, s.message_s = event.path, event.box, event.duration_s
            case t.WrapUpEnded():
                s.wrap_up_s += event.seconds
            case t.TicketOpened():
                s.ticket = event.ticket
            case t.CallEnded():
                stop_waiting(event.at)
                stop_talking(event.at)
                s.ended_at, s.outcome = event.at, event.outcome
            case _:
                pass
    return s

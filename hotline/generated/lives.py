"""One call's events, from the ring to the end."""

import math
import random
from dataclasses import dataclass

from agents import AgentState
from agents.states import Cause
from calls import timeline as t
from calls.call import Outcome
from calls.identity import CallId
from hotline.generated import profile
from hotline.generated.staff import Agent, Shift


@dataclass(slots=True)
class Visit:
    """A caller on the way in: what they want, and, of those who want a person, when they come into which queue."""

    call: CallId
    arrived_at: float
    wants: str
    queue: str = ""
    queued_at: float = 0.0


def visit(call: str, at: float, chance: random.Random) -> Visit:
    """Return what a caller wants."""
    made = Visit(CallId(call), at, profile.pick(chance, profile.ENDS))
    if made.wants == "person":
        made.queue = profile.pick(chance, profile.QUEUES)
        made.queued_at = round(at + 2 + chance.gammavariate(3, 2.5), 3)
    return made


def life(visit: Visit, number: str, shift: Shift, chance: random.Random) -> list[t.Event]:
    """Return all events of a call."""
    call, at = visit.call, visit.arrived_at
    events: list[t.Event] = [
        t.CallArrived(call=call, at=at, caller=number, caller_name="", dialled="12345", node="a1", unique_id=call),
        t.StepEntered(call=call, at=at, flow="12345", step="welcome"),
    ]
    events += _with_a_person(visit, shift, chance) if visit.queue else _alone(visit, chance)
    return events


def _digits(call: CallId, at: float, step: str, digits: str) -> t.Event:
    return t.DigitsEntered(call=call, at=at, flow="12345", step=step, digits=digits, verdict="match")


def _alone(visit: Visit, chance: random.Random) -> list[t.Event]:
    call, at = visit.call, visit.arrived_at
    pressed = at + chance.uniform(2, 9)
    end = pressed + chance.uniform(15, 90)
    menu: list[t.Event] = [
        _digits(call, pressed, "welcome", "2"), t.StepEntered(call=call, at=pressed, flow="12345", step="self_service")
    ]  # fmt: skip
    if visit.wants == "self":
        service = profile.one_of(chance, ("guide_insurance", "guide_hours", "guide_card"))
        done = t.ServiceDelivered(call=call, at=end - 5, service=service)
        return [*menu, done, _end(call, end, Outcome.SELF_SERVED)]
    if visit.wants == "message":
        left = t.MessageLeft(call=call, at=end, box="mayor", path=f"generated/{call}.wav", duration_s=end - pressed,
                             end="caller")  # fmt: skip
        return [*menu, left, _end(call, end, Outcome.VOICEMAIL)]
    if visit.wants == "passed_on":
        return [
            _digits(call, pressed, "welcome", "3"),
            t.PassedOn(call=call, at=pressed + 8, party="water", number="5550108"),
            _end(call, end + 60, Outcome.SELF_SERVED),
        ]
    outcome = Outcome.FAILED if visit.wants == "failed" else Outcome.ABANDONED_MENU
    return [_end(call, pressed, outcome)]


def _with_a_person(visit: Visit, shift: Shift, chance: random.Random) -> list[t.Event]:
    call, at, queue = visit.call, visit.queued_at, visit.queue
    step = "person_en" if queue == "english" else "person"
    events: list[t.Event] = [
        _digits(call, at - 1, "welcome", "1"),
        t.StepEntered(call=call, at=at - 1, flow="12345", step=step),
        t.Queued(call=call, at=at, queue=queue, needs=profile.NEEDS[queue], priority=0, since=at),
    ]
    patience = chance.uniform(0, 5) if chance.random() < 0.01 else 20 + chance.expovariate(1 / 120)
    taken = shift.take(queue, at, patience, chance)
    if taken is None:
        return [*events, _end(call, at + patience, Outcome.ABANDONED_QUEUE)]
    agent, rings, answers = taken
    events += _told(call, at, rings, chance)
    subject = profile.one_of(chance, profile.SUBJECTS[queue])
    talk_s = 8 + chance.lognormvariate(4.9, 0.6)
    events += [
        t.SubjectNoted(call=call, at=at, subject=subject, source="step"),
        t.Offered(call=call, at=rings, offer=f"o-{call}", agent=agent.id, seat=agent.at),
        t.Connected(call=call, at=answers, agent=agent.id, seat=agent.at),
        *_talk(visit, agent, answers, talk_s, chance),
    ]
    return events + _after(call, agent, (rings, answers, answers + talk_s), chance)


def _told(call: CallId, at: float, rings: float, chance: random.Random) -> list[t.Event]:
    """Return what a caller is told after ten seconds in line: whole minutes, rounded up, of a wait well or badly
    guessed."""
    told_at = at + 10
    if rings <= told_at:
        return []
    guessed_s = (rings - told_at) * chance.lognormvariate(0, 0.5)
    return [
        t.PlaceAnnounced(call=call, at=told_at, place=1 + int(guessed_s / 20), wait_s=60.0 * math.ceil(guessed_s / 60))
    ]


def _talk(visit: Visit, agent: Agent, begins: float, talk_s: float, chance: random.Random) -> list[t.Event]:
    """Return what happens in a talk: some have a department in it."""
    if chance.random() >= profile.THREE_WAY:
        return []
    call, department = visit.call, profile.one_of(chance, profile.DEPARTMENTS[visit.queue])
    party, joins, leaves = f"department:{department}", begins + talk_s * 0.3, begins + talk_s * 0.9
    return [
        t.PartyInvited(call=call, at=begins + talk_s * 0.2, party=department, number="5550100"),
        t.PartyJoined(call=call, at=joins, party=party),
        t.PartyLeft(call=call, at=leaves, party=party),
    ]


def _after(call: CallId, agent: Agent, times: tuple[float, float, float], chance: random.Random) -> list[t.Event]:
    """Return the end of a talk, the caller's answer and the wrap-up; note what the agent does meanwhile. ``times`` are
    those of the phone's ringing, the answer, and the talk's end."""
    rings, answers, ends = times
    wrap_up_s = min(60.0, chance.gammavariate(2, 8))
    asked = chance.random() < 0.5
    events: list[t.Event] = [t.TalkEnded(call=call, at=ends, agent=agent.id, by="agent" if asked else "caller")]
    end = ends
    if asked:
        end = ends + chance.uniform(4, 12)
        key = profile.pick(chance, {"1": 88.0, "2": 10.6, "3": 1.4})
        events.append(
            t.SurveyAnswered(call=call, at=end - 1, question="satisfaction", answer=key, satisfied=key != "3")
        )
    events.append(_end(call, end, Outcome.ANSWERED))
    wrapped = t.WrapUpEnded(call=call, at=ends + wrap_up_s, agent=agent.id, seconds=wrap_up_s)
    agent.note(rings, AgentState.RESERVED, Cause.RESERVED, call)
    agent.note(rings, AgentState.RINGING, Cause.RANG, call)
    agent.note(answers, AgentState.TALKING, Cause.TALK_BEGAN, call)
    agent.note(ends, AgentState.WRAP_UP, Cause.TALK_ENDED, call)
    agent.note(ends + wrap_up_s, AgentState.READY, Cause.WRAP_UP_OVER)
    agent.free_at = ends + wrap_up_s
    return sorted([*events, wrapped], key=lambda event: event.at)


def _end(call: CallId, at: float, outcome: Outcome) -> t.Event:
    return t.CallEnded(call=call, at=at, outcome=outcome, cause="caller")

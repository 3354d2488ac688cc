"""JSON Schema of ``directory.yaml``, for editors; the words beside its keys."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from agents import Directory
from ivr.key_help import help_of
from ivr.schema import schema_of

_WORDS: Mapping[str, str] = {
    "Directory.version": "The version of this form: 1.",
    "Directory.seats": "The numbers of the seats, the first and the last.",
    "Directory.skills": "The skills there are, each with its name. Levels: 1 some, 3 sound, 5 expert.",
    "Directory.queues": "The queues, each under a key of its own that flows name.",
    "Directory.departments": "The departments behind the hotline, each under a key that flows and agents name.",
    "Directory.voicemail": "The voicemail boxes, each under a key that flows name in 'box:'.",
    "Directory.breaks": "The reasons for breaks; *13 and the number.",
    "Directory.teams": "The teams there are.",
    "Directory.shifts": "Which teams should be at work when.",
    "Directory.people": "Who answers calls, by the number they log in with.",
    "Seats.first": "The first seat's number.",
    "Seats.last": "The last seat's number.",
    "Queue.needs": "The skills an agent must have, each with its least level, or an expression.",
    "Queue.wishes": "What an agent should have if possible.",
    "Queue.relax": "What is asked for instead when the caller has waited so long.",
    "Queue.strategy": "Who of several free agents is chosen.",
    "Queue.last_agent": "Whether a caller who calls again is held for the agent they talked to.",
    "Queue.service_level_s": "Seconds within which callers are to be answered.",
    "Queue.ring_s": "Seconds for which a seat rings.",
    "Queue.wrap_up_s": "Seconds an agent has after each talk.",
    "Queue.announce_after_s": "Seconds of waiting before the place is first announced.",
    "Queue.announce_every_s": "Seconds from one announcement to the next.",
    "Queue.max_wait_s": "Seconds after which waiting ends.",
    "Queue.max_length": "So many callers wait at most.",
    "Queue.overflow": "Where callers go when a limit is reached: the first that holds.",
    "Queue.callback": "Whether callers may ask to be called back instead of waiting; not offered unless given.",
    "Queue.music": "The music while waiting.",
    "Queue.record_consults": "Of recorded talks, also what agents and those whom they consult say without the caller.",
    "Queue.code": "One digit: an agent in a talk keys it to consult whoever of the queue is free, or to pass on to it.",
    "WishRule.that": "What is wished for, as an expression.",
    "WishRule.weight": "How much it counts.",
    "WishRule.hold_s": "Seconds for which only agents who have it are rung.",
    "Relaxation.after_s": "After so many seconds of waiting.",
    "Relaxation.lower": "Skills whose level may be lower from then on.",
    "Relaxation.add": "Who may serve, too: an expression, or queue:<key>, whoever that queue asks for at first.",
    "LastAgent.within_s": "Seconds since that call came in.",
    "Overflow.when": "The limit that is looked at.",
    "Overflow.at": "So many callers, or seconds.",
    "Overflow.to": "queue:<key>, department:<key> or voicemail.",
    "CallbackSettings.key": "The key that asks for it while waiting.",
    "CallbackSettings.attempts": "How often it is tried.",
    "Department.code": "Two digits; an agent brings it in by *3 and the code.",
    "Department.number": "The number that is rung over the department trunk.",
    "Department.seat": "Or a seat of ours that is rung.",
    "Department.phones": "Or several telephones: each a 'number' or a 'seat', tried in this order.",
    "Department.ring_s": "Seconds for which each is rung that says nothing else.",
    "Department.hours": "Its opening hours: a calendar of calendars.yaml; always open unless given.",
    "Department.closed": "What is done outside its hours: back, department:<key>, voicemail, voicemail:<box>, ticket.",
    "Department.busy": "What is done when every telephone is busy or refuses, or max_calls is reached.",
    "Department.no_answer": "What is done when nobody answers.",
    "Department.may_call": "Which agents may call it; all unless given.",
    "Department.max_calls": "So many calls at a time, ringing ones included.",
    "Department.hotline": "Whether it is a hotline of its own, which is told what we know of a caller.",
    "Phone.number": "The number that is rung over the department trunk.",
    "Phone.seat": "Or a seat of ours.",
    "Phone.ring_s": "Seconds for which it is rung.",
    "MayCall.roles": "Those with one of these roles: agent, supervisor.",
    "MayCall.teams": "And those in one of these teams.",
    "Break.number": "The digit behind *13.",
    "Box.greeting": "What callers hear before the tone, unless the step has a prompt.",
    "Box.longest_s": "Seconds that a message may last.",
    "Box.shortest_s": "Seconds: who says less has left no message.",
    "Box.silence_s": "So many seconds of silence end a message.",
    "Box.most": "So many messages that are not done fill the box.",
    "Box.tell": "Whose lamp a message lights; supervisors' where nobody is named.",
    "Box.escalate_after_min": "Minutes after which an unheard message is escalated to supervisors.",
    "Told.agents": "These people, by their numbers.",
    "Told.queues": "All who serve these queues.",
    "Told.seats": "Whoever sits there.",
    "Team.members": "Its people, by their numbers.",
    "Shift.teams": "The teams that work in it.",
    "Shift.times": "When.",
    "Person.name": "Their name.",
    "Person.team": "The team they are in.",
    "Person.role": "agent (if it is left out), or supervisor: may listen in to others, too.",
    "Person.skills": "What they can, each with its level, 1 to 5.",
    "Person.pin": "Four to eight digits, instead of the one that the installation makes.",
}


def directory_schema() -> dict[str, Any]:
    """Return the schema of a directory."""
    return schema_of(Directory, directory_help, "Who works here, and what stands behind the hotline")


def directory_help(model: type[BaseModel], name: str) -> str:
    """Return what a key of the directory is for."""
    return help_of(model, name, _WORDS)

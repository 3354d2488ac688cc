"""``hotline why``: in words, why this caller got this agent at this time, and why not sooner.

Everything said is read off what was kept at the time: the call's own timeline, which holds what the router saw when it
decided, and the changes of the agents' states. Nothing is computed anew with today's rules.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from calls.skills import Expression, SkillSyntaxError, parse

_RULES = {
    "least_over_qualified": "has the fewest skills beyond what was needed, and of those was idle the longest",
    "longest_idle": "was idle the longest",
    "least_occupied": "had been busy the least lately",
    "most_skilled": "has the highest levels in what was needed",
    "round_robin": "had not been offered a caller for the longest",
}
_FAILURES = {
    "no_answer": "did not answer",
    "busy": "was busy at the phone",
    "declined": "declined",
    "unreachable": "could not be reached by phone",
    "withdrawn": "was no longer needed: the offer was withdrawn",
    "service_restarted": "was ringing when the service restarted",
}
_LEFT = {
    "nobody_staffed": "left the queue: nobody on duty has what was needed",
    "timeout": "left the queue: the longest wait allowed was over",
    "digit": "left the queue by pressing a key",
    "full": "was not let in: the queue was full",
    "overflow": "left the queue by its overflow rule",
}
_CALLBACKS = {
    "placed": "to be called back, as promised in call {origin}",
    "confirmed": "is to be called back, and keeps the place in line",
    "dialled": "an agent was free: the phone was dialled (try {attempt}, call {dialled_as})",
    "not_reached": "was not reached; the place in line is kept for the next try",
    "left_again": "answered, but hung up before an agent was there; the place in line is kept for the next try",
    "missed": "hung up while waiting: is to be called back",
    "too_often": "was not reached in the last try ({attempt}): given up",
    "interrupted": "the try was broken off; back in line at the old place",
    "talk_ended": "talked to an agent: done",
    "redialled": "was served otherwise: not called back any more",
    "called_off": "not to be called back any more: a supervisor's order",
    "not_confirmed": "did not confirm a number, and waited on",
    "fault": "could not be called back: a fault of ours",
}
_UNPARKED = {
    "picked_up": "picked up by {}",
    "time_over": "nobody picked the caller up in time: back to whoever had parked them, or to the queue",
    "hung_up": "hung up while parked",
}
_FIRST_ARRIVAL_S = 0.5  # an arrival that is older than coming into the queue was kept from earlier
_STATES = {
    "ready": "ready", "reserved": "reserved for another caller", "ringing": "being rung", "talking": "talking",
    "on_hold": "talking (caller on hold)", "consulting": "consulting", "dialling": "dialling out",
    "wrap_up": "in wrap-up", "break": "on a break", "unreachable": "without a reachable phone",
    "logged_out": "logged out",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of the call's timeline: epoch seconds, kind, and what it holds."""

    at: float
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AgentState:
    """What an agent did from ``at`` (epoch seconds) on."""

    agent: str
    at: float
    state: str
    reason: str = ""  # of a break


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence about a moment (epoch seconds)."""

    at: float
    text: str


SkillsOf = Callable[[str], Mapping[str, int] | None]
"""Returns an agent's skills as routing sees them; None for somebody who is not in the directory any more."""


def explain(
    timeline: Iterable[Happening],
    agents: Sequence[AgentState],
    skills_of: SkillsOf,
    who: Callable[[str], str] = str,
) -> list[Said]:
    """Return sentences in order of time. ``agents`` are all changes of agents' states until the caller was served, from
    early enough to know what each was doing; ``who`` gives an agent's name for reading."""
    teller = _Teller(agents, skills_of, who)
    for happening in timeline:
        teller.take(happening)
    return teller.said


class _Teller:
    def __init__(self, agents: Sequence[AgentState], skills_of: SkillsOf, who: Callable[[str], str]) -> None:
        self._agents, self._skills_of, self._who = agents, skills_of, who
        self.said: list[Said] = []
        self._need = ""
        self._since = 0.0

    def take(self, event: Happening) -> None:
        """Say what there is to say about an event; most have nothing to do with routing."""
        data = event.data
        match event.kind:
            case "Queued":
                self._queued(event)
            case "NeedRelaxed":
                self._need = data["need"]
                why = "the queue's rules were edited; needed now" if data.get("edited") else "asked for less"
                self._say(event, f"after {self._waited(event)} s {why}: {self._need}")
                self._say(event, self._doing(event.at))
            case "Offered":
                self._offered(event)
            case "OfferFailed":
                reason = _FAILURES.get(data["reason"], data["reason"])
                self._say(event, f"{self._who(data['agent'])} {reason}; the caller kept the place")
            case "Connected":
                self._say(event, f"connected to {self._who(data['agent'])} after {self._waited(event)} s in the queue")
            case "Dequeued":
                left = _LEFT.get(data["reason"], f"left the queue: {data['reason']}")
                self._say(event, left + (f" ({data['beyond']}) to {data['to']}" if data.get("to") else ""))
            case "CallbackPlaced" | "CallbackChanged":
                self._say(event, _CALLBACKS.get(data.get("cause", "placed"), "").format_map(data))
            case "Parked" | "Unparked":
                self._parked(event)
            case "PassedOn":
                self._say(event, f"passed on to {data['party']}, without an agent of ours")
            case "CallEnded" if data["outcome"] == "abandoned_queue":
                self._say(event, f"hung up while waiting, after {self._waited(event)} s in line")
            case "CallResumed":
                self._say(event, "the service had restarted and took the call over, at its old place")
            case _:
                pass

    def _parked(self, event: Happening) -> None:
        data = event.data
        if event.kind == "Parked":
            self._say(event, f"parked by {self._who(data['agent'])}, with the number {data['number']}")
        else:
            self._say(event, _UNPARKED.get(data["reason"], "").format(self._who(data["by"])))

    def _queued(self, event: Happening) -> None:
        data = event.data
        self._need, self._since = data.get("need", ""), data["since"]
        priority = f", priority {data['priority']}" if data.get("priority") else ""
        self._say(event, f"asked for the queue '{data['queue']}'{priority}; needed: {self._need or data['needs']}")
        if event.at - self._since > _FIRST_ARRIVAL_S:
            self._say(event, f"the first arrival counts, {self._waited(event)} s ago: place in line by that")
        suitable, free, place = (data.get(key, 0) for key in ("suitable", "free", "place"))
        if not suitable:
            self._say(event, "nobody on duty had that")
        elif free:
            self._say(event, f"{free} of the {suitable} on duty who have that were free")
        else:
            self._say(event, f"none of the {suitable} on duty who have that was free; place in line: {place}")
            self._say(event, self._doing(event.at))

    def _offered(self, event: Happening) -> None:
        data = event.data
        agent, rule = self._who(data["agent"]), data.get("rule", "")
        if data.get("last_agent"):
            why = "who served this caller the last time"
        elif data.get("free", 1) <= 1:
            why = f"the first of the {data.get('suitable', 1)} suitable to become free"
        else:
            why = f"who of {data['free']} free and suitable {_RULES.get(rule, rule)}"
        self._say(event, f"offered to {agent}, {why} (idle for {data.get('idle_s', 0.0):.1f} s)")
        if data.get("passed_over"):
            ahead = f"{data['passed_over']} ahead in line"
            self._say(event, f"{ahead} need what {agent} has not, or had been missed by {agent}")

    def _doing(self, at: float) -> str:
        """Say what those who have what is needed were doing."""
        try:
            need: Expression | None = parse(self._need) if self._need else None
        except SkillSyntaxError:
            need = None
        if need is None:
            return ""
        latest = {change.agent: change for change in self._agents if change.at <= at}
        doing: Counter[str] = Counter()
        for agent, change in latest.items():
            skills = self._skills_of(agent)
            if skills is not None and need.satisfied_by(skills) and change.state != "logged_out":
                state = _STATES.get(change.state, change.state)
                doing[f"{state} ({change.reason})" if change.reason else state] += 1
        return "they were: " + ", ".join(f"{count} {state}" for state, count in doing.most_common()) if doing else ""

    def _waited(self, event: Happening) -> str:
        return f"{event.at - self._since:.1f}"

    def _say(self, event: Happening, text: str) -> None:
        if text:
            self.said.append(Said(event.at, text))

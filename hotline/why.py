"""``hotline why``: in words, why this caller got this agent at this time, and why not sooner.

Everything said is read off what was kept at the time in the call's own timeline: what the router saw when it decided,
and what those were doing who could have served. Nothing is computed anew with today's rules, skills or states.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_RULES = {
    "least_over_qualified": "has the fewest and least rare skills beyond the need, and of those was idle the longest",
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
    "break login": "logged in, but not ready yet", "break missed": "on a break for not taking calls",
    "break aside": "put aside for a moment for not taking a call",
    "phone_in_use": "ready, but for the phone, which was in use",
    "not_again": "free, but had just not taken this caller",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of the call's timeline: epoch seconds, kind, and what it holds."""

    at: float
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence about a moment (epoch seconds)."""

    at: float
    text: str


def explain(timeline: Iterable[Happening], who: Callable[[str], str] = str) -> list[Said]:
    """Return sentences in order of time. ``who`` gives an agent's name for reading."""
    teller = _Teller(who)
    for happening in timeline:
        teller.take(happening)
    return teller.said


class _Teller:
    def __init__(self, who: Callable[[str], str]) -> None:
        self._who = who
        self.said: list[Said] = []
        self._need = ""
        self._since = 0.0
        self._held_for = ""  # the agent for whom alone a repeat caller waits
        self._nobody_free = False  # as far as was told before

    def take(self, event: Happening) -> None:
        """Say what there is to say about an event; most have nothing to do with routing."""
        data = event.data
        match event.kind:
            case "Queued":
                self._queued(event)
            case "NeedRelaxed":
                self._relaxed(event)
            case "Offered":
                self._offered(event)
            case "OfferFailed":
                self._failed(event)
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
        self._held_for, self._nobody_free = data.get("held_for") or "", False
        if self._held_for:
            was = _in_words(next(iter(data.get("doing") or {}), "")) or "not at work, or has no longer what is needed"
            self._say(event, f"held for {self._who(self._held_for)}, who served this caller the last time: {was}")
        suitable, free, place = (data.get(key, 0) for key in ("suitable", "free", "place"))
        if not suitable:
            self._say(event, "nobody on duty had that")
        elif free:
            self._say(event, f"{free} of the {suitable} on duty who have that were free")
        else:
            self._nobody_free = True
            self._say(event, f"none of the {suitable} on duty who have that was free; place in line: {place}")
        if place > 1:
            self._say(event, f"{place - 1} ahead in line wait for the same people: who becomes free is theirs first")
        if not self._held_for:
            self._say_doing(event, "all logged in who have that")

    def _relaxed(self, event: Happening) -> None:
        data, after = event.data, f"after {self._waited(event)} s"
        self._nobody_free = bool(data.get("doing"))  # nothing is kept of that when there was an offer at once
        before, self._need = self._need, data["need"]
        held_for, self._held_for = self._held_for, data.get("held_for") or ""
        if held_for and not self._held_for:
            known = self._who(held_for)
            self._say(event, f"{after} held for {known} no longer: asked everybody who has what is needed")
        if data.get("edited"):
            self._say(event, f"{after} the queue's rules were edited; needed now: {self._need}")
        elif self._need != before or held_for == self._held_for:
            self._say(event, f"{after} asked for less: {self._need}")
        self._say_doing(event, "all logged in who have that")

    def _failed(self, event: Happening) -> None:
        data, agent = event.data, self._who(event.data["agent"])
        reason = _FAILURES.get(data["reason"], data["reason"])
        self._nobody_free = bool(data.get("doing"))
        self._say(event, f"{agent} {reason}; the caller kept the place")
        if data.get("not_again_s"):
            self._say(event, f"not to be offered to {agent} again for {data['not_again_s']:.0f} s: others could serve")
        self._say_doing(event, "all others logged in who have what is needed")

    def _offered(self, event: Happening) -> None:
        data = event.data
        agent, rule = self._who(data["agent"]), data.get("rule", "")
        if data.get("last_agent"):
            why = "who served this caller the last time"
        elif data.get("free", 1) <= 1:
            of_all = f"of the {data.get('suitable', 1)} suitable"
            why = f"the first {of_all} to become free" if self._nobody_free else f"the only one {of_all} who was free"
        else:
            why = f"who of {data['free']} free and suitable {_RULES.get(rule, rule)}"
        self._say(event, f"offered to {agent}, {why} (idle for {data.get('idle_s', 0.0):.1f} s)")
        if data.get("passed_over"):
            ahead = f"{data['passed_over']} ahead in line"
            self._say(event, f"{ahead} need what {agent} has not, are held for another, or had been missed by {agent}")

    def _say_doing(self, event: Happening, whom: str) -> None:
        """Say what those did who could have served."""
        doing = _doing(event.data)
        self._say(event, f"{self._who(self._held_for) if self._held_for else whom}: {doing}" if doing else "")

    def _waited(self, event: Happening) -> str:
        return f"{event.at - self._since:.1f}"

    def _say(self, event: Happening, text: str) -> None:
        if text:
            self.said.append(Said(event.at, text))


def _doing(data: Mapping[str, Any]) -> str:
    """Return what was kept of what people did; "" when nothing was."""
    doing: Mapping[str, int] = data.get("doing") or {}
    return ", ".join(f"{count} {_in_words(deed)}" for deed, count in doing.items())


def _in_words(deed: str) -> str:
    if deed in _STATES:
        return _STATES[deed]
    return f"on a break ({deed.removeprefix('break ')})" if deed.startswith("break ") else deed

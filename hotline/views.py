"""What is shown of the running service, as plain mappings: the read model behind the control API.

Keys are stable: scripts read them. Times are seconds since the epoch, durations seconds.
"""

import os
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from importlib.metadata import version
from typing import Any, Protocol

from acd import QueueView
from agents import AgentState, DeviceState, Directory, Floor
from agents.queues import Queue
from agents.states import TALK_STATES
from calls import Clock
from calls.identity import AgentId, SeatId
from hotline.live_figures import LiveFigures
from hotline.metrics import Metrics
from tickets import JournalHealth


class Routing(Protocol):
    """Who waits; ``acd.Distributor`` tells."""

    def queue(self) -> list[QueueView]:
        """Return the waiting callers in their order."""
        ...


class Lines(Protocol):
    """How many calls are carried; ``telephony.Switchboard`` tells."""

    @property
    def calls(self) -> int:
        """Calls that the service carries now."""
        ...

    @property
    def asterisk_version(self) -> str:
        """Asterisk's version, "" while it is not known."""
        ...


class Manager(Protocol):
    """How Asterisk is reached; ``telephony.Ami`` tells."""

    @property
    def connected(self) -> bool:
        """Whether the manager connection is up."""
        ...

    @property
    def ping_ms(self) -> float | None:
        """The last round trip in milliseconds."""
        ...


class Books(Protocol):
    """How the journal is; ``tickets.Journal`` tells."""

    @property
    def health(self) -> JournalHealth:
        """Counts since this process began."""
        ...


class Views:
    """Looks at the parts of the service whenever somebody asks."""

    def __init__(  # noqa: PLR0917 - the parts it looks at
        self,
        floor: Floor,
        routing: Routing,
        lines: Lines,
        manager: Manager,
        books: Books,
        clock: Clock,
        live: LiveFigures,
        *,
        prompts: Callable[[], Mapping[str, int]] = dict,
        overload: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        """``prompts`` tells how many are ready, missing, stale ...; ``overload`` whether callers are turned away."""
        self._overload = overload
        self._prompts = prompts
        self._live = live
        self._floor = floor
        self._routing = routing
        self._lines = lines
        self._manager = manager
        self._books = books
        self._clock = clock
        self._started_at = clock.now()

    def status(self) -> dict[str, Any]:
        """Return how the service is."""
        health = self._books.health
        waiting = self._routing.queue()
        states = self.agents_by_state()
        return {
            "version": version("hotline-12345"),
            "pid": os.getpid(),
            "started_at": self._started_at,
            "uptime_s": round(max(0.0, self._clock.now() - self._started_at), 1),
            "calls": self._lines.calls,
            "waiting": len(waiting),
            "callbacks": sum(view.callback for view in waiting),
            "talking": sum(states[state.value] for state in TALK_STATES),
            "asterisk": {
                "connected": self._manager.connected,
                "version": self._lines.asterisk_version,
                "ping_ms": None if self._manager.ping_ms is None else round(self._manager.ping_ms, 2),
            },
            "overload": dict(self._overload()),
            "seats": states,
            "prompts": dict(self._prompts()),
            "journal": {
                "stored": health.stored,
                "backlog": health.appended - health.stored,
                "lost": health.lost,
                "rejected": health.rejected,
                "degraded": health.degraded,
            },
        }

    def agents(self) -> list[dict[str, Any]]:
        """Return everybody of the directory, those who are logged in first."""
        return agent_rows(self._floor, self._clock.now())

    def queue(self) -> list[dict[str, Any]]:
        """Return every queue with its callers in their order."""
        return queue_rows(self._routing.queue(), self._floor, self._clock.now())

    def queue_lengths(self) -> tuple[dict[str, int], dict[str, float]]:
        """Return each queue's length and the longest wait in it (seconds; only where somebody waits)."""
        now = self._clock.now()
        waiting = self._routing.queue()
        longest: dict[str, float] = {}
        for view in waiting:
            if not view.callback:
                longest[view.queue] = max(longest.get(view.queue, 0.0), now - view.since)
        counted = Counter(view.queue for view in waiting)
        return {name: counted[name] for name in {**self._floor.directory.queues, **counted}}, longest

    def attendance(self) -> dict[str, int]:
        """Return how many people are present as planned, absent, or there beyond the plan."""
        floor = self._floor
        people = floor.directory.people if floor.directory.shifts else ()
        counted = Counter(attendance(floor.planned(agent), there=floor.standing(agent) is not None) for agent in people)
        return {kind: counted[kind] for kind in ("present", "absent", "extra")}

    def fill(self, metrics: Metrics) -> None:
        """Set the figures of what *is*: queues, seats, people, Asterisk, journal, prompts."""
        metrics.set_queues(*self.queue_lengths())
        metrics.set_seats(self.agents_by_state())
        metrics.set_attendance(self.attendance())
        metrics.set_ami(connected=self._manager.connected, ping_ms=self._manager.ping_ms)
        health = self._books.health
        metrics.set_journal(health.appended - health.stored)
        metrics.set_prompts(self._prompts())
        metrics.set_overload(self._overload())
        live = self._live.tell()
        for window in ("last_15_min", "today"):
            metrics.set_live(window, live[window])

    def live(self) -> dict[str, Any]:
        """Return the figures of now: who waits and who works, the last 15 minutes, today."""
        lengths, longest_s = self.queue_lengths()
        now = {
            "calls": self._lines.calls, "waiting": sum(lengths.values()),
            "longest_wait_s": round(max(longest_s.values(), default=0.0), 1), "queues": lengths,
            "seats": self.agents_by_state(),
        }  # fmt: skip
        return {"now": now, **self._live.tell()}

    def live_stream(self) -> AsyncGenerator[Any, None]:
        """Yield them again whenever they change."""
        return self._live.changes(self.live)

    def agents_by_state(self) -> dict[str, int]:
        """Return how many seats are in each state."""
        return seats_by_state(self._floor)


def agent_rows(floor: Floor, now: float) -> list[dict[str, Any]]:
    """Return everybody of the directory, those who are logged in first, by agent id."""
    present = {standing.agent: standing for standing in floor.standings()}
    rows = []
    for agent, person in floor.directory.people.items():
        standing = present.get(agent)
        planned = floor.planned(agent)
        rows.append({
            "agent": agent,
            "name": person.name,
            "team": floor.directory.team_of(agent),
            "seat": standing.seat if standing else "",
            "state": standing.state.value if standing else AgentState.LOGGED_OUT.value,
            "reason": standing.reason if standing else "",
            "since": standing.since if standing else None,
            "for_s": round(max(0.0, now - standing.since), 1) if standing else None,
            "call": standing.call if standing else "",
            "queue": standing.queue if standing else "",
            "pending": standing.pending.value if standing else "",
            "misses": standing.misses if standing else 0,
            "ordered_by": standing.by if standing else "",
            "planned": planned,
            "attendance": attendance(planned, there=standing is not None),
            "phone": floor.device(standing.seat).value if standing else "",
            "skills": dict(person.skills),
        })  # fmt: skip
    return sorted(rows, key=lambda row: (row["state"] == AgentState.LOGGED_OUT.value, row["agent"]))


def attendance(planned: bool | None, *, there: bool) -> str:
    """Return how presence and plan fit: present, absent (should be there), extra (need not be), "" when none speaks."""
    if planned is None or not (planned or there):
        return ""
    return "extra" if not planned else "present" if there else "absent"


def queue_rows(waiting: Iterable[QueueView], floor: Floor, now: float) -> list[dict[str, Any]]:
    """Return every queue of the directory with its callers in their order."""
    callers: dict[str, list[dict[str, Any]]] = {name: [] for name in floor.directory.queues}
    for view in waiting:
        callers.setdefault(view.queue, []).append({
            "call": view.call,
            "place": view.place,
            "waiting_s": round(max(0.0, now - view.since), 1),
            "since": view.since,
            "priority": view.priority,
            "needs": dict(view.needs),
            "need": view.need,
            "expected_s": None if view.expected_s is None else round(view.expected_s, 1),
            "ringing": view.ringing or "",
            "callback": view.callback,
        })  # fmt: skip
    return [_queue_row(name, inside, floor) for name, inside in callers.items()]


def _queue_row(name: str, callers: list[dict[str, Any]], floor: Floor) -> dict[str, Any]:
    queue = floor.directory.queues.get(name)
    able = [s for s in floor.standings() if queue and _may_serve(floor.directory, s.agent, queue)]
    return {
        "queue": name,
        "name": queue.zh if queue else name,
        "name_en": queue.en if queue else "",
        "waiting": len(callers),
        "longest_wait_s": max((row["waiting_s"] for row in callers if not row["callback"]), default=0.0),
        "callbacks": sum(row["callback"] for row in callers),
        "logged_in": len(able),
        "ready": sum(s.state is AgentState.READY for s in able),
        "talking": sum(s.state in TALK_STATES for s in able),
        "callers": callers,
    }


def _may_serve(directory: Directory, agent: AgentId, queue: Queue) -> bool:
    return queue.hard.satisfied_by(directory.routing_skills(agent))


def seats_by_state(floor: Floor) -> dict[str, int]:
    """Return how many seats are in each state; ``logged_out`` counts seats where nobody is, ``no_phone`` those of them
    without a reachable phone."""
    counts = {state.value: 0 for state in AgentState} | {"no_phone": 0}
    for seat in floor.directory.seats.ids():
        counts[_seat_state(floor, seat)] += 1
    return counts


def _seat_state(floor: Floor, seat: SeatId) -> str:
    standing = floor.at_seat(seat)
    if standing is not None:
        return standing.state.value
    return "no_phone" if floor.device(seat) is DeviceState.UNREACHABLE else AgentState.LOGGED_OUT.value

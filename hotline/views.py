"""What is shown of the running service, as plain mappings: the read model behind the control API.

Keys are stable: scripts read them. Times are seconds since the epoch, durations seconds.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from acd import QueueView
from agents import AgentState, DeviceState, Directory, Floor
from calls.identity import AgentId, SeatId


def agent_rows(floor: Floor, now: float) -> list[dict[str, Any]]:
    """Return everybody of the directory, those who are logged in first, by agent id."""
    present = {standing.agent: standing for standing in floor.standings()}
    rows = []
    for agent, person in floor.directory.people.items():
        standing = present.get(agent)
        rows.append({
            "agent": agent,
            "name": person.name,
            "team": person.team,
            "seat": standing.seat if standing else "",
            "state": standing.state.value if standing else AgentState.LOGGED_OUT.value,
            "reason": standing.reason if standing else "",
            "since": standing.since if standing else None,
            "for_s": round(max(0.0, now - standing.since), 1) if standing else None,
            "call": standing.call if standing else "",
            "queue": standing.queue if standing else "",
            "pending": standing.pending.value if standing else "",
            "phone": floor.device(standing.seat).value if standing else "",
            "skills": dict(person.skills),
        })  # fmt: skip
    return sorted(rows, key=lambda row: (row["state"] == AgentState.LOGGED_OUT.value, row["agent"]))


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
            "ringing": view.ringing or "",
        })  # fmt: skip
    return [_queue_row(name, inside, floor) for name, inside in callers.items()]


def _queue_row(name: str, callers: list[dict[str, Any]], floor: Floor) -> dict[str, Any]:
    queue = floor.directory.queues.get(name)
    able = [s for s in floor.standings() if queue and _has(floor.directory, s.agent, queue.needs)]
    return {
        "queue": name,
        "name": queue.zh if queue else name,
        "name_en": queue.en if queue else "",
        "waiting": len(callers),
        "longest_wait_s": max((caller["waiting_s"] for caller in callers), default=0.0),
        "logged_in": len(able),
        "ready": sum(s.state is AgentState.READY for s in able),
        "talking": sum(s.state is AgentState.TALKING for s in able),
        "callers": callers,
    }


def _has(directory: Directory, agent: AgentId, needs: Mapping[str, int]) -> bool:
    skills = directory.people[agent].skills
    return all(skills.get(skill, 0) >= level for skill, level in needs.items())


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


def longest_waits(waiting: Callable[[], Iterable[QueueView]], now: float) -> dict[str, float]:
    """Return how long the longest-waiting caller of each queue waits, in seconds; queues without callers are absent."""
    longest: dict[str, float] = {}
    for view in waiting():
        longest[view.queue] = max(longest.get(view.queue, 0.0), now - view.since)
    return longest

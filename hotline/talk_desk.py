"""The hotline's side of conversations (``telephony.talk_desk.TalkDesk``): whom a wish means, and what agents and books
learn of it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import structlog

from agents import Directory, Floor
from agents.states import AgentState, DeviceState
from calls import AgentId, CallId, Clock, SeatId, Sound
from calls.identity import Address
from calls.line import RingOutcome
from calls.standing import Stage
from calls.targets import Kind, NoTarget, Target, Way
from calls.timeline import Connected, TalkEnded
from hotline.call_timeline import Timelines
from hotline.department_book import DepartmentBook
from hotline.parking import Park, Takers
from hotline.queue_plans import plan_of
from recorder import RecordingPath

log = structlog.get_logger(__name__)

_AGENT_RING_S = 20.0
_WORDS = re.compile(r"(department|agent|queue):([A-Za-z0-9_.-]{1,40})|(menu)")


class HotlineTalkDesk:
    """Looks targets up in the directory, keeps the floor right, and remembers where callers are passed on to."""

    def __init__(
        self,
        floor: Floor,
        timelines: Timelines,
        clock: Clock,
        *,
        departments: DepartmentBook,
        seat_address: Callable[[SeatId], Address],
        voice: Callable[[str], Sequence[Sound]],
        park: Park,
        consult_place: Callable[[CallId, float], RecordingPath | None],
    ) -> None:
        self._floor, self._timelines, self._clock = floor, timelines, clock
        self._departments, self._seat_address, self._voice = departments, seat_address, voice
        self.park, self.takers = park, Takers()
        self._consult_place = consult_place
        self._going: dict[CallId, Target] = {}  # where callers are passed on to
        self._took_over: set[tuple[CallId, AgentId]] = set()

    @property
    def _directory(self) -> Directory:
        return self._floor.directory

    def agent_of(self, call: CallId) -> AgentId | None:
        """Return who talks with the caller."""
        standing = self._timelines.standing(call)
        return standing.agent if standing.stage is Stage.TALKING else None

    def seat_of(self, agent: AgentId) -> str:
        """Return where an agent sits, "" when nowhere."""
        standing = self._floor.standing(agent)
        return "" if standing is None else standing.seat

    async def sounds(self, phrase: str) -> Sequence[Sound]:
        """Return what an agent hears."""
        return self._voice(phrase)

    def consult_file(self, call: CallId) -> tuple[Path, str] | None:
        """Return the file for what agent and third say from now on, and its name for the timeline."""
        place = self._consult_place(call, self._clock.now())
        return None if place is None else (place.absolute, place.relative)

    # -- whom a wish means -----------------------------------------------------------------------------------------

    def look_up(self, call: CallId, wanted: str, *, to_ring: bool, by: AgentId | None = None) -> Target:
        """Return whom digits or words mean: 0 the menu, one digit a queue, two a department, more an agent. ``by``: the
        agent who wishes it; None: a supervisor, who may call any department. Raises ``NoTarget``."""
        kind, key = self._kind_and_key(wanted)
        if kind is Kind.MENU and self._timelines.standing(call).outbound:
            raise NoTarget("talk.unknown", "whom an agent has called never came by the menu")
        if kind is Kind.MENU and not to_ring:
            return Target(Kind.MENU, "")
        if kind is Kind.DEPARTMENT:
            return self._departments.find(key, by, to_ring=to_ring)
        if kind is Kind.AGENT:
            return self._agent(call, AgentId(key))
        if kind is Kind.QUEUE and key in self._directory.queues:
            return self._free_of(call, key) if to_ring else Target(Kind.QUEUE, key)
        raise NoTarget("talk.unknown", f"there is no {wanted!r} to {'ring' if to_ring else 'pass a caller on to'}")

    def names(self, wanted: str) -> frozenset[str]:
        """Return what somebody in a talk may be called when these digits or words mean them: the party that they name,
        and the seat or number at which they were rung."""
        wanted = wanted.removeprefix("seat:")
        try:
            kind, key = self._kind_and_key(wanted)
        except NoTarget:
            return frozenset({wanted})
        return frozenset({wanted, Target(kind, key).party})

    def named(self, call: CallId, party: str) -> Target:
        """Return the target that a timeline calls by this name, with its telephones as far as they are known."""
        kind, _, key = party.partition(":")
        target = Target(Kind(kind), key)
        if target.kind is Kind.DEPARTMENT:
            return self._departments.target(key)
        seat = self.seat_of(AgentId(key))
        ways = (Way(self._seat_address(SeatId(seat)), seat, _AGENT_RING_S),) if seat else ()
        return replace(target, ways=ways)

    def _kind_and_key(self, wanted: str) -> tuple[Kind, str]:
        words = _WORDS.fullmatch(wanted)
        if words is not None:
            return Kind(words[1] or "menu"), words[2] or ""
        if not wanted.isdecimal():
            raise NoTarget("talk.unknown", f"{wanted!r}: write department:KEY, agent:ID, queue:NAME or menu")
        if wanted == "0":
            return Kind.MENU, ""
        if len(wanted) == 1:
            found = next((key for key, queue in self._directory.queues.items() if queue.code == wanted), "")
            return Kind.QUEUE, found
        if len(wanted) == 2:
            department = self._directory.department_by_code(wanted)
            return Kind.DEPARTMENT, "" if department is None else department[0]
        return Kind.AGENT, wanted

    def _agent(self, call: CallId, agent: AgentId) -> Target:
        if agent not in self._directory.people:
            raise NoTarget("talk.unknown", f"there is no agent {agent}")
        standing = self._floor.standing(agent)
        if standing is None or standing.state is not AgentState.READY or standing.call == call:
            raise NoTarget("talk.not_free", f"agent {agent} is not free")
        return Target(Kind.AGENT, agent, (Way(self._seat_address(standing.seat), standing.seat, _AGENT_RING_S),))

    def _free_of(self, call: CallId, queue: str) -> Target:
        """Return whoever of a queue has been free for the longest."""
        need = plan_of(self._directory.queues[queue]).need
        free = [
            standing
            for standing in self._floor.standings()
            if standing.state is AgentState.READY
            and self._floor.device(standing.seat) is DeviceState.IDLE
            and need.satisfied_by(self._directory.routing_skills(standing.agent))
        ]
        if not free:
            raise NoTarget("talk.nobody_free", f"nobody of queue {queue} is free")
        longest = min(free, key=lambda standing: standing.idle_since)
        return replace(self._agent(call, longest.agent), queue=queue)

    # -- what the floor learns -------------------------------------------------------------------------------------

    def rings(self, call: CallId, target: Target) -> Target:
        """A target is about to be rung; return it, or who else of its queue is free when this one was taken meanwhile.
        Raises ``NoTarget`` when it cannot be rung any more: an agent is not free, a department has as many calls as it
        may have."""
        if target.kind is Kind.DEPARTMENT and not self._departments.take(call, target.key):
            raise NoTarget("talk.full", f"department {target.key!r} has as many calls as it may have at a time")
        if target.kind is Kind.AGENT:
            queue = self._timelines.standing(call).queue
            if self._floor.called_in(AgentId(target.key), call, queue) is None:
                if not target.queue:
                    raise NoTarget("talk.not_free", f"agent {target.key} is not free")
                return self.rings(call, self._free_of(call, target.queue))
        return target

    def rings_on(self, call: CallId, target: Target) -> None:
        """It is still being rung, as a former service had begun: an agent is not free meanwhile."""
        if target.kind is Kind.AGENT:
            self._floor.called_in(AgentId(target.key), call, self._timelines.standing(call).queue)

    def answered(self, call: CallId, target: Target) -> None:
        """It answered."""
        if target.kind is Kind.AGENT:
            self._floor.talking(AgentId(target.key), call)

    def failed(self, call: CallId, target: Target, outcome: RingOutcome | None) -> None:
        """It was rung in vain, or the ringing was called off."""
        if target.kind is Kind.DEPARTMENT:
            self._departments.give_back(call, target.key)
        if target.kind is not Kind.AGENT:
            return
        if outcome is None:
            self._floor.released(AgentId(target.key), call)
        else:
            self._floor.missed(AgentId(target.key), call, outcome)

    def instead(self, call: CallId, tried: Sequence[Target], outcome: RingOutcome) -> Target | None:
        """Return who is rung when the last of ``tried`` was in vain: the department that its rules name."""
        if tried[-1].kind is not Kind.DEPARTMENT:
            return None
        return self._departments.instead(call, [target.key for target in tried], outcome)

    def left(self, call: CallId, target: Target, by: str) -> None:
        """It is no longer in the conversation."""
        if target.kind is Kind.DEPARTMENT:
            self._departments.give_back(call, target.key)
        if target.kind is not Kind.AGENT:
            return
        agent = AgentId(target.key)
        if (call, agent) in self._took_over:
            self._took_over.discard((call, agent))
            self._timelines.append(TalkEnded(call=call, at=self._clock.now(), agent=agent, by=by))
        self._floor.talk_ended(agent, call)

    def takes_over(self, call: CallId, target: Target) -> None:
        """The agent has left the caller to another one, whose talk it is from now on."""
        agent = AgentId(target.key)
        seat = SeatId(self.seat_of(agent))
        self._took_over.add((call, agent))
        self._timelines.append(Connected(call=call, at=self._clock.now(), agent=agent, seat=seat))

    # -- passing on ------------------------------------------------------------------------------------------------

    def parks(self, call: CallId, agent: AgentId) -> Target:
        """Return the place where the agent parks the caller. Raises ``NoTarget``."""
        return self.park.reserve(call, agent)

    def passes_on(self, call: CallId, target: Target) -> None:
        """The agent has left, and the caller is to go there."""
        self._going[call] = target

    def destination(self, call: CallId) -> Target | None:
        """Return where a caller is passed on to, and forget it."""
        return self._going.pop(call, None)

"""The book of standings: every agent's state, changed only by the table, journalled, timed, and told to followers."""

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from agents.journal import NO_CALL, AgentEvent, AgentJournal, BreakReason, Pending
from agents.states import OFFERED_STATES, TALK_STATES, AgentState, Cause, DeviceState, next_state
from calls import Clock, Timeline
from calls.identity import AgentId, SeatId
from calls.timeline import WrapUpEnded

_KEEPS_IDLE_TIME = frozenset({Cause.WITHDRAWN, Cause.REPAIRED, Cause.SEAT_BACK, Cause.DIAL_OVER})
_KNOWN_TO_ROUTING = frozenset({Cause.RESERVED, Cause.RANG, Cause.TALK_BEGAN})
_ABOUT_TO_BE_READY = frozenset({BreakReason.LOGIN, BreakReason.ASIDE})
_FORGIVES_MISSES = frozenset({
    Cause.LOGGED_IN, Cause.MOVED_SEAT, Cause.WENT_READY, Cause.TALK_BEGAN, Cause.TALK_ADOPTED, Cause.DIALLED_OUT,
    Cause.PICKED_UP,
})  # fmt: skip


class Availability(Protocol):
    """Who wants to know who works and who is free; ``acd.Distributor`` is one."""

    def agent_on_duty(self, agent: AgentId, skills: Mapping[str, int]) -> None:
        """Take an agent as staffing, free or not."""
        ...

    def agent_off_duty(self, agent: AgentId) -> None:
        """Take an agent as staffing no longer."""
        ...

    def agent_available(self, agent: AgentId, since: float) -> None:
        """Take an agent as free; idle time began at ``since`` (epoch seconds)."""
        ...

    def agent_unavailable(self, agent: AgentId) -> None:
        """Take an agent as not free; an offer is to be withdrawn."""
        ...


class Alarm(Protocol):
    """A pending ``call_later``."""

    def cancel(self) -> None:
        """Call it off."""
        ...


CallLater = Callable[[float, Callable[[], None]], Alarm]
"""``loop.call_later``: after so many seconds, call this."""


@dataclass(slots=True)
class _Told:
    on_duty: bool = False
    available: bool = False


class Standings:
    """Where every logged-in agent stands. Knows no phones' codes and no PINs; ``Floor`` decides what happens."""

    def __init__(
        self,
        skills_of: Callable[[AgentId], Mapping[str, int]],
        clock: Clock,
        journal: AgentJournal,
        *,
        timeline: Timeline | None,
        on_change: Callable[[AgentEvent], None] | None,
        call_later: CallLater | None,
        breaks_staff: bool,
    ) -> None:
        self._skills_of = skills_of
        self._clock = clock
        self._journal = journal
        self._timeline = timeline
        self._on_change = on_change
        self._call_later = call_later
        self._breaks_staff = breaks_staff
        self._by_agent: dict[AgentId, AgentEvent] = {}
        self._by_seat: dict[SeatId, AgentId] = {}
        self._devices: dict[SeatId, DeviceState] = {}
        self._heard: dict[SeatId, int] = {}  # how often telephony has said something of a seat's phone
        self._told: dict[AgentId, _Told] = {}
        self._followers: list[Availability] = []
        self._due: list[tuple[float, AgentId]] = []
        self._alarm: Alarm | None = None
        self._alarm_at: float | None = None

    # -- questions -------------------------------------------------------------------------------------------------

    def get(self, agent: AgentId) -> AgentEvent | None:
        """Return a logged-in agent's standing."""
        return self._by_agent.get(agent)

    def at_seat(self, seat: SeatId) -> AgentEvent | None:
        """Return the standing of whoever is logged in at a seat."""
        agent = self._by_seat.get(seat)
        return self._by_agent[agent] if agent is not None else None

    def all(self) -> list[AgentEvent]:
        """Return the standings of all who are logged in, by agent id."""
        return [self._by_agent[agent] for agent in sorted(self._by_agent)]

    def device(self, seat: SeatId) -> DeviceState:
        """Return what is known of a seat's phone; IDLE until telephony says otherwise."""
        return self._devices.get(seat, DeviceState.IDLE)

    def heard(self, seat: SeatId) -> int:
        """Return how often telephony has said something of a seat's phone."""
        return self._heard.get(seat, 0)

    # -- changes ---------------------------------------------------------------------------------------------------

    def enter(self, agent: AgentId, seat: SeatId, *, off_plan: bool = False) -> None:
        """Log an agent in at a free seat: on a break until ready. ``off_plan``: outside the team's shifts."""
        now = self._clock.now()
        out = AgentEvent(agent=agent, at=now, cause=Cause.LOGGED_IN, state=AgentState.LOGGED_OUT, since=now, seat=seat)
        self._by_agent[agent] = out
        self._by_seat[seat] = agent
        self.change(agent, Cause.LOGGED_IN, reason=BreakReason.LOGIN, off_plan=off_plan)

    def move(self, agent: AgentId, seat: SeatId) -> None:
        """Seat an agent elsewhere, on a break until ready."""
        del self._by_seat[self._by_agent[agent].seat]
        self._by_seat[seat] = agent
        self.change(agent, Cause.MOVED_SEAT, reason=BreakReason.LOGIN, seat=seat)

    def change(self, agent: AgentId, cause: Cause, **fields: Any) -> AgentEvent:
        """Let ``cause`` happen to an agent; ``fields`` overwrite the standing's. Raises ``TransitionError``."""
        before = self._by_agent[agent]
        self._step(agent, cause, **fields)
        self._settle(agent)
        self._tell(agent, before)
        return self._by_agent.get(agent, before)

    def retrained(self, agent: AgentId) -> None:
        """Tell routing an agent's present skills; what the agent does goes on."""
        told = self._told.get(agent)
        if told is not None and told.on_duty:
            for follower in self._followers:
                follower.agent_on_duty(agent, self._skills_of(agent))

    def note(self, agent: AgentId, cause: Cause, **fields: Any) -> None:
        """Write something down that does not change the state; a new ``until`` counts from now on."""
        self._keep(replace(self._by_agent[agent], at=self._clock.now(), cause=cause, **({"by": ""} | fields)))
        if "until" in fields:
            self._time(self._by_agent[agent])

    def device_is(self, seat: SeatId, device: DeviceState) -> None:
        """Take what telephony says of a seat's phone."""
        self._devices[seat] = device
        self._heard[seat] = self._heard.get(seat, 0) + 1
        standing = self.at_seat(seat)
        if standing is None:
            return
        lost = device is DeviceState.UNREACHABLE
        if lost and standing.state in OFFERED_STATES | {AgentState.READY}:
            self.change(standing.agent, Cause.SEAT_LOST)
        elif not lost and standing.state is AgentState.UNREACHABLE:
            self.change(standing.agent, Cause.SEAT_BACK)
        else:
            self._tell(standing.agent, standing)

    def restore(self, events: Iterable[AgentEvent]) -> None:
        """Take the last known standings of a service that died. Offers died with it; talks may go on."""
        last: dict[AgentId, AgentEvent] = {event.agent: event for event in events}
        for agent, event in last.items():
            if event.state is AgentState.LOGGED_OUT or event.seat in self._by_seat:
                continue
            kept = event
            if event.state in OFFERED_STATES:
                kept = replace(event, state=AgentState.READY, call=NO_CALL)
            elif event.state in TALK_STATES:  # whether it is held nobody knows: the next hold tells
                kept = replace(event, state=AgentState.TALKING)
            elif event.state is AgentState.DIALLING:
                kept = replace(event, state=AgentState(event.before), call=NO_CALL)
            elif event.state is AgentState.UNREACHABLE:
                kept = replace(event, until=self._clock.now())
            self._by_agent[agent] = kept
            self._by_seat[kept.seat] = agent
            self._time(kept)

    def follow(self, follower: Availability) -> None:
        """Tell ``follower`` how things stand now and whenever they change."""
        self._followers.append(follower)
        for agent, standing in list(self._by_agent.items()):
            self._told.pop(agent, None)
            self._tell(agent, standing)

    # -- time ------------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Do what is due by time: end wrap-ups, bring back those put aside, try phones again."""
        now = self._clock.now()
        while self._due and self._due[0][0] <= now:
            until, agent = heapq.heappop(self._due)
            standing = self._by_agent.get(agent)
            if standing is None or standing.until != until:
                continue
            match standing.state:
                case AgentState.WRAP_UP:
                    self.change(agent, Cause.WRAP_UP_OVER)
                case AgentState.BREAK:
                    self.change(agent, Cause.ASIDE_OVER)
                case AgentState.UNREACHABLE if self.device(standing.seat) is not DeviceState.UNREACHABLE:
                    self.change(agent, Cause.SEAT_BACK)
                case _:
                    pass
        self._arm()

    def close(self) -> None:
        """Call off the pending alarm."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = self._alarm_at = None

    def _time(self, standing: AgentEvent) -> None:
        if standing.until is not None:
            heapq.heappush(self._due, (standing.until, standing.agent))
            self._arm()

    def _arm(self) -> None:
        due = self._due[0][0] if self._due else None
        if self._call_later is None or due == self._alarm_at:
            return
        self.close()
        if due is not None:
            self._alarm_at = due
            self._alarm = self._call_later(max(0.0, due - self._clock.now()), self._on_alarm)

    def _on_alarm(self) -> None:
        self._alarm = self._alarm_at = None
        self.tick()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _step(self, agent: AgentId, cause: Cause, **fields: Any) -> None:
        old, now = self._by_agent[agent], self._clock.now()
        state = next_state(old.state, cause)
        values: dict[str, Any] = {
            "at": now, "cause": cause, "state": state, "since": now, "until": None, "reason": "", "before": "",
            "by": "",
        }  # fmt: skip
        if cause in _FORGIVES_MISSES:
            values["misses"] = 0
        if state is AgentState.READY:
            values |= {"call": NO_CALL, "queue": ""}
            if cause not in _KEEPS_IDLE_TIME and old.state is not AgentState.READY:
                values["idle_since"] = now
        elif state in (AgentState.BREAK, AgentState.UNREACHABLE, AgentState.LOGGED_OUT):
            values |= {"call": NO_CALL, "queue": "", "pending": Pending.NONE, "pending_reason": ""}
        new = replace(old, **(values | fields))
        self._keep(new)
        if old.state is AgentState.WRAP_UP and cause is not Cause.TALK_ADOPTED and self._timeline is not None:
            self._timeline.append(WrapUpEnded(call=old.call, at=now, agent=agent, seconds=max(0.0, now - old.since)))
        if state is AgentState.LOGGED_OUT:
            del self._by_agent[agent], self._by_seat[new.seat]
        else:
            self._time(new)

    def _keep(self, standing: AgentEvent) -> None:
        self._by_agent[standing.agent] = standing
        self._journal.append(standing)
        if self._on_change is not None:
            self._on_change(standing)

    def _settle(self, agent: AgentId) -> None:
        """An agent just made ready may have something pending, or no phone."""
        standing = self._by_agent.get(agent)
        if standing is None or standing.state is not AgentState.READY:
            return
        if standing.pending is Pending.LOG_OUT:
            self._step(agent, Cause.LOGGED_OUT)
        elif standing.pending is Pending.BREAK:
            self._step(agent, Cause.TOOK_BREAK, reason=standing.pending_reason)
        elif self.device(standing.seat) is DeviceState.UNREACHABLE:
            self._step(agent, Cause.SEAT_LOST)

    def _tell(self, agent: AgentId, before: AgentEvent) -> None:
        """Tell followers what changed for them. Comes last: they may answer at once with an offer."""
        if not self._followers:
            return
        standing = self._by_agent.get(agent)
        told = self._told.setdefault(agent, _Told())
        was, told.on_duty = told.on_duty, standing is not None and self._staffs(standing)
        was_available = told.available
        told.available = (
            standing is not None
            and standing.state is AgentState.READY
            and self.device(standing.seat) is DeviceState.IDLE
        )
        by_routing = standing is not None and standing.cause in _KNOWN_TO_ROUTING
        repaired = standing is not None and standing.cause is Cause.REPAIRED  # routing must let go of its offer first
        stop = repaired or ((was_available or before.state in OFFERED_STATES) and not told.available and not by_routing)
        start = told.available and (not was_available or before.state in OFFERED_STATES)
        joined, left = told.on_duty and not was, was and not told.on_duty
        if standing is None:
            del self._told[agent]
        for follower in self._followers:
            if left:
                follower.agent_off_duty(agent)
            elif stop:
                follower.agent_unavailable(agent)
            if joined:
                follower.agent_on_duty(agent, self._skills_of(agent))
            if start and standing is not None:
                follower.agent_available(agent, standing.idle_since)

    def _staffs(self, standing: AgentEvent) -> bool:
        """Everybody logged in staffs, but (unless set otherwise) those on a break who do not come back by themselves:
        who chose it, and who was sent there for missing offers, which they may not even have noticed."""
        if standing.state is not AgentState.BREAK or self._breaks_staff:
            return True
        return standing.reason in _ABOUT_TO_BE_READY or standing.until is not None

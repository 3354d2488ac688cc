"""The run: events in simulated seconds around the hotline's own router.

Callers come, wait and give up; the router decides who is offered whom; an agent picks up at once (or after
``pick_up_s``), talks, writes up, and is available again. Whatever the router decides here it would decide in the
service, for it is the same code.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from acd.decisions import Decision, MakeOffer, NobodyStaffed, Relaxed, Withdrawal, WithdrawOffer
from acd.router import AgentId, CallId, Router
from acd.waiting import Waiting
from simulator.virtual.figures import Figures, Tally
from simulator.virtual.plan import Agent, Arrival

_IN_VAIN_S = 7 * 86_400.0  # nobody was served for so long after the measured time: nobody ever will be

Told = Callable[[float, str, str, str], None]
"""Hears every event: time, what, call, agent."""


@dataclass(slots=True)
class _Caller:
    call: CallId
    arrival: Arrival
    measured: bool


@dataclass(slots=True)
class _Duty:
    agent: Agent
    since: float | None = None  # None: not on duty
    over: bool = False  # goes when free
    talking: bool = False


def simulate(
    arrivals: Iterable[Arrival],
    agents: Sequence[Agent],
    measured: tuple[float, float],
    *,
    threshold_s: float = 15.0,
    wrap_up_s: float = 0.0,
    pick_up_s: float = 0.0,
    interval_s: float = 3600.0,
    told: Told | None = None,
    router: Router | None = None,
) -> Figures:
    """Run until every measured caller has been served or has given up (``arrivals`` may be endless), and sum up. Who
    waits on though nobody who could serve is there any more is counted as unserved.

    ``measured`` is from when to when arrivals count, in seconds; ``router`` is for those who want to ask it meanwhile.
    """
    tally = Tally(measured, threshold_s, interval_s)
    return _Run(
        arrivals, agents, tally, measured, wrap_up_s=wrap_up_s, pick_up_s=pick_up_s, told=told, router=router
    ).go()


class _Run:
    def __init__(
        self,
        arrivals: Iterable[Arrival],
        agents: Sequence[Agent],
        tally: Tally,
        measured: tuple[float, float],
        *,
        wrap_up_s: float,
        pick_up_s: float,
        told: Told | None,
        router: Router | None,
    ) -> None:
        self._arrivals: Iterator[Arrival] = iter(arrivals)
        self._duties = {AgentId(agent.name): _Duty(agent) for agent in agents}
        self._tally, self._measured = tally, measured
        self._wrap_up_s, self._pick_up_s, self._told = wrap_up_s, pick_up_s, told
        self._router = router or Router()
        self._waiting: dict[CallId, _Caller] = {}
        self._ringing: set[str] = set()
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._numbers = count()
        self._wakes: float | None = None  # when the router is to be told that time has passed
        self._open = 0  # measured callers who are not through yet
        self._served = measured[1]  # when the last of them was, if that was after the measured time

    def go(self) -> Figures:
        for duty in self._duties.values():
            for span in duty.agent.spans:
                self._at(span.from_s, lambda now, duty=duty: self._come(duty, now))  # type: ignore[misc]
                if span.until_s is not None:
                    self._at(span.until_s, lambda now, duty=duty: self._go_home(duty, now))  # type: ignore[misc]
        self._next_arrival()
        until = self._measured[1]
        while self._events:
            now, _, do = heapq.heappop(self._events)
            if now >= until and (not self._open or now > self._served + _IN_VAIN_S):
                break
            do(now)
        for duty in self._duties.values():
            if duty.since is not None:
                self._tally.staffed(duty.since, until)
        for caller in self._waiting.values():
            if caller.measured:
                self._tally.never_served(caller.arrival.at_s)
        return self._tally.figures()

    # -- callers ---------------------------------------------------------------------------------------------------

    def _next_arrival(self) -> None:
        arrival = next(self._arrivals, None)
        if arrival is not None:
            self._at(arrival.at_s, lambda now: self._arrive(arrival, now))

    def _arrive(self, arrival: Arrival, now: float) -> None:
        self._next_arrival()
        call = CallId(f"call-{next(self._numbers)}")
        caller = self._waiting[call] = _Caller(call, arrival, self._tally.counts(now))
        self._open += caller.measured
        self._tell(now, "arrives", call)
        if arrival.patience_s is not None:
            self._at(now + arrival.patience_s, lambda later: self._give_up(call, later))
        waiting = Waiting(
            call, arrival.queue, arrival.need, arrival.priority, now, arrival.stages, arrival.target_s
        )  # fmt: skip
        self._carry_out(self._router.caller_waits(waiting, now), now)
        if call in self._waiting:
            self._tell(now, "waits", call)

    def _give_up(self, call: CallId, now: float) -> None:
        caller = self._waiting.pop(call, None)
        if caller is None:
            return
        self._tell(now, "gives up", call)
        if caller.measured:
            self._open -= 1
            self._tally.gave_up(caller.arrival.at_s)
        self._carry_out(self._router.caller_leaves(call, now), now)

    # -- offers ----------------------------------------------------------------------------------------------------

    def _carry_out(self, decisions: Iterable[Decision], now: float) -> None:
        for decision in decisions:
            match decision:
                case MakeOffer():
                    self._ring(decision, now)
                case WithdrawOffer():
                    self._ringing.discard(decision.offer)
                    if decision.reason is Withdrawal.CALLER_LEFT:
                        self._free(decision.agent, now)
                case NobodyStaffed() | Relaxed():
                    pass  # who has nobody waits on, in hope
        wakes = self._router.wakes_at()
        if wakes is not None and (self._wakes is None or wakes < self._wakes):
            self._wakes = wakes
            self._at(wakes, self._pass_time)

    def _pass_time(self, now: float) -> None:
        self._wakes = None
        self._carry_out(self._router.pass_time(now), now)

    def _ring(self, offer: MakeOffer, now: float) -> None:
        self._router.offer_rings(offer.offer)
        self._ringing.add(offer.offer)
        if self._pick_up_s:
            self._at(now + self._pick_up_s, lambda later: self._pick_up(offer, later))
        else:
            self._pick_up(offer, now)

    def _pick_up(self, offer: MakeOffer, now: float) -> None:
        if offer.offer not in self._ringing:
            return  # withdrawn while it rang
        self._ringing.discard(offer.offer)
        caller = self._waiting.pop(offer.call)
        self._router.offer_accepted(offer.offer, now)
        self._tell(now, "talks", offer.call, offer.agent)
        if caller.measured:
            self._open -= 1
            self._served = max(self._served, now)
            self._tally.answered(caller.arrival.at_s, now - caller.arrival.at_s)
        wrap_up_s = caller.arrival.wrap_up_s
        ends = now + caller.arrival.handling_s + (self._wrap_up_s if wrap_up_s is None else wrap_up_s)
        self._duties[offer.agent].talking = True
        self._tally.busy(now, ends)
        self._at(ends, lambda later: self._free(offer.agent, later))

    # -- agents ----------------------------------------------------------------------------------------------------

    def _come(self, duty: _Duty, now: float) -> None:
        duty.over = False
        if duty.since is not None:  # the talk from before the break goes on
            return
        duty.since = now
        agent = AgentId(duty.agent.name)
        self._tell(now, "comes", "", agent)
        self._carry_out(self._router.agent_on_duty(agent, duty.agent.skills, now), now)
        self._carry_out(self._router.agent_available(agent, now, now), now)

    def _go_home(self, duty: _Duty, now: float) -> None:
        duty.over = True
        if not duty.talking:
            self._leave(duty, now)

    def _leave(self, duty: _Duty, now: float) -> None:
        if duty.since is not None:
            self._tally.staffed(duty.since, now)
        duty.since = None
        agent = AgentId(duty.agent.name)
        self._tell(now, "goes", "", agent)
        self._carry_out(self._router.agent_off_duty(agent, now), now)

    def _free(self, agent: AgentId, now: float) -> None:
        duty = self._duties[agent]
        duty.talking = False
        if duty.over:
            self._leave(duty, now)
            return
        self._tell(now, "is free", "", agent)
        self._carry_out(self._router.agent_available(agent, now, now), now)

    # -- time ------------------------------------------------------------------------------------------------------

    def _at(self, when: float, do: Callable[[float], None]) -> None:
        heapq.heappush(self._events, (when, next(self._numbers), do))

    def _tell(self, now: float, what: str, call: str, agent: str = "") -> None:
        if self._told is not None:
            self._told(now, what, call, agent)

"""Between the router and all that moves: carries the router's decisions out, and brings the floor's news in."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import structlog

from acd.decisions import Decision, MakeOffer, NobodyStaffed, Relaxed, WithdrawOffer
from acd.desk import AgentDesk, QueueFigures, QueueOutcome, QueueRequest, QueueView
from acd.matching import Need
from acd.router import Router
from acd.visit import Visit
from acd.waiting import Stage, Waiting
from calls import AgentId, CallId, Clock

log = structlog.get_logger(__name__)

PlanOf = Callable[[QueueRequest], tuple[Need, tuple[Stage, ...]] | None]
"""Says what a queue asks for now, and later on; None when there is no such queue any more: then the old rules stay."""


class Dispatch:
    """A router in use. Follows the floor (who works, who is free), drives the router's time, shows the queue."""

    def __init__(self, router: Router, desk: AgentDesk, clock: Clock) -> None:
        self._router = router
        self._desk = desk
        self._clock = clock
        self._visits: dict[CallId, Visit] = {}
        self._alarm: asyncio.TimerHandle | None = None

    # -- the floor's news ------------------------------------------------------------------------------------------

    def agent_on_duty(self, agent: AgentId, skills: Mapping[str, int]) -> None:
        """Take an agent as staffing, free or not."""
        now = self._clock.now()
        self._do(self._router.agent_on_duty(agent, skills, now), now)

    def agent_off_duty(self, agent: AgentId) -> None:
        """Take an agent as staffing no longer; callers left without anybody are turned away."""
        now = self._clock.now()
        self._do(self._router.agent_off_duty(agent, now), now)

    def agent_available(self, agent: AgentId, since: float) -> None:
        """Take an agent as free."""
        now = self._clock.now()
        self._do(self._router.agent_available(agent, since, now), now)

    def agent_unavailable(self, agent: AgentId) -> None:
        """Take an agent as not free."""
        now = self._clock.now()
        self._do(self._router.agent_unavailable(agent, now), now)

    # -- restart ---------------------------------------------------------------------------------------------------

    def pause(self) -> None:
        """Make no offers and turn nobody away, while a restarted service waits for its callers to come back."""
        self._router.hold_offers()

    def resume(self) -> None:
        """Offer again, to all callers in their order."""
        now = self._clock.now()
        self._do(self._router.release_offers(now), now)

    # -- edited rules ----------------------------------------------------------------------------------------------

    def rules_changed(self, change: Callable[[], None], plan_of: PlanOf) -> None:
        """Let ``change`` change who works with which skills, and give all who wait what their queue asks for now,
        as one step: nobody is offered or turned away in between. Places are kept.
        """
        held = self._router.holds_offers
        self.pause()
        try:
            change()
            now = self._clock.now()
            for visit in list(self._visits.values()):
                self._asks_anew(visit, plan_of(visit.request), now)
        finally:
            if not held:
                self.resume()

    def _asks_anew(self, visit: Visit, plan: tuple[Need, tuple[Stage, ...]] | None, now: float) -> None:
        if plan is None or not self._router.is_waiting(visit.call):
            return
        visit.request = replace(visit.request, need=plan[0], stages=plan[1])
        before = self._router.need_of(visit.call)
        self._do(self._router.caller_asks_anew(visit.call, *plan, now), now)
        if self._router.need_of(visit.call) != before:
            self._need_changed(visit, self._router.need_of(visit.call), now)

    # -- questions -------------------------------------------------------------------------------------------------

    def queue(self) -> list[QueueView]:
        """Return everybody who waits, in order of place."""
        now = self._clock.now()
        return [
            QueueView(
                call=waiting.call, queue=waiting.queue, needs=waiting.need.least_levels(), priority=waiting.priority,
                since=waiting.since, place=self._router.place_of(waiting.call), ringing=self._ringing(waiting.call),
                need=str(self._router.need_of(waiting.call).hard),
                expected_s=self._router.expected_wait(waiting.call, now), callback=self._is_callback(waiting.call),
            )
            for waiting in self._router.waiting()
        ]  # fmt: skip

    def staffed(self, request: QueueRequest) -> int:
        """Return how many agents on duty could serve a request."""
        return self._router.staffed(request.need, request.stages)

    def figures(self, request: QueueRequest) -> QueueFigures:
        """Return how the queue stands for a request that would be made now."""
        now = self._clock.now()
        _, free = self._router.prospects(request.need)
        caller = Waiting(
            CallId(""), request.queue, request.need, request.priority, now, request.stages, request.target_s
        )
        expected_s = self._router.expected_wait_of(caller, now)
        return QueueFigures(self._router.length(request.queue), self.staffed(request), free, expected_s)

    def _is_callback(self, call: CallId) -> bool:
        visit = self._visits.get(call)
        return visit is not None and visit.request.ready is not None

    def _ringing(self, call: CallId) -> AgentId | None:
        visit = self._visits.get(call)
        return visit.offer.agent if visit is not None and visit.offer is not None else None

    # -- carrying out ----------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Call off the pending alarm."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _do(self, decisions: Iterable[Decision], now: float) -> None:
        for decision in decisions:
            visit = self._visits.get(decision.call)
            if visit is None:  # cannot be: who leaves is told to the router in the same breath
                log.error("acd.decision_without_visit", decision=str(decision))
                continue
            match decision:
                case MakeOffer():
                    self._desk.reserved(decision.agent, decision.call, visit.request.queue)
                    visit.why = self._router.reasons(decision.offer)
                    visit.offered(decision)
                case WithdrawOffer():
                    never_begun = visit.withdraw(decision.offer)
                    if never_begun is not None:
                        self._desk.released(never_begun.agent, decision.call)
                case Relaxed():
                    self._relaxed(visit, decision.stage, now)
                case NobodyStaffed():
                    visit.leave(QueueOutcome.NOBODY_STAFFED)
        self._arm(now)

    def _need_changed(self, visit: Visit, need: Need, now: float) -> None:
        """Edited rules have a caller ask for something else: told by those who keep a timeline."""

    def _relaxed(self, visit: Visit, stage: int, now: float) -> None:
        """A caller asks for less: told by those who keep a timeline."""

    def _arm(self, now: float) -> None:
        """Let the router act when time alone asks for it."""
        at = self._router.wakes_at()
        self.close()
        if at is not None:
            self._alarm = asyncio.get_running_loop().call_later(max(0.0, at - now), self._time_passed)

    def _time_passed(self) -> None:
        self._alarm = None
        now = self._clock.now()
        self._do(self._router.pass_time(now), now)

"""The router: who is offered whom. Pure and synchronous: time is an argument, what is to be done is returned.

Each operation changes the state and returns decisions for the shell to carry out, in order. One defined order holds
across all queues: who is due first (``acd.waiting``). A caller gets the agent who is first by the need's ring groups,
wishes and strategy among those who satisfy it (``acd.matching``). What a caller asks for changes by waiting time alone
(``Waiting.stages``), never the place. ``check`` states the invariants that hold after every operation.

All times are epoch seconds.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, replace

from acd.decisions import Decision, MakeOffer, NobodyStaffed, Relaxed, Withdrawal, WithdrawOffer
from acd.matching import Need, Skills
from acd.offers import OfferEvent
from acd.questions import Questions, RouterError
from acd.staff import NeedClass, Seated
from acd.waiting import Entry, Stage, Waiting
from calls.identity import AgentId, CallId

__all__ = ["AgentId", "CallId", "Router", "RouterError", "RouterSettings"]


@dataclass(frozen=True, slots=True)
class RouterSettings:
    """How the router decides."""

    avoid_s: float = 60.0  # an agent who missed or declined a caller is not offered that caller again for so long
    priority_worth_s: float = 60.0  # a step of priority is worth having arrived so much earlier


class Router(Questions):
    """All waiting callers, all agents on duty, all open offers."""

    def __init__(self, settings: RouterSettings | None = None, series: str = "") -> None:
        """``series`` begins every offer's id, so that ids of two lives of a service differ."""
        self._settings = settings or RouterSettings()
        super().__init__(self._settings.priority_worth_s, series)
        self._avoided: list[tuple[float, CallId, AgentId]] = []  # heap of when an avoidance ends
        self._stages: list[tuple[float, int, CallId, int]] = []  # heap of when a caller's next stage begins
        self._expected_stages = 0  # ever: of two stages that begin at once, the one expected first goes first

    # -- callers ---------------------------------------------------------------------------------------------------

    def caller_waits(self, caller: Waiting, now: float) -> list[Decision]:
        """Take a caller into the line and offer the best free agent, if there is one."""
        if self._lines.get(caller.call) is not None:
            raise RouterError(f"call {caller.call} waits already")
        need_class = self._class_of(caller.need)
        need_class.users += 1
        entry = self._lines.enter(caller, need_class, now)
        if caller.stages:
            reached = sum(1 for stage in caller.stages if caller.since + stage.after_s <= now)
            decisions = self._relax(entry, reached) if reached else []
            self._expect_stage(entry)
            return decisions + self._place(entry, now)
        return self._place(entry, now)

    def caller_leaves(self, call: CallId, now: float) -> list[Decision]:
        """Let a caller go (hung up, gave up, served otherwise); an open offer is withdrawn. Unknown calls: no fault."""
        entry = self._lines.get(call)
        if entry is None:
            return []
        self._pace.left(now - entry.entered, now, served=False)
        offer = self._offers.of_call(call)
        self._leave(entry)
        if offer is None:
            return []
        self._offers.step(offer.id, OfferEvent.WITHDRAW)
        return [WithdrawOffer(offer.id, call, offer.agent, Withdrawal.CALLER_LEFT)]

    def caller_asks_anew(self, call: CallId, need: Need, stages: tuple[Stage, ...], now: float) -> list[Decision]:
        """The rules of a waiting caller's queue have changed: give it the new need, and the stages reached by now. The
        place is kept, and so is an open offer. Unknown calls: no fault."""
        entry = self._lines.get(call)
        if entry is None or (entry.caller.need, entry.caller.stages) == (need, stages):
            return []
        entry.caller = replace(entry.caller, need=need, stages=stages)
        entry.stage = sum(1 for stage in stages if entry.caller.since + stage.after_s <= now)
        self._move(entry, stages[entry.stage - 1].need if entry.stage else need)
        self._expect_stage(entry)
        return self._place(entry, now) if entry.in_line else []

    # -- agents ----------------------------------------------------------------------------------------------------

    def agent_on_duty(self, agent: AgentId, skills: Skills, now: float) -> list[Decision]:
        """Count an agent as staffing from now on, not available yet. Told again, the skills are replaced: a free agent
        stays free, and an offer that the new skills no longer allow is withdrawn."""
        seated = self._staff.get(agent)
        if seated is None:
            self._staff.come(agent, skills, now)
            return []
        if seated.profile.skills == dict(skills):
            return []
        was_available = seated.available
        decisions = self._bare(self._staff.retrain(seated, skills), now)
        offer = self._offers.of_agent(agent)
        if offer is not None:
            made_for = self._entry(offer.call).offered_in
            if made_for is None or agent not in made_for.on_duty:
                decisions += self._withdraw_from(agent, now)
        if was_available:
            decisions += self.agent_available(agent, seated.idle_since, now)
        return decisions

    def agent_off_duty(self, agent: AgentId, now: float) -> list[Decision]:
        """Count an agent as staffing no longer. Callers left without anybody on duty are told."""
        seated = self._staff.get(agent)
        if seated is None:
            return []
        bare = self._staff.go(seated, now)
        return self._bare(bare, now) + self._withdraw_from(agent, now)

    def agent_available(self, agent: AgentId, since: float, now: float) -> list[Decision]:
        """Give an agent on duty the first caller served by the agent's skills, or keep the agent ready.

        ``since`` is when the agent's idle time began.
        """
        seated = self._staff.get(agent)
        if seated is None:
            raise RouterError(f"agent {agent} is not on duty")
        if self._offers.of_agent(agent) is not None:
            raise RouterError(f"agent {agent} has an open offer")
        if seated.serves is not None:
            queue, began = seated.serves
            self._pace.cycle(queue, now - began, now)
            seated.serves = None
        seated.idle_since = since
        entry = None if self._held else self._lines.first_for(seated.served, agent)
        if entry is None or since < now:  # else no time goes by between one caller and the next
            seated.workload.idle(since)
        if entry is None:
            self._staff.free(seated)
            return []
        self._staff.take(seated)
        return [self._offer(entry, seated, now)]

    def agent_unavailable(self, agent: AgentId, now: float) -> list[Decision]:
        """Offer nothing to an agent (break, wrap-up, seat lost or busy); an open offer is withdrawn."""
        seated = self._staff.get(agent)
        if seated is None:
            return []
        self._staff.take(seated)
        seated.workload.away(now)
        seated.serves = None
        return self._withdraw_from(agent, now)

    # -- offers ----------------------------------------------------------------------------------------------------

    def offer_rings(self, offer_id: str) -> None:
        """The agent's phone begins to ring."""
        self._offers.step(offer_id, OfferEvent.RING)

    def offer_accepted(self, offer_id: str, now: float) -> None:
        """They talk: the caller is out of the line, the agent unavailable until said otherwise."""
        offer = self._offers.step(offer_id, OfferEvent.ACCEPT)
        entry, seated = self._entry(offer.call), self._staff.get(offer.agent)
        self._pace.rang(now - offer.made_at, now)
        self._pace.left(now - entry.entered, now, served=True)
        if seated is not None:
            seated.serves = entry.caller.queue, offer.made_at
        self._leave(entry)

    def offer_failed(self, offer_id: str, now: float, how: OfferEvent = OfferEvent.FAIL) -> list[Decision]:
        """The offer came to nothing (``how``: MISS, DECLINE or FAIL): the caller is back at the old place, the agent
        unavailable until said otherwise.

        The agent is not offered this caller again within ``avoid_s``, unless nobody else on duty could serve it. A
        caller who was held for this agent only is held no longer.
        """
        offer = self._offers.step(offer_id, how)
        seated = self._staff.get(offer.agent)
        if seated is not None:
            seated.workload.away(now)
        entry = self._entry(offer.call)
        decisions: list[Decision] = []
        if entry.need_class.need.only is not None:
            decisions += self._find_staff(entry, others=True)
        on_duty = entry.need_class.on_duty
        if len(on_duty) > (offer.agent in on_duty):
            until = now + self._settings.avoid_s
            entry.avoid = {**entry.avoid, offer.agent: until}
            heapq.heappush(self._avoided, (until, offer.call, offer.agent))
        return decisions + self._back_in_line(entry, now)

    # -- time and holding ------------------------------------------------------------------------------------------

    def wakes_at(self) -> float | None:
        """Return when ``pass_time`` next has something to do, or None."""
        return min((heap[0][0] for heap in (self._avoided, self._stages) if heap), default=None)

    def pass_time(self, now: float) -> list[Decision]:
        """Do what is due by time alone: let callers ask for less, whether or not somebody rings; end avoidances. Then
        serve whom that concerns, in the order of the line."""
        decisions: list[Decision] = []
        concerned: dict[CallId, Entry] = {}
        while self._stages and self._stages[0][0] <= now:
            _, _, call, number = heapq.heappop(self._stages)
            entry = self._lines.get(call)
            if entry is not None and entry.stage + 1 == number and self._due(entry, number, now):
                decisions += self._relax(entry, number)
                self._expect_stage(entry)
                concerned[call] = entry
        while self._avoided and self._avoided[0][0] <= now:
            until, call, agent = heapq.heappop(self._avoided)
            entry = self._lines.get(call)
            if entry is not None and entry.avoid.get(agent) == until:
                entry.avoid = {other: till for other, till in entry.avoid.items() if other != agent}
                concerned[call] = entry
        for entry in sorted(concerned.values(), key=lambda each: each.key):
            if entry.in_line:
                decisions += self._place(entry, now)
        return decisions

    def hold_offers(self) -> None:
        """Make no offers and turn nobody away until ``release_offers`` (a restarted service waits for its callers)."""
        self._held = True

    def release_offers(self, now: float) -> list[Decision]:
        """Offer again: everyone in line in turn."""
        self._held = False
        decisions: list[Decision] = []
        for entry in list(self._lines.in_order()):
            decisions += self._place(entry, now)
        return decisions

    # -- inside ----------------------------------------------------------------------------------------------------

    def _leave(self, entry: Entry) -> None:
        self._lines.leave(entry)
        self._unused(entry.need_class)
        self._offer_over(entry)

    def _unused(self, need_class: NeedClass) -> None:
        """Drop a class for one agent only when nobody is in it any more: there would be one per repeat caller."""
        need_class.users -= 1
        if need_class.need.only is not None and not need_class.users:
            self._forget_class(need_class)

    def _offer_over(self, entry: Entry) -> None:
        made_for, entry.offered_in = entry.offered_in, None
        if made_for is not None:
            self._unused(made_for)

    def _expect_stage(self, entry: Entry) -> None:
        if entry.stage < len(entry.caller.stages):
            at = entry.caller.since + entry.caller.stages[entry.stage].after_s
            self._expected_stages += 1
            heapq.heappush(self._stages, (at, self._expected_stages, entry.caller.call, entry.stage + 1))

    def _due(self, entry: Entry, stage: int, now: float) -> bool:
        """Return whether a stage (from 1) begins by now: the stages may be others than when it was expected."""
        stages = entry.caller.stages
        return stage <= len(stages) and entry.caller.since + stages[stage - 1].after_s <= now

    def _relax(self, entry: Entry, stage: int) -> list[Decision]:
        """Let a caller ask for what this stage (from 1) says."""
        entry.stage = stage
        moved = self._move(entry, entry.caller.stages[stage - 1].need)
        return [Relaxed(entry.caller.call, stage)] if moved else []

    def _move(self, entry: Entry, need: Need) -> bool:
        """Let a caller ask for something else at the same place; return whether it is something else."""
        before, after = entry.need_class, self._class_of(need)
        after.users += 1
        self._lines.move(entry, after)
        self._unused(before)
        return after is not before

    def _find_staff(self, entry: Entry, *, others: bool = False) -> list[Decision]:
        """Nobody on duty has what a caller asks for (or ``others`` than now are wanted): go on to the next stage that
        somebody could serve, or tell that there is nobody at all. The caller is yet to be served."""
        if self._held:
            return []
        stages = entry.caller.stages
        for number in range(entry.stage + 1, len(stages) + 1):
            need = stages[number - 1].need
            if self._on_duty_for(need) and not (others and need.only is not None):
                decisions = self._relax(entry, number)
                self._expect_stage(entry)
                return decisions
        return [] if others else [NobodyStaffed(entry.caller.call)]

    def _bare(self, classes: Iterable[NeedClass], now: float) -> list[Decision]:
        """Somebody left: callers of classes that have nobody now ask for less, or are told."""
        entries = sorted((entry for each in classes for entry in each.callers), key=lambda entry: entry.key)
        decisions = [decision for entry in entries for decision in self._find_staff(entry)]
        for entry in entries:
            decisions += self._serve(entry, now)
        return decisions

    def _place(self, entry: Entry, now: float) -> list[Decision]:
        """Serve a caller in line, who asks for less when nobody on duty has what is asked for now."""
        if entry.need_class.on_duty:
            return self._serve(entry, now) if entry.need_class.ready else []  # of a long line, hardly anybody is free
        return self._find_staff(entry) + self._serve(entry, now)

    def _serve(self, entry: Entry, now: float) -> list[Decision]:
        """Offer a caller in line the best free agent, if any."""
        if self._held:
            return []
        seated = self._staff.best(entry.need_class, entry.avoid)
        if seated is None:
            return []
        self._staff.take(seated)
        return [self._offer(entry, seated, now)]

    def _offer(self, entry: Entry, seated: Seated, now: float) -> MakeOffer:
        offer = self._offers.make(entry.caller.call, seated.agent, now)
        self._lines.step_out(entry)
        entry.offered_in = entry.need_class
        entry.need_class.users += 1
        self._staff.offered(seated)
        seated.workload.busy(now)
        return MakeOffer(offer.id, offer.call, offer.agent)

    def _back_in_line(self, entry: Entry, now: float) -> list[Decision]:
        self._offer_over(entry)
        self._lines.line_up(entry)
        return self._place(entry, now)

    def _withdraw_from(self, agent: AgentId, now: float) -> list[Decision]:
        offer = self._offers.of_agent(agent)
        if offer is None:
            return []
        self._offers.step(offer.id, OfferEvent.WITHDRAW)
        gone = WithdrawOffer(offer.id, offer.call, agent, Withdrawal.AGENT_LEFT)
        return [gone, *self._back_in_line(self._entry(offer.call), now)]

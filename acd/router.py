"""The router: who is offered whom. Pure and synchronous: time is an argument, what is to be done is returned.

Each operation changes the state and returns decisions for the shell to carry out, in order. One defined order holds
across all queues: higher priority first, then longer waiting. A caller gets the least over-qualified, then longest idle
agent among those skilled enough. ``check`` states the invariants that hold after every operation.

All times are epoch seconds.
"""

import heapq
from dataclasses import dataclass

from acd.decisions import Decision, MakeOffer, NobodyStaffed, Withdrawal, WithdrawOffer
from acd.invariants import broken_invariants
from acd.matching import Need, Skills
from acd.offers import Offer, OfferBook, OfferEvent
from acd.staff import NeedClass, Seated, Staff
from acd.waiting import Entry, Waiting, WaitingLines
from calls.identity import AgentId, CallId

__all__ = ["AgentId", "CallId", "Router", "RouterError", "RouterSettings"]


class RouterError(Exception):
    """The shell said something that cannot be: an unknown agent, a caller who waits already."""


@dataclass(frozen=True, slots=True)
class RouterSettings:
    """How the router decides."""

    avoid_s: float = 60.0  # an agent who missed or declined a caller is not offered that caller again for so long


class Router:
    """All waiting callers, all agents on duty, all open offers."""

    def __init__(self, settings: RouterSettings | None = None, series: str = "") -> None:
        """``series`` begins every offer's id, so that ids of two lives of a service differ."""
        self._settings = settings or RouterSettings()
        self._lines = WaitingLines()
        self._staff = Staff()
        self._offers = OfferBook(series)
        self._classes: dict[Need, NeedClass] = {}
        self._avoided: list[tuple[float, CallId, AgentId]] = []  # heap of when an avoidance ends
        self._held = False

    # -- callers ---------------------------------------------------------------------------------------------------

    def caller_waits(self, caller: Waiting, now: float) -> list[Decision]:
        """Take a caller into the line and offer the best free agent, if there is one."""
        if self._lines.get(caller.call) is not None:
            raise RouterError(f"call {caller.call} waits already")
        entry = self._lines.enter(caller, self._class_of(caller.need))
        if not self._held and not entry.need_class.on_duty:
            return [NobodyStaffed(caller.call)]
        return self._serve(entry, now)

    def caller_leaves(self, call: CallId, now: float) -> list[Decision]:
        """Let a caller go (hung up, gave up, served otherwise); an open offer is withdrawn. Unknown calls: no fault."""
        del now
        entry = self._lines.get(call)
        if entry is None:
            return []
        offer = self._offers.of_call(call)
        self._lines.leave(entry)
        if offer is None:
            return []
        self._offers.step(offer.id, OfferEvent.WITHDRAW)
        return [WithdrawOffer(offer.id, call, offer.agent, Withdrawal.CALLER_LEFT)]

    # -- agents ----------------------------------------------------------------------------------------------------

    def agent_on_duty(self, agent: AgentId, skills: Skills, now: float) -> list[Decision]:
        """Count an agent as staffing from now on, available or not. Told again, the skills are replaced."""
        decisions: list[Decision] = []
        seated = self._staff.get(agent)
        if seated is not None:
            if seated.profile.skills == dict(skills):
                return []
            decisions = self.agent_off_duty(agent, now)
        self._staff.come(agent, skills, list(self._classes.values()))
        return decisions

    def agent_off_duty(self, agent: AgentId, now: float) -> list[Decision]:
        """Count an agent as staffing no longer. Callers left without anybody on duty are told."""
        seated = self._staff.get(agent)
        if seated is None:
            return []
        bare = self._staff.go(seated)
        decisions = self._withdraw_from(agent, now)
        if not self._held:
            decisions += [NobodyStaffed(key[3]) for need_class in bare for key in need_class.callers]
        return decisions

    def agent_available(self, agent: AgentId, since: float, now: float) -> list[Decision]:
        """Give an agent on duty the first caller served by the agent's skills, or keep the agent ready.

        ``since`` is when the agent's idle time began.
        """
        seated = self._staff.get(agent)
        if seated is None:
            raise RouterError(f"agent {agent} is not on duty")
        if self._offers.of_agent(agent) is not None:
            raise RouterError(f"agent {agent} has an open offer")
        seated.idle_since = since
        if not self._held:
            entry = self._lines.first_for(seated.profile.indexes, agent)
            if entry is not None:
                self._staff.take(seated)
                return [self._offer(entry, seated, now)]
        self._staff.free(seated)
        return []

    def agent_unavailable(self, agent: AgentId, now: float) -> list[Decision]:
        """Offer nothing to an agent (break, wrap-up, seat lost or busy); an open offer is withdrawn."""
        seated = self._staff.get(agent)
        if seated is None:
            return []
        self._staff.take(seated)
        return self._withdraw_from(agent, now)

    # -- offers ----------------------------------------------------------------------------------------------------

    def offer_rings(self, offer_id: str) -> None:
        """The agent's phone begins to ring."""
        self._offers.step(offer_id, OfferEvent.RING)

    def offer_accepted(self, offer_id: str) -> None:
        """They talk: the caller is out of the line, the agent unavailable until said otherwise."""
        offer = self._offers.step(offer_id, OfferEvent.ACCEPT)
        self._lines.leave(self._entry(offer.call))

    def offer_failed(self, offer_id: str, now: float) -> list[Decision]:
        """The offer came to nothing: the caller is back at the old place, the agent unavailable until said otherwise.

        The agent is not offered this caller again within ``avoid_s``, unless nobody else on duty could serve it.
        """
        offer = self._offers.step(offer_id, OfferEvent.FAIL)
        entry = self._entry(offer.call)
        on_duty = entry.need_class.on_duty
        if len(on_duty) > (offer.agent in on_duty):
            until = now + self._settings.avoid_s
            entry.avoid[offer.agent] = until
            heapq.heappush(self._avoided, (until, offer.call, offer.agent))
        return self._back_in_line(entry, now)

    # -- time and holding ------------------------------------------------------------------------------------------

    def wakes_at(self) -> float | None:
        """Return when ``pass_time`` next has something to do, or None."""
        return self._avoided[0][0] if self._avoided else None

    def pass_time(self, now: float) -> list[Decision]:
        """Do what is due by time alone: end avoidances."""
        decisions: list[Decision] = []
        while self._avoided and self._avoided[0][0] <= now:
            until, call, agent = heapq.heappop(self._avoided)
            entry = self._lines.get(call)
            if entry is None or entry.avoid.get(agent) != until:
                continue
            del entry.avoid[agent]
            if entry.in_line:
                decisions += self._serve(entry, now)
        return decisions

    def hold_offers(self) -> None:
        """Make no offers and turn nobody away until ``release_offers`` (a restarted service waits for its callers)."""
        self._held = True

    def release_offers(self, now: float) -> list[Decision]:
        """Offer again: everyone in line in turn."""
        self._held = False
        decisions: list[Decision] = []
        for entry in list(self._lines.in_order()):
            if entry.need_class.on_duty:
                decisions += self._serve(entry, now)
            else:
                decisions.append(NobodyStaffed(entry.caller.call))
        return decisions

    # -- questions -------------------------------------------------------------------------------------------------

    def place_of(self, call: CallId) -> int | None:
        """Return a caller's place in line (1 is next), or None when not in line.

        Only callers ahead who compete for the same people count: those for whom somebody on duty could serve both.
        Callers whose offer rings have left the line.
        """
        entry = self._lines.get(call)
        if entry is None or not entry.in_line:
            return None
        own = entry.need_class
        overlaps = {
            other.index
            for other in self._lines.waiting_classes()
            if other is own or not other.on_duty.isdisjoint(own.on_duty)
        }
        return 1 + self._lines.ahead(entry, overlaps)

    def staffed(self, need: Need) -> int:
        """Return how many agents on duty satisfy a need."""
        return len(self._class_of(need).on_duty)

    def length(self, queue: str) -> int:
        """Return how many callers wait in a queue, those included whose offer rings."""
        return self._lines.length(queue)

    def waiting(self) -> list[Waiting]:
        """Return all waiting callers in order of arrival, those included whose offer rings."""
        return [entry.caller for entry in self._lines.all()]

    def open_offers(self) -> list[Offer]:
        """Return all open offers."""
        return self._offers.open()

    def check(self) -> list[str]:
        """Return every broken invariant in words; empty when all is well. A full walk: for tests and diagnosis."""
        return broken_invariants(self._lines, self._staff, self._offers, held=self._held)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _class_of(self, need: Need) -> NeedClass:
        need_class = self._classes.get(need)
        if need_class is None:
            need_class = self._classes[need] = NeedClass(need, len(self._classes))
            self._staff.learn(need_class)
        return need_class

    def _entry(self, call: CallId) -> Entry:
        entry = self._lines.get(call)
        if entry is None:
            raise RouterError(f"call {call} does not wait")
        return entry

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
        return MakeOffer(offer.id, offer.call, offer.agent)

    def _back_in_line(self, entry: Entry, now: float) -> list[Decision]:
        self._lines.line_up(entry)
        return self._serve(entry, now)

    def _withdraw_from(self, agent: AgentId, now: float) -> list[Decision]:
        offer = self._offers.of_agent(agent)
        if offer is None:
            return []
        self._offers.step(offer.id, OfferEvent.WITHDRAW)
        gone = WithdrawOffer(offer.id, offer.call, agent, Withdrawal.AGENT_LEFT)
        return [gone, *self._back_in_line(self._entry(offer.call), now)]

"""The distributor: carries one call through the router to a seat, straight on. The router decides; this does.

Whatever ends a visit (a hang-up, a cancellation, a fault), ``_clear`` leaves router and desk as if it had never been.
"""

import dataclasses
import secrets
from collections.abc import Mapping
from typing import Any

import structlog

from acd.decisions import MakeOffer
from acd.desk import (
    AddressOf,
    AgentDesk,
    Announcer,
    Distributed,
    Limit,
    Overflow,
    QueueOutcome,
    QueueRequest,
    RecordingPath,
    Told,
)
from acd.dispatch import Dispatch
from acd.matching import Need
from acd.offers import OfferEvent
from acd.outlook import doing
from acd.redial import RedialMemory
from acd.router import Router
from acd.visit import Stage, Visit
from acd.waiting import Waiting
from calls import AgentId, Call, CallerHungUp, CallId, Clock, Line, LineFault, SeatId, Timeline
from calls.line import RingOutcome, RingResult
from calls.plain import plain_fields
from calls.recording_events import RecordingStarted
from calls.timeline import Connected, Dequeued, NeedRelaxed, Offered, OfferFailed, PlaceAnnounced, Queued, TalkEnded

log = structlog.get_logger(__name__)

_FAILURES = {
    RingOutcome.NO_ANSWER: OfferEvent.MISS,
    RingOutcome.BUSY: OfferEvent.DECLINE,
    RingOutcome.DECLINED: OfferEvent.DECLINE,
}


class Distributor(Dispatch):
    """The async shell around a router: one coroutine per call. It follows the floor: ``floor.follow(distributor)``."""

    def __init__(
        self,
        router: Router,
        desk: AgentDesk,
        timeline: Timeline,
        clock: Clock,
        *,
        address_of: AddressOf,
        recording_path: RecordingPath | None = None,
    ) -> None:
        super().__init__(router, desk, clock)
        self._timeline = timeline
        self._address_of = address_of
        self._recording_path = recording_path
        self._redials = RedialMemory(secrets.token_bytes(32))

    # -- a caller's way --------------------------------------------------------------------------------------------

    async def distribute(self, call: Call, line: Line, request: QueueRequest, announcer: Announcer) -> Distributed:
        """Queue a caller until served by an agent (returns when that agent has left), or until the queue is left
        otherwise. Raises ``CallerHungUp`` when the caller hangs up at any point, ``LineFault`` when the line fails."""
        visit = self._enter(call, request)
        ended_by = "system"
        try:
            if visit.leaving is None and visit.offer is None:
                await line.music(on=True, name=request.music)
            served = await self._wait(visit, line, call, announcer)
            if served is None:
                return await self._turn_away(visit, line)
            ended_by = "agent"
        except CallerHungUp:
            ended_by = "caller"
            if visit.stage in (Stage.WAITING, Stage.RINGING):
                self._redials.left(call.caller, visit.since, self._clock.now())
            raise
        else:
            return served
        finally:
            self._clear(visit, ended_by)

    def _enter(self, call: Call, request: QueueRequest) -> Visit:
        now = self._clock.now()
        returned = self._redials.take(call.caller, now) if request.since is None else request.since
        since = now if returned is None else returned
        visit = Visit(call.id, request, since)
        new = returned is None  # who was here before has a place already
        full = request.max_length is not None and self._router.length(request.queue) >= request.max_length
        caller = Waiting(
            call.id, request.queue, request.need, request.priority, since, request.stages, request.target_s
        )
        queued = self._seen(caller, request, now)
        beyond = None if full and new else self._beyond(caller, request, now, new=new)
        if full and new:
            visit.leaving = QueueOutcome.FULL
        elif beyond is not None:
            visit.overflows(beyond)
        if visit.leaving is not None:
            self._timeline.append(queued)
            return visit
        self._visits[call.id] = visit
        decisions = self._router.caller_waits(caller, now)
        place = self._router.place_of(call.id) or 0
        self._timeline.append(dataclasses.replace(queued, place=place if queued.suitable else 0))
        self._do(decisions, now)
        return visit

    def _beyond(self, caller: Waiting, request: QueueRequest, now: float, *, new: bool) -> Overflow | None:
        """Return the first limit that is reached on coming in; some of them are for new callers only."""
        for rule in request.overflow:
            match rule.when:
                case Limit.LENGTH:
                    reached = new and self._router.length(request.queue) >= rule.at
                case Limit.EXPECTED:
                    expected_s = self._router.expected_wait_of(caller, now) if new else 0.0
                    reached = expected_s is None or expected_s > rule.at  # None: no end is in sight
                case Limit.WAITED:
                    reached = now - (caller.since if request.limits_since is None else request.limits_since) >= rule.at
                case Limit.UNSTAFFED:
                    reached = not self._router.staffed(caller.need, caller.stages)
            if reached:
                return rule
        return None

    def _seen(self, caller: Waiting, request: QueueRequest, now: float) -> Queued:
        """Return what there is to journal of a caller about to wait: what is asked for, and who could serve."""
        need = caller.need
        suitable, free = self._router.prospects(need)
        asked_of_all = need.only is None
        return Queued(
            call=caller.call, at=now, queue=caller.queue, needs=need.least_levels(),
            priority=caller.priority, since=caller.since, need=str(need.hard),
            asked=dict(request.asked), suitable=suitable, free=free,
            place=0 if free or not suitable else self._router.place_before(caller),
            held_for=need.only,
            doing={} if free and asked_of_all else dict(doing(self._router, self._desk, need, caller.call)),
        )  # fmt: skip

    def _relaxed(self, visit: Visit, stage: int, now: float) -> None:
        after_s, need = visit.request.stages[stage - 1]
        self._asks_for(visit, need, after_s, now)

    def _need_changed(self, visit: Visit, need: Need, now: float) -> None:
        self._asks_for(visit, need, now - visit.since, now, edited=True)

    def _asks_for(self, visit: Visit, need: Need, after_s: float, now: float, *, edited: bool = False) -> None:
        waits = self._router.place_of(visit.call) is not None
        self._timeline.append(
            NeedRelaxed(
                call=visit.call, at=now, need=str(need.hard), after_s=after_s, edited=edited,
                held_for=need.only,
                doing=dict(doing(self._router, self._desk, need, visit.call)) if waits else {},
            )
        )  # fmt: skip

    async def _wait(self, visit: Visit, line: Line, call: Call, announcer: Announcer) -> Distributed | None:
        """Go from event to event until served, or until the visit is to be left (None)."""
        request = visit.request
        announce_at = None if request.announce_after_s is None else self._clock.now() + request.announce_after_s
        give_up_at = None
        limits_since = visit.since if request.limits_since is None else request.limits_since
        if request.max_wait_s is not None:
            give_up_at = limits_since + request.max_wait_s
        waited = min((r for r in request.overflow if r.when is Limit.WAITED), key=lambda rule: rule.at, default=None)
        overflow_at = None if waited is None else limits_since + waited.at
        while True:
            if visit.offer is not None:
                if await self._ring(visit, line, call):
                    return await self._talk(visit, line)
                continue
            if visit.leaving is not None:
                return None
            now = self._clock.now()
            if waited is not None and overflow_at is not None and now >= overflow_at:
                visit.overflows(waited)
            elif give_up_at is not None and now >= give_up_at:
                visit.leave(QueueOutcome.TIMEOUT)
            elif announce_at is not None and now >= announce_at:
                await self._announce(visit, line, announcer)
                announce_at = self._clock.now() + request.announce_every_s
            else:
                due = min((at for at in (announce_at, give_up_at, overflow_at) if at is not None), default=None)
                digit = await visit.until_woken(line.next_digit(), None if due is None else max(0.0, due - now))
                if digit and digit in request.exit_digits:
                    visit.leave(QueueOutcome.DIGIT)
                    visit.digit = digit

    async def _announce(self, visit: Visit, line: Line, announcer: Announcer) -> None:
        """Tell the place; an offer cuts it short. A missing sound must not cost the caller the place."""
        place = self._router.place_of(visit.call)
        if place is None:
            return
        estimate_s = self._router.expected_wait(visit.call, self._clock.now())
        try:
            told = await visit.until_woken(self._say_place(line, place, estimate_s, announcer))
        except LineFault as fault:
            log.warning("acd.announcement_failed", call=visit.call, error=str(fault))
            return
        if told is not None:
            if told.place:
                now = self._clock.now()
                self._timeline.append(PlaceAnnounced(call=visit.call, at=now, place=place, wait_s=told.wait_s))
            if told.digit and told.digit in visit.request.exit_digits:
                visit.leave(QueueOutcome.DIGIT)
                visit.digit = told.digit
                return
        await line.music(on=True, name=visit.request.music)

    @staticmethod
    async def _say_place(line: Line, place: int, estimate_s: float | None, announcer: Announcer) -> Told:
        return await announcer.announce(line, place, estimate_s) or Told()

    async def _ring(self, visit: Visit, line: Line, call: Call) -> bool:
        """Ring the offered agent; return whether they talk. Otherwise the caller waits again, at the old place."""
        offer = visit.offer
        if offer is None:
            return False
        if visit.withdrawn:
            visit.cleared()
            self._release(visit, offer)
            return False
        ready = visit.request.ready
        if ready is not None and not await visit.until_woken(ready()):
            return False  # interrupted: look again at what has changed
        seat = visit.seat = self._desk.ringing(offer.agent, visit.call)
        self._router.offer_rings(offer.offer)
        visit.stage = Stage.RINGING
        why = visit.why
        self._timeline.append(
            Offered(
                call=visit.call, at=self._clock.now(), offer=offer.offer, agent=offer.agent, seat=seat,
                **({} if why is None else plain_fields(why)),
            )
        )  # fmt: skip
        result, recording = await self._ring_seat(visit, line, call, offer)
        if result is not None and result.outcome is RingOutcome.ANSWERED:
            self._connect(visit, offer, recording, result.answered_at)
            return True
        if result is None or visit.withdrawn:
            self._unring(visit, offer)
        else:
            self._miss(visit, offer, result.outcome)
        return False

    async def _ring_seat(self, visit: Visit, line: Line, call: Call, offer: MakeOffer) -> tuple[RingResult | None, str]:
        """Ring; None when the offer was withdrawn meanwhile."""
        path, relative = None, ""
        if self._recording_path is not None:
            path, relative = self._recording_path(visit.call, offer.agent)
        assert visit.seat is not None
        ringing = line.ring(
            self._address_of(visit.seat),
            ring_s=visit.request.ring_s,
            caller_name=call.shown_name,
            record_to=path,
        )
        try:
            return await visit.until_woken(ringing), relative
        except LineFault as fault:
            log.warning("acd.ring_failed", call=visit.call, agent=offer.agent, error=str(fault))
            return RingResult(RingOutcome.FAILED, cause=str(fault)), relative

    def _miss(self, visit: Visit, offer: MakeOffer, outcome: RingOutcome) -> None:
        """The agent did not take it: back to the old place, the agent put aside."""
        now = self._clock.now()
        decisions = self._router.offer_failed(offer.offer, now, _FAILURES.get(outcome, OfferEvent.FAIL))
        until = self._router.avoided_until(visit.call, offer.agent)
        others: Mapping[str, int] = {}
        if not decisions:
            need = self._router.need_of(visit.call)
            others = doing(self._router, self._desk, need, visit.call, besides=offer.agent)
        not_again_s = 0.0 if until is None else until - now
        self._offer_failed(visit, offer, outcome.value, not_again_s=not_again_s, doing=dict(others))
        visit.cleared()
        self._do(decisions, now)
        self._desk.missed(offer.agent, visit.call, outcome)

    def _unring(self, visit: Visit, offer: MakeOffer) -> None:
        """The offer was withdrawn while it rang (the router knows): no fault of the agent."""
        self._offer_failed(visit, offer, "withdrawn")
        visit.cleared()
        self._release(visit, offer)

    def _release(self, visit: Visit, offer: MakeOffer) -> None:
        """Free the agent of a withdrawn offer, who may have come back and been offered this caller again already."""
        if visit.offer is None or visit.offer.agent != offer.agent:
            self._desk.released(offer.agent, visit.call)

    def _offer_failed(self, visit: Visit, offer: MakeOffer, reason: str, **seen: Any) -> None:
        visit.stage = Stage.WAITING
        self._timeline.append(
            OfferFailed(
                call=visit.call, at=self._clock.now(), offer=offer.offer, agent=offer.agent,
                seat=visit.seat or SeatId(""), reason=reason, **seen,
            )
        )  # fmt: skip

    def _connect(self, visit: Visit, offer: MakeOffer, recording: str, answered_at: float | None) -> None:
        now, seat = self._clock.now(), visit.seat or SeatId("")
        if visit.withdrawn:  # withdrawn in the very moment of the answer: they talk, so that is what counts
            self._router.caller_leaves(visit.call, now)
            if visit.next_offer is not None:
                self._desk.released(visit.next_offer.agent, visit.call)
                visit.next_offer = None
            self._desk.adopted(offer.agent, visit.call, visit.request.queue)
        else:
            self._router.offer_accepted(offer.offer, now)
            self._desk.talking(offer.agent, visit.call)
        visit.agent, visit.stage = offer.agent, Stage.TALKING
        visit.cleared()
        at = now if answered_at is None else min(answered_at, now)
        self._timeline.append(Connected(call=visit.call, at=at, agent=offer.agent, seat=seat))
        if recording:
            self._timeline.append(RecordingStarted(call=visit.call, at=now, path=recording))

    async def _talk(self, visit: Visit, line: Line) -> Distributed:
        end = await line.talk(lambda: self._clear(visit, "agent"))
        return Distributed(QueueOutcome.SERVED, agent=visit.agent, talk_end=end)

    async def _turn_away(self, visit: Visit, line: Line) -> Distributed:
        outcome, rule = visit.leaving or QueueOutcome.TIMEOUT, visit.overflow
        if outcome is QueueOutcome.NOBODY_STAFFED:
            rule = next((rule for rule in visit.request.overflow if rule.when is Limit.UNSTAFFED), None)
            outcome = outcome if rule is None else QueueOutcome.OVERFLOW
        to, beyond = ("", "") if rule is None else (rule.to, rule.when.value)
        self._timeline.append(
            Dequeued(call=visit.call, at=self._clock.now(), reason=outcome.value, to=to, beyond=beyond)
        )
        self._clear(visit, "system")
        await line.music(on=False)
        return Distributed(outcome, digit=visit.digit, overflow=rule)

    def _clear(self, visit: Visit, ended_by: str) -> None:
        """End a visit wherever it stands (idempotent): no reservation, no ringing, no talk is left behind."""
        stage, visit.stage = visit.stage, Stage.OVER
        if stage is Stage.OVER:
            return
        now = self._clock.now()
        self._visits.pop(visit.call, None)
        self._router.caller_leaves(visit.call, now)
        offer, next_offer = visit.offer, visit.next_offer
        if stage is Stage.RINGING and offer is not None:
            self._offer_failed(visit, offer, "withdrawn")
            visit.stage = Stage.OVER
        for reserved in (offer, next_offer):
            if reserved is not None:
                self._desk.released(reserved.agent, visit.call)
        if stage is Stage.TALKING and visit.agent is not None:
            self._timeline.append(TalkEnded(call=visit.call, at=now, agent=visit.agent, by=ended_by))
            self._desk.talk_ended(visit.agent, visit.call)

    # -- restart ---------------------------------------------------------------------------------------------------

    def adopt(self, call: CallId, agent: AgentId, queue: str) -> bool:
        """Take over a talk that went on while the service was dead; False when its agent is not logged in."""
        return self._desk.adopted(agent, call, queue) is not None

    def adopted_talk_ended(self, call: CallId, agent: AgentId, by: str) -> None:
        """An adopted talk is over. ``by``: caller, agent or system."""
        self._timeline.append(TalkEnded(call=call, at=self._clock.now(), agent=agent, by=by))
        self._desk.talk_ended(agent, call)

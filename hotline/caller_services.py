"""What a flow asks of the other rooms, for one call: ``ivr.FlowServices`` on distributor, recorder and ticket store."""

from collections.abc import Mapping

import structlog

from acd import Distributed, Limit, QueueOutcome
from acd import QueueRequest as AcdRequest
from agents.queues import Queue
from calls import Clock, Line, LineFault
from calls.identity import AgentId
from calls.line import Recorded, RecordEnd, RecordLimits, RingOutcome, TalkEnd
from calls.standing import Standing
from calls.timeline import MessageLeft, MessageStarted, OfferFailed, RecordingStarted
from hotline.call_timeline import Timelines
from hotline.desks import Desks
from hotline.queue_plans import overflow_of, plan_of
from ivr import QueueEnd, QueueRequest, TransferEnd
from tickets.store import StoreUnavailable

log = structlog.get_logger(__name__)

_QUEUE_ENDS = {
    QueueOutcome.SERVED: QueueEnd.SERVED,
    QueueOutcome.NOBODY_STAFFED: QueueEnd.NOBODY_STAFFED,
    QueueOutcome.TIMEOUT: QueueEnd.TIMEOUT,
    QueueOutcome.FULL: QueueEnd.FULL,
    QueueOutcome.DIGIT: QueueEnd.TIMEOUT,
}
_BEYOND = {
    Limit.LENGTH: QueueEnd.FULL,
    Limit.EXPECTED: QueueEnd.TIMEOUT,
    Limit.WAITED: QueueEnd.TIMEOUT,
    Limit.UNSTAFFED: QueueEnd.NOBODY_STAFFED,
}
_TRANSFER_ENDS = {
    RingOutcome.BUSY: TransferEnd.BUSY,
    RingOutcome.DECLINED: TransferEnd.BUSY,
    RingOutcome.NO_ANSWER: TransferEnd.NO_ANSWER,
}
_LEAST_MESSAGE_S = 1.0  # shorter than this nobody has said anything


class CallerServices:
    """The services of one call."""

    def __init__(self, desks: Desks, timelines: Timelines, clock: Clock) -> None:
        self._desks = desks
        self._timelines = timelines
        self._clock = clock

    async def queue(self, line: Line, request: QueueRequest) -> QueueEnd:
        """Queue the caller for a person and, when served, stay until the talk is over for all."""
        return await self._person(line, request.queue, request.skills, request.priority, None)

    async def wait_again(self, line: Line, standing: Standing) -> QueueEnd:
        """Put a caller taken over back into the line, at the old place."""
        if standing.agent is not None and standing.seat is not None:  # it rang there when the service died
            self._timelines.append(
                OfferFailed(call=line.call.id, at=self._clock.now(), offer="", agent=standing.agent,
                            seat=standing.seat, reason="service_restarted")
            )  # fmt: skip
        return await self._person(line, standing.queue, standing.asked, standing.priority, standing.since)

    async def person_at_last(self, line: Line) -> QueueEnd:
        """The flow broke: a person, whatever the caller was about to do."""
        queue = next(iter(self._desks.directory().queues))
        return await self._person(line, queue, {}, 0, None)

    async def ticket_state(self, number: str, caller: str) -> str | None:
        """Return a ticket's state by its number, or None."""
        state = await self._desks.reader.ticket_state(number, caller)
        return None if state is None else str(state.value)

    async def leave_message(self, line: Line, box: str, limits: RecordLimits) -> Recorded:
        """Record a message; a hang-up keeps what was said. The file and its event are there in any case."""
        place = self._desks.recordings.new_message(line.call.id, self._clock.now())
        self._timelines.append(
            MessageStarted(call=line.call.id, at=self._clock.now(), box=box, path=place.relative)
        )  # fmt: skip
        recorded = await line.record(place.absolute, limits)
        if recorded.duration_s >= _LEAST_MESSAGE_S or recorded.end is not RecordEnd.HANG_UP:
            self._timelines.append(
                MessageLeft(call=line.call.id, at=self._clock.now(), box=box, path=place.relative,
                            duration_s=round(recorded.duration_s, 2), end=recorded.end)
            )  # fmt: skip
            self._desks.recorder.message_left(line.call.id, place.relative)
        else:
            place.absolute.unlink(missing_ok=True)
        return recorded

    async def transfer(self, line: Line, department: str) -> TransferEnd:
        """Connect the caller to a department and stay until that talk is over; recorded like any other."""
        address = self._desks.department_addresses().get(department)
        if address is None:
            log.warning("transfer.no_address", department=department)
            return TransferEnd.UNREACHABLE
        place = self._desks.recordings.new_talk(line.call.id, self._clock.now())
        await line.music(on=True)
        result = await line.ring(address, ring_s=30, record_to=place.absolute)
        if result.outcome is not RingOutcome.ANSWERED:
            return _TRANSFER_ENDS.get(result.outcome, TransferEnd.UNREACHABLE)
        self._timelines.append(RecordingStarted(call=line.call.id, at=self._clock.now(), path=place.relative))
        await line.talk()
        return TransferEnd.DONE

    # -- inside ----------------------------------------------------------------------------------------------------

    async def _person(
        self, line: Line, queue: str, asked: Mapping[str, int], priority: int, since: float | None
    ) -> QueueEnd:
        """Queue the caller, and follow overflow rules from queue to queue, each queue's once; arrival is kept."""
        been: set[str] = set()
        came = self._clock.now()
        while True:
            served = await self._distribute(line, queue, asked, priority, since, overflow=queue not in been)
            if served.overflow is None:
                return _QUEUE_ENDS[served.outcome]
            been.add(queue)
            since = came if since is None else since
            where, _, name = served.overflow.to.partition(":")
            if where == "voicemail":
                return _BEYOND[served.overflow.when]
            if where == "queue":
                queue = name
            elif await self.transfer(line, name) is TransferEnd.DONE:  # else back to the old place, to stay
                return QueueEnd.SERVED

    async def _distribute(
        self,
        line: Line,
        queue: str,
        asked: Mapping[str, int],
        priority: int,
        since: float | None,
        *,
        overflow: bool,
    ) -> Distributed:
        settings = self._desks.directory().queues.get(queue)
        if settings is None:
            raise LineFault(f"there is no queue {queue!r}")
        plan = plan_of(settings, asked, await self._last_agent(line, settings))
        request = AcdRequest(
            queue=queue,
            need=plan.need,
            stages=plan.stages,
            asked=dict(asked),
            target_s=settings.service_level_s,
            priority=priority or settings.priority,
            since=since,
            ring_s=settings.ring_s,
            announce_after_s=settings.announce_after_s,
            announce_every_s=settings.announce_every_s,
            max_wait_s=settings.max_wait_s,
            max_length=settings.max_length,
            music=settings.music,
            overflow=overflow_of(settings) if overflow else (),
        )
        served = await self._desks.distributor.distribute(line.call, line, request, self._desks.announcer)
        if served.talk_end is TalkEnd.HANDED_OVER:
            await line.talk_on()
        return served

    async def _last_agent(self, line: Line, queue: Queue) -> AgentId | None:
        """Return who served this caller the last time, where the queue holds repeat callers for their agent."""
        if queue.last_agent is None or not line.call.caller:
            return None
        since = self._clock.now() - queue.last_agent.within_s
        try:
            return await self._desks.reader.last_agent(line.call.caller, since)
        except StoreUnavailable as error:  # a friendly extra: the caller is served without it
            log.warning("queue.last_agent_unknown", error=str(error))
            return None

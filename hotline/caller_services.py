"""What a flow asks of the other rooms, for one call: ``ivr.FlowServices`` on distributor, recorder and ticket store."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import structlog

from acd import Distributed, Limit, QueueOutcome
from acd import QueueRequest as AcdRequest
from acd.callbacks import Callback
from agents.callback_settings import CallbackSettings
from agents.queues import Queue
from calls import CallerHungUp, Clock, Line, LineFault
from calls.identity import AgentId
from calls.line import Recorded, RecordEnd, RecordLimits, TalkEnd
from calls.passing import CallData
from calls.standing import Stage, Standing
from calls.targets import Kind
from calls.timeline import MessageLeft, MessageStarted, OfferFailed
from hotline.call_timeline import Timelines
from hotline.callbacks import Callbacks
from hotline.callbacks_line import CallbackLine
from hotline.desks import Desks
from hotline.passing_on import PassingOn
from hotline.queue_plans import overflow_of, plan_of
from ivr import Box, KeyPressed, QueueEnd, QueueRequest, TicketAnswer, TransferEnd
from ivr.closures import Closure
from ivr.outside import Outside
from tickets.store import StoreUnavailable

log = structlog.get_logger(__name__)

_TOLD = ".recording"  # a variable of the call that no flow can name

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


class CallerServices:
    """The services of one call."""

    def __init__(self, desks: Desks, timelines: Timelines, clock: Clock, callbacks: Callbacks | None = None) -> None:
        self._desks = desks
        self._callbacks = callbacks
        self._timelines = timelines
        self._clock = clock
        self._waited: Standing | None = None  # where the former service left a caller who was in line, or talked
        self._talks: AgentId | None = None  # with whom a caller who was taken over talks

    def _passing(self) -> PassingOn:
        return PassingOn(self._desks, self._timelines, self._clock, self.leave_message)

    async def queue(self, line: Line, request: QueueRequest) -> QueueEnd | KeyPressed:
        """Queue the caller for a person and, when served, stay until the talk is over for all."""
        before, self._waited = self._waited, None
        if before is None:
            return await self._person(line, request, self._first_arrival(line), comes_again=True)
        known = before.queue in self._desks.directory().queues
        queue = before.queue if known else request.queue
        if before.stage is Stage.PARKED:
            await self._passing().park_again(line, before)
            return await self._passed_on(line, replace(request, queue=queue))
        return await self._person(line, replace(request, queue=queue), before.since)

    def waited(self, line: Line, standing: Standing) -> None:
        """A caller taken over was in line: the queue that is asked for next has them at the old place. Or they talk:
        then that goes on."""
        self._waited = standing
        if standing.stage is Stage.TALKING:
            self._talks = standing.agent
        elif standing.stage is Stage.RINGING and standing.agent is not None and standing.seat is not None:
            # it rang there when the service died
            self._timelines.append(
                OfferFailed(call=line.call.id, at=self._clock.now(), offer="", agent=standing.agent,
                            seat=standing.seat, reason="service_restarted")
            )  # fmt: skip

    async def wait_again(self, line: Line, standing: Standing) -> None:
        """Put a caller taken over back into the line, at the old place, when no step of a flow can do so."""
        self.waited(line, standing)
        await self.queue(line, QueueRequest(standing.queue, standing.asked, standing.priority))

    async def person_at_last(self, line: Line) -> None:
        """The flow broke: a person, whatever the caller was about to do."""
        queue = next(iter(self._desks.directory().queues))
        await self._person(line, QueueRequest(queue, {}), None)

    def closing(self, flow: str, dialled: str) -> Closure | None:
        """Return what closes a flow, or a number, by order."""
        return self._desks.closures.closing(flow, dialled)

    async def called_back(self, line: CallbackLine, callback: Callback) -> None:
        """Wait for somebody who is to be called back, at the place of their arrival, and stay until that is over."""
        wish = QueueRequest(self._queue_of(callback), callback.asked, callback.priority)
        served = await self._distribute(line, wish, callback.since, overflow=False, ready=line.ready)
        if served.talk_end is TalkEnd.PASSED_ON:
            await self._passed_on(line, wish)

    async def left_to_others(self, line: Line, end: TalkEnd) -> None:
        """Whoever called this person has left them to others, or passed them on: stay until that is over."""
        if end is TalkEnd.HANDED_OVER:
            end = await line.talk_on()
        if end is TalkEnd.PASSED_ON:
            await self._passed_on(line, QueueRequest(next(iter(self._desks.directory().queues)), {}))

    def anybody_for(self, callback: Callback) -> bool:
        """Whether somebody on duty could serve somebody who is to be called back."""
        queue = self._queue_of(callback)
        plan = plan_of(self._desks.directory().queues[queue], callback.asked)
        return self._desks.distributor.staffed(AcdRequest(queue, plan.need, plan.stages)) > 0

    def _queue_of(self, callback: Callback) -> str:
        """Return the queue of a callback; the first one, when that has been taken out of the directory."""
        queues = self._desks.directory().queues
        return callback.queue if callback.queue in queues else next(iter(queues))

    async def ticket_state(self, number: str, caller: str, last_digits: str | None = None) -> TicketAnswer:
        """Say how far a ticket is, to who may know it."""
        return await self._desks.tickets.state(number, caller, last_digits)

    @property
    def outside(self) -> Outside:
        """Facts for conditions, look-ups, PINs."""
        return self._desks.outside

    def to_be_told(self, line: Line, queue: str) -> bool:
        """Whether the caller has to be told that the call is recorded; at most once in a call."""
        told = _TOLD in line.call.variables
        if told or not self._desks.recordings.to_be_told(line.call.id, queue):
            return False
        line.call.variables[_TOLD] = "yes"
        return True

    def unrecorded(self, line: Line) -> AbstractAsyncContextManager[None]:
        """Keep what is asked, pressed and said meanwhile out of all recordings."""
        return self._desks.unrecorded(line.call.id)

    async def box(self, line: Line, box: str) -> Box:
        """Say how a voicemail box takes messages, in the caller's language."""
        return await self._desks.boxes.opened(box, line.call.language)

    async def draft_message(self, line: Line, box: str, limits: RecordLimits) -> Recorded:
        """Record a message that is not sent yet."""
        place = self._desks.recordings.new_message(line.call.id, self._clock.now())
        self._timelines.append(
            MessageStarted(call=line.call.id, at=self._clock.now(), box=box, path=place.relative)
        )  # fmt: skip
        return await line.record(place.absolute, limits)

    def send_message(self, line: Line, box: str, recorded: Recorded) -> None:
        """Keep a message; one of somebody who hung up before saying anything is none."""
        if recorded.duration_s < self._desks.boxes.shortest_s(box) and recorded.end is RecordEnd.HANG_UP:
            recorded.path.unlink(missing_ok=True)
            return
        path = self._desks.recordings.relative(recorded.path)
        self._timelines.append(
            MessageLeft(call=line.call.id, at=self._clock.now(), box=box, path=path,
                        duration_s=round(recorded.duration_s, 2), end=recorded.end)
        )  # fmt: skip
        self._desks.recorder.message_left(line.call.id, path)

    async def leave_message(self, line: Line, name: str) -> bool:
        """Have the caller leave a message in a box; False: it takes none now."""
        box = await self.box(line, name)
        if not box.open:
            return False
        language = line.call.language
        await line.play([*box.greeting, *await self._desks.voice("voicemail_intro", language)])
        usual = RecordLimits()
        limits = RecordLimits(max_s=box.longest_s or usual.max_s, silence_s=box.silence_s or usual.silence_s)
        recorded = await self.draft_message(line, name, limits)
        if recorded.spoken_s(limits.silence_s) < box.shortest_s:
            self.drop_message(recorded)
            await line.play(await self._desks.voice("no_message_heard", language))
        else:
            self.send_message(line, name, recorded)
        return True

    def drop_message(self, recorded: Recorded) -> None:
        """Throw a message away."""
        recorded.path.unlink(missing_ok=True)

    async def transfer(self, line: Line, department: str, data: CallData | None = None) -> TransferEnd:
        """Connect the caller to a department, or another hotline, and stay until that talk is over; recorded like any
        other."""
        return await self._passing().to_department(line, department, data)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _first_arrival(self, line: Line) -> float | None:
        """Return since when a caller counts as waiting who was in line before in this call, and was not served."""
        standing = self._timelines.standing(line.call.id)
        return None if standing.talked else standing.since

    async def _person(
        self, line: Line, request: QueueRequest, since: float | None, *, comes_again: bool = False
    ) -> QueueEnd | KeyPressed:
        """Queue the caller; who is to be called back has that place, and who hangs up may be called back.

        ``comes_again``: the limits of waiting count from now.
        """
        limits_since = self._clock.now() if comes_again and since is not None else None
        if self._callbacks is None:
            return await self._through_queues(line, request, since, limits_since)
        with self._callbacks.on_the_line(line.call) as inherited:
            since = min((at for at in (since, inherited) if at is not None), default=None)
            try:
                return await self._through_queues(line, request, since, limits_since)
            except CallerHungUp:
                last = self._desks.directory().queues.get(self._timelines.standing(line.call.id).queue)
                if last is not None and last.callback is not None and last.callback.missed:
                    self._callbacks.missed(line.call, last.callback)
                raise

    async def _through_queues(  # noqa: PLR0911 - each is a way out of the queues
        self, line: Line, request: QueueRequest, since: float | None, limits_since: float | None
    ) -> QueueEnd | KeyPressed:
        """Queue the caller, and follow overflow rules from queue to queue, each queue's once; arrival is kept."""
        been: set[str] = set()
        while True:
            queue = request.queue
            served = await self._distribute(line, request, since, limits_since, overflow=queue not in been)
            if served.outcome is QueueOutcome.DIGIT and served.digit in request.keys:
                return KeyPressed(served.digit)
            if served.outcome is QueueOutcome.DIGIT and await self._calls_back(line, queue):
                return QueueEnd.SERVED
            since = self._timelines.standing(line.call.id).since  # a redial has an older one than this call
            if served.outcome is QueueOutcome.DIGIT:
                continue
            if served.talk_end is TalkEnd.PASSED_ON:
                return await self._passed_on(line, request)
            if served.overflow is None:
                return _QUEUE_ENDS[served.outcome]
            been.add(queue)
            where, _, name = served.overflow.to.partition(":")
            if where == "voicemail":
                return _BEYOND[served.overflow.when]
            if where == "queue":
                request = replace(request, queue=name)
            elif where == "callback":
                if await self._calls_back(line, queue, proposed=True):
                    return QueueEnd.SERVED  # else back to the old place, to stay
            elif await self.transfer(line, name) is TransferEnd.DONE:  # else back to the old place, to stay
                return QueueEnd.SERVED

    async def _passed_on(self, line: Line, request: QueueRequest) -> QueueEnd | KeyPressed:
        """An agent has passed the caller on: go there. Who cannot be reached there waits for a person again, at the old
        place."""
        before = self._timelines.standing(line.call.id)
        where = await self._passing().follow(line)
        if where is None:
            return QueueEnd.SERVED
        if where.kind is Kind.MENU:
            return QueueEnd.MENU
        queue = where.key or before.queue
        known = queue in self._desks.directory().queues
        wish = replace(request, queue=queue if known else request.queue)
        return await self._through_queues(line, wish, before.since, self._clock.now())

    async def _distribute(
        self,
        line: Line,
        wish: QueueRequest,
        since: float | None,
        limits_since: float | None = None,
        *,
        overflow: bool,
        ready: Callable[[], Awaitable[bool]] | None = None,
    ) -> Distributed:
        agent, self._talks = self._talks, None
        if agent is not None:
            return await self._talk_on(line, agent)
        settings = self._desks.directory().queues.get(wish.queue)
        if settings is None:
            raise LineFault(f"there is no queue {wish.queue!r}")
        plan = plan_of(settings, wish.skills, await self._last_agent(line, settings))
        offered = settings.callback if self._callbacks is not None and self._callbacks.possible else None
        if offered is not None and (not wish.callback or offered.key in wish.keys):
            offered = None
        request = AcdRequest(
            queue=wish.queue,
            need=plan.need,
            stages=plan.stages,
            asked=dict(wish.skills),
            target_s=settings.service_level_s,
            priority=wish.priority or settings.priority,
            since=since,
            limits_since=limits_since,
            ring_s=settings.ring_s,
            announce_after_s=_announce_after_s(wish, settings, offered) if ready is None else None,
            announce_every_s=wish.announce_every_s or settings.announce_every_s,
            max_wait_s=settings.max_wait_s if ready is None else None,
            max_length=settings.max_length,
            music=wish.music or settings.music,
            overflow=overflow_of(settings) if overflow else (),
            exit_digits=wish.keys + ("" if offered is None else offered.key),
            ready=ready,
        )
        announcer = self._desks.announcer(wish)
        if offered is not None and self._callbacks is not None:
            announcer = self._callbacks.announcer(announcer, offered, since)
        served = await self._desks.distributor.distribute(line.call, line, request, announcer)
        if served.talk_end is TalkEnd.HANDED_OVER:
            served = replace(served, talk_end=await line.talk_on())
        return served

    async def _talk_on(self, line: Line, agent: AgentId) -> Distributed:
        """See a talk to its end that was begun by a former service."""
        by = "agent"
        try:
            end = await line.talk()
        except CallerHungUp:
            by = "caller"
            raise
        finally:
            self._desks.distributor.adopted_talk_ended(line.call.id, agent, by)
        if end is TalkEnd.HANDED_OVER:
            end = await line.talk_on()
        return Distributed(QueueOutcome.SERVED, agent=agent, talk_end=end)

    async def _calls_back(self, line: Line, queue: str, *, proposed: bool = False) -> bool:
        """The caller pressed the key for it, or it is proposed; return whether they are to be called back."""
        settings = self._desks.directory().queues.get(queue)
        if self._callbacks is None or not self._callbacks.possible or settings is None or settings.callback is None:
            return False
        return await self._callbacks.offer(line, settings.callback, proposed=proposed)

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


def _announce_after_s(wish: QueueRequest, queue: Queue, offered: CallbackSettings | None) -> float | None:
    """Return when the caller is first told something; None: there is nothing to be told."""
    if not wish.tell_place and not wish.offers and offered is None:
        return None
    return queue.announce_after_s if wish.announce_after_s is None else wish.announce_after_s

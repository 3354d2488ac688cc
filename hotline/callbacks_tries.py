"""Trying to call somebody back, from the place in line to the end of the talk; also what a former service had begun.

States, numbers of tries and times between them are decided in ``acd.callbacks``.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from contextlib import suppress

import structlog

from acd.callbacks import NO_CALL, Callback, CallbackCause, CallbackState
from agents.callback_settings import CallbackSettings
from calls import Call, CallerHungUp, CallId, ChannelId, Clock, Event, Language, Line, Outcome
from calls.line import RingOutcome
from calls.timeline import CallbackPlaced, CallEnded, CallResumed, Connected
from hotline.call_timeline import Timelines
from hotline.callbacks_dialogue import CallbackDialogue
from hotline.callbacks_kept import KeptBook
from hotline.callbacks_line import CallbackLine, NotReachedError, OutsideLine
from hotline.callbacks_plan import CallbackPlan, Former, InLine, Phones, opens_in
from hotline.desks import Desks
from telephony.ami import AmiError
from tickets import StoreUnavailable

log = structlog.get_logger(__name__)

_NODE = "a1"
_COME_S = 5.0  # from the answer to the line being here
_LOOK_S = 0.5  # how often is looked whether somebody works who could serve
_LONGEST_SLEEP_S = 30.0
_OUTCOMES = {RingOutcome.BUSY: Outcome.BUSY, RingOutcome.DECLINED: Outcome.BUSY}

S, C = CallbackState, CallbackCause


class CallbackTries:
    """Carries tries, one after the other for each callback. Each is a call of its own in the books."""

    def __init__(
        self,
        plan: CallbackPlan,
        desks: Desks,
        timelines: Timelines,
        former: Former,
        clock: Clock,
        *,
        kept: KeptBook,
        phones: Phones,
        dialogue: CallbackDialogue,
    ) -> None:
        self._plan, self.desks, self._timelines, self._former = plan, desks, timelines, former
        self._clock, self._phones, self._dialogue = clock, phones, dialogue
        self._kept, self._book = kept, kept.book
        self._in_line: InLine | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._tries: dict[str, asyncio.Task[None]] = {}  # callback -> its coroutine while it is in line
        self._expected: dict[CallId, asyncio.Future[OutsideLine]] = {}  # calls whose answer is awaited
        self._over: dict[CallId, asyncio.Event] = {}  # calls being served -> set when that is over
        self._callers: dict[CallId, str] = {}  # callers on the line, people that agents dial -> number
        self._past: dict[CallId, list[Event]] = {}
        self._closing = False

    async def _live(self, name: str) -> None:
        """Try until it is over."""
        try:
            while (one := await self._due(name)) is not None:
                task = self._tries[name] = asyncio.create_task(self._try(one), name=f"callback {name} in line")
                await asyncio.wait([task])
                self._tries.pop(name, None)
                if not task.cancelled():
                    task.result()
        except Exception:
            log.exception("callback.failed", callback=name)
            if (broken := self._book.get(name)) is not None:
                self._kept.step(broken, C.FAULT)

    async def _due(self, name: str) -> Callback | None:
        """Wait until a callback may be in line; None when it is over."""
        while (one := self._book.get(name)) is not None:
            wait_s = max(self._book.due_in(name, self._clock.now()), self._opens_in(one))
            if wait_s > 0:
                await asyncio.sleep(min(wait_s, _LONGEST_SLEEP_S))
            elif self._book.held(one.number) or self._in_line is None or not self._in_line.anybody_for(one):
                await asyncio.sleep(_LOOK_S)
            else:
                return one
        return None

    async def _try(self, one: Callback, real: Line | None = None, past: Iterable[Event] = ()) -> None:
        """Be in line once, and write down what became of it. ``real``: the person is on the line already."""
        call = self._own_call(one)
        before = [*past, *self._past.pop(call.id, [])]
        self._timelines.open(call.id, before)
        self._timelines.append(
            CallResumed(call=call.id, at=call.arrived_at) if before else
            CallbackPlaced(call=call.id, at=call.arrived_at, callback=one.id, origin=one.origin, caller=one.number,
                           dialled=call.dialled, node=_NODE, unique_id=call.id)
        )  # fmt: skip
        line = CallbackLine(call, lambda: self._fetch(one.id, call), real)
        over = self._over.setdefault(call.id, asyncio.Event())
        outcome, cause = Outcome.NO_ANSWER, "not served"
        try:
            self._kept.in_line(one, call.id)
            assert self._in_line is not None
            try:
                await self._in_line.called_back(line, one)
            except NotReachedError as error:
                outcome, cause = error.outcome, error.cause
            except CallerHungUp:
                cause = "caller"
            await line.hang_up()
            self._conclude(one.id, talked=self._end(call.id, outcome, cause))
        except asyncio.CancelledError:
            if not self._closing:
                await self._call_off(line, call.id)
                self._end(call.id, Outcome.NO_ANSWER, "interrupted")
                self._interrupted(one.id)
            raise
        except Exception as error:
            await self._call_off(line, call.id)
            self._end(call.id, Outcome.FAILED, f"{type(error).__name__}: {error}"[:200])
            raise
        finally:
            await line.close()
            over.set()
            self._over.pop(call.id, None)

    def _own_call(self, one: Callback) -> Call:
        now, call = self._clock.now(), one.call or CallId(self._kept.new_id("cb-"))
        return Call(
            call, ChannelId(_NODE, call), one.number, "", self._plan.caller_id, now, language=Language(one.language)
        )

    async def _fetch(self, name: str, call: Call) -> OutsideLine:
        """The turn has come and an agent is reserved: call the person; return their line when greeted."""
        one, address = self._book.get(name), None
        if one is not None and not self._book.held(one.number) and not self._opens_in(one):
            address = self._plan.address_of(one.number)
        if one is None or address is None:
            raise NotReachedError(Outcome.NO_ANSWER, "not to be called now")
        coming = self._expected[call.id] = asyncio.get_running_loop().create_future()
        try:
            one = self._kept.step(one, C.AGENT_RESERVED)
            one = await self._kept.step_kept(one, C.DIALLED, call=call.id)  # it is never forgotten that it rang
            outcome = await self._phones.ring_caller(
                address, call.id, call.dialled, shown=self._plan.caller_id, ring_s=self._plan.ring_s
            )
            if outcome is not RingOutcome.ANSWERED:
                raise NotReachedError(_OUTCOMES.get(outcome, Outcome.NO_ANSWER), outcome.value)
            async with asyncio.timeout(_COME_S):
                real: OutsideLine = await coming
        except (StoreUnavailable, AmiError, TimeoutError) as error:
            log.warning("callback.not_dialled", callback=name, error=str(error))
            raise NotReachedError(Outcome.FAILED, f"{type(error).__name__}: {error}"[:200]) from error
        finally:
            self._expected.pop(call.id, None)
        await self._greet(real, self._kept.step(one, C.ANSWERED))
        return real

    async def _greet(self, real: OutsideLine, one: Callback) -> None:
        real.call.caller, real.call.language = one.number, Language(one.language)
        await real.answer()
        await real.present(one.number)
        await self._dialogue.greet(real)

    async def came(self, line: OutsideLine) -> bool:
        """Take a line that came to the service when it is a callback's, and stay until it is over; else False."""
        call = line.call.id
        coming = self._expected.get(call)
        if coming is not None and not coming.done():
            coming.set_result(line)
            await self._over[call].wait()
            return True
        one = self._book.of_call(call)
        if one is None or one.state not in (S.DIALLING, S.TALKING):
            return False
        over = self._over[call] = asyncio.Event()
        try:
            past = self._former.claim(call)
            await self._came_after_restart(one, line, past.events if past is not None else ())
        finally:
            over.set()
            self._over.pop(call, None)
        return True

    # -- after a restart -------------------------------------------------------------------------------------------

    async def _after_restart(self, name: str) -> None:
        """The phone rang, or they talked, when the former service died: wait for the end of that."""
        one = self._book.get(name)
        while one is not None and (one.call in self._former.call_ids() or one.call in self._over):
            await asyncio.sleep(_LOOK_S)
            one = self._book.get(name)
        if one is None or one.state not in (S.DIALLING, S.TALKING):
            return
        try:
            record = await self.desks.reader.call(one.call)
            talked = record is not None and record.outcome == Outcome.ANSWERED.value
        except StoreUnavailable:
            log.exception("callback.end_unknown", callback=name)
            talked = False
        self._conclude(name, talked=talked)
        await self._live(name)

    async def _came_after_restart(self, one: Callback, line: OutsideLine, past: Iterable[Event]) -> None:
        events = list(past)
        if one.state is S.DIALLING:
            one = self._kept.step(one, C.ANSWERED)
        if any(isinstance(event, Connected) for event in events):
            self._timelines.open(one.call, events)
            await line.hang_up()
            self._conclude(one.id, talked=self._end(one.call, Outcome.ANSWERED, "agent"))
            return
        with suppress(CallerHungUp):  # the wait sees it again
            await self._greet(line, one)
            await line.music(on=True)
        await self._try(one, line, events)
        if self._book.get(one.id) is not None:
            self._spawn(self._live(one.id), f"callback {one.id}")

    # -- inside ----------------------------------------------------------------------------------------------------

    def _conclude(self, name: str, *, talked: bool) -> None:
        """A try is over: done, once more later, or given up."""
        one = self._book.get(name)
        if one is None:
            return
        if one.state not in (S.DIALLING, S.TALKING):
            self._interrupted(name)
        elif not talked:
            self._kept.not_reached(one)
        else:
            one = self._kept.step(one, C.ANSWERED) if one.state is S.DIALLING else one
            self._kept.step(one, C.TALK_ENDED)

    def _interrupted(self, name: str) -> None:
        """Back to waiting, with a new call for the next try."""
        one = self._book.get(name)
        if one is not None and one.state in (S.RESERVED, S.DIALLING):
            one = self._kept.step(one, C.INTERRUPTED)
        if one is not None:
            self._kept.in_line(one, NO_CALL)

    async def _call_off(self, line: CallbackLine, call: CallId) -> None:
        await line.close()
        try:
            await self._phones.hang_up_call(call)
        except Exception as error:  # the phone stops ringing by itself
            log.warning("callback.rings_on", call=call, error=str(error))

    def _opens_in(self, one: Callback) -> float:
        queue = self.desks.directory().queues.get(one.queue)
        settings = (queue.callback if queue is not None else None) or CallbackSettings()
        return opens_in(settings.calling_hours, self._clock.now(), self._plan.zone)

    def _end(self, call: CallId, outcome: Outcome, cause: str) -> bool:
        """End the callback's own call in the books; return whether they talked."""
        standing = self._timelines.standing(call)
        outcome = Outcome.ANSWERED if standing.talked else outcome
        self._timelines.append(CallEnded(call=call, at=self._clock.now(), outcome=outcome, cause=cause))
        for path in standing.unstored:
            self.desks.recorder.talk_ended(call, path)
        self._timelines.close(call)
        log.info("callback.call_ended", call=call, outcome=outcome, cause=cause)
        return standing.talked

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

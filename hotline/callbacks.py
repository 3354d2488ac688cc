"""Callbacks: promises made to callers, kept in the store, and carried out one coroutine each.

A caller who is to be called back waits in line like any other, with the original arrival, on a line that nobody is on
yet (``callbacks_line``). When the turn comes the agent is reserved, the caller is dialled, and when they answer the
agent's phone rings. All that is decided about states, tries and numbers stands in ``acd.callbacks``.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import structlog

from acd.callbacks import Callback, CallbackCause, CallbackState, RetryPlan
from acd.desk import Announcer
from agents.callback_settings import CallbackSettings
from calls import Call, CallId, Event, Line, Outcome
from calls.identity import mask_number
from calls.line import RingOutcome
from calls.timeline import CallEnded, CallPlaced, Connected
from hotline.callbacks_dialogue import OfferingAnnouncer, own_number
from hotline.callbacks_plan import InLine
from hotline.callbacks_tries import CallbackTries
from tickets import StoreUnavailable

log = structlog.get_logger(__name__)

_NODE = "a1"
_COME_S = 5.0  # from the answer to the line being here
_LOOK_S = 0.5  # how often is looked whether somebody works who could serve
_LONGEST_SLEEP_S = 30.0
_OUTCOMES = {RingOutcome.BUSY: Outcome.BUSY, RingOutcome.DECLINED: Outcome.BUSY}

S, C = CallbackState, CallbackCause


class Callbacks(CallbackTries):
    """Everybody who is to be called back."""

    # -- starting and stopping -------------------------------------------------------------------------------------

    async def load(self, left_behind: Iterable[tuple[CallId, list[Event]]]) -> list[tuple[CallId, list[Event]]]:
        """Read the open callbacks; return the former service's calls without those that only waited in line.

        Raises ``StoreUnavailable``.
        """
        calls = list(left_behind)
        await self._kept.load({call for call, _ in calls})
        others = []
        for call, events in calls:
            one = self._book.of_call(call)
            if one is not None and one.state in (S.WAITING, S.RESERVED):
                self._past[call] = events
            else:
                others.append((call, events))
        return others

    def begin(self, in_line: InLine) -> None:
        """Let those who wait into the line."""
        self._in_line = in_line
        self._timelines.observe(self._observe)
        for one in self._book.all():
            if one.state is S.CONFIRMED:
                self._kept.step(one, C.CALLER_LEFT)
            elif one.state is S.RESERVED:
                self._kept.step(one, C.INTERRUPTED)
            trying = one.state in (S.DIALLING, S.TALKING)
            self._spawn(self._after_restart(one.id) if trying else self._live(one.id), f"callback {one.id}")

    async def close(self) -> None:
        """Leave everything to the next service."""
        self._closing = True
        tasks = [*self._tasks, *self._tries.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._kept.close()

    # -- a caller on the line --------------------------------------------------------------------------------------

    @contextmanager
    def on_the_line(self, call: Call) -> Iterator[float | None]:
        """A caller is about to wait: nothing is dialled for the number meanwhile. Yield the arrival that counts when
        they are to be called back: the place is inherited."""
        number = own_number(call.caller)
        one = self._book.hold(number) if number else None
        self._callers[call.id] = number
        if one is not None and one.state is not S.TALKING:
            self._stop_trying(one.id)
        try:
            yield None if one is None else one.since
        finally:
            self._callers.pop(call.id, None)
            if number:
                self._book.release(number)

    @property
    def possible(self) -> bool:
        """Whether there is a way out at all."""
        return self._plan.way_out

    def announcer(self, inner: Announcer, settings: CallbackSettings, since: float | None) -> Announcer:
        """Return one that says the offer, too, to somebody who waits since then (None: now)."""
        return OfferingAnnouncer(
            inner, self._dialogue.voice, settings, self._clock, self._clock.now() if since is None else since
        )

    async def offer(self, line: Line, settings: CallbackSettings, *, proposed: bool = False) -> bool:
        """Ask a waiting caller for the number, promise, and hang up. False: they wait on. ``proposed``: it was not the
        caller's idea. Raises ``CallerHungUp``."""
        origin, name = line.call.id, self._kept.new_id("b")
        self._kept.tell_of(origin, name, S.ASKED, "asked")
        number = await self._dialogue.number(line, proposed=proposed)
        if number is None:
            self._kept.tell_of(origin, name, S.CANCELLED, C.NOT_CONFIRMED)
            return False
        there = self._book.of_number(number)
        if there is not None:
            self._kept.tell_of(origin, there.id, S.CONFIRMED, C.CONFIRMED)
            await self._goodbye(line)
            return True
        try:  # kept before it is said
            one = self._book.add(self._made_of(line.call, name, number, settings))
            one = await self._kept.step_kept(one, C.CONFIRMED)
        except StoreUnavailable:
            log.exception("callback.not_kept")
            self._kept.step(one, C.FAULT)
            return False
        log.info("callback.promised", callback=name, number=mask_number(number))
        try:
            await self._goodbye(line)
        finally:
            if not self._closing:
                self._kept.step(one, C.CALLER_LEFT)
                self._spawn(self._live(name), f"callback {name}")
        return True

    async def _goodbye(self, line: Line) -> None:
        await self._dialogue.promised(line)
        await line.hang_up()

    def missed(self, call: Call, settings: CallbackSettings) -> None:
        """A caller hung up while waiting, in a queue that calls those back."""
        standing, number = self._timelines.standing(call.id), own_number(call.caller)
        if standing.talked or standing.callback or not standing.queue or not number:
            return
        if self._book.of_number(number) is not None or self._plan.address_of(number) is None:
            return
        name = self._kept.new_id("b")
        one = self._book.add(self._made_of(call, name, number, settings, missed_at=self._clock.now()))
        self._kept.step(one, C.MISSED)
        self._spawn(self._live(name), f"callback {name}")

    def _made_of(
        self, call: Call, name: str, number: str, settings: CallbackSettings, *, missed_at: float | None = None
    ) -> Callback:
        standing, now = self._timelines.standing(call.id), self._clock.now()
        return Callback(
            name, number, standing.queue, call.id, now if standing.since is None else standing.since, now,
            missed=missed_at is not None, language=call.language.value, priority=standing.priority,
            asked=dict(standing.asked), plan=RetryPlan(settings.attempts, settings.every_s), changed_at=now,
            not_before=0.0 if missed_at is None else missed_at + settings.missed_after_s,
        )  # fmt: skip

    def call_off(self, name: str) -> Callback | None:
        """Take a callback back, by a supervisor's order. None: it is over, or they talk already."""
        one = self._book.get(name)
        if one is None or one.state is S.TALKING:
            return None
        self._stop_trying(name)
        return self._kept.step(one, C.CALLED_OFF)

    def _observe(self, event: Event) -> None:
        """Who called in and is served, or was called by an agent, need not be called back any more."""
        match event:
            case CallPlaced():
                self._callers[event.call] = own_number(event.dialled)
            case CallEnded():
                self._callers.pop(event.call, None)
            case Connected() if event.call in self._callers:
                one = self._book.of_number(self._callers[event.call])
                if one is not None and one.state is not S.TALKING:
                    self._stop_trying(one.id)
                    self._kept.step(one, C.REDIALLED)
            case _:
                pass

    # -- inside ----------------------------------------------------------------------------------------------------

    def _stop_trying(self, name: str) -> None:
        if (task := self._tries.get(name)) is not None:
            task.cancel()

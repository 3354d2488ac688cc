"""The figures of now: of the last 15 minutes, and of today since midnight, folded from the events as they come.

What a caller's waiting came to counts when it is over (a person answered, or the caller gave up or went elsewhere); a
report counts a call once it has ended, by its arrival. Callers' calls only, as in reports.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from calls import Clock, Outcome
from calls import timeline as t
from calls.identity import CallId
from calls.timeline import Event
from hotline.live_window import Recent, What, Window
from tickets.reporting import CallFact, Rules

RECENT_S = 900.0
_MOST_OPEN = 2_000  # calls remembered, also ended ones; more than any Asterisk carries at once
_LEAST_PAUSE_S = 1.0  # between two tellings to one listener
_MOST_PAUSE_S = 5.0  # time passes by itself, and agents come and go


@dataclass(slots=True)
class _Open:
    """What must be remembered of a caller's call. Times in seconds since the epoch."""

    queued_at: float | None = None
    answered: bool = False
    talks_since: float | None = None
    talked_s: float | None = None  # all talks together; None: there was none
    satisfied: bool | None = None


class LiveFigures:
    """Counts, for the running service. Calls that are over stay known for a while: their wrap-up comes later."""

    def __init__(self, clock: Clock, zone: tzinfo, rules: Rules) -> None:
        self._clock, self._zone, self._rules = clock, zone, rules
        self._open: dict[CallId, _Open] = {}
        self._recent = Recent()
        self._today = Window(rules)
        self._date = self._date_of(clock.now())
        self._listeners: set[asyncio.Event] = set()

    # -- events ----------------------------------------------------------------------------------------------------

    def observe(self, event: Event) -> None:
        """Take an event of any call, and tell those who listen. Never raises on an event it does not count."""
        self.remember(event)
        for listener in self._listeners:
            listener.set()

    def remember(self, event: Event) -> None:
        """Take an event; also one of a call that goes on, from before this service started."""
        if isinstance(event, t.CallArrived):
            self._open[event.call] = _Open()
            self._note(event.at, What.ARRIVED)
        call = self._open.get(event.call)
        if call is None:
            return
        match event:
            case t.Queued() if call.queued_at is None:
                call.queued_at = event.at
            case t.Connected():
                if call.queued_at is not None and not call.answered:
                    self._note(event.at, What.ANSWERED, event.at - call.queued_at)
                    call.answered = True
                call.talks_since = event.at
            case t.TalkEnded():
                self._talk_over(call, event.at)
            case t.WrapUpEnded() if call.answered:
                self._note(event.at, What.WRAPPED, event.seconds)
            case t.SurveyAnswered() if event.satisfied is not None:
                call.satisfied = event.satisfied
            case t.CallEnded():
                self._ended(call, event)
            case _:
                pass
        while len(self._open) > _MOST_OPEN:
            self._open.pop(next(iter(self._open)))

    def seed(self, calls: Iterable[CallFact]) -> None:
        """Count calls of today that were over before this service started. What callers said is told by them."""
        for call in calls:
            if call.direction != "inbound" or call.ended_at is None:
                continue
            self._note(call.arrived_at, What.ARRIVED)
            if call.outcome == Outcome.TURNED_AWAY:
                self._note(call.ended_at, What.TURNED_AWAY)
            if call.connected_at is not None:
                self._note(call.connected_at, What.ANSWERED, call.wait_s)
                self._note(call.ended_at, What.TALKED, call.talking_s)
                self._note(call.ended_at, What.WRAPPED, call.wrap_up_s)
            elif call.queued_at is not None:
                self._note(call.ended_at, What.ABANDONED if call.abandoned else What.LEFT, call.wait_s)
            if call.satisfied is not None:
                self._note(call.ended_at, What.SAID, float(call.satisfied))

    def _talk_over(self, call: _Open, at: float) -> None:
        if call.talks_since is not None and call.answered:
            call.talked_s = (call.talked_s or 0.0) + max(0.0, at - call.talks_since)
        call.talks_since = None

    def _ended(self, call: _Open, event: t.CallEnded) -> None:
        self._talk_over(call, event.at)
        if call.talked_s is not None:
            self._note(event.at, What.TALKED, call.talked_s)
            call.talked_s = None
        if call.queued_at is not None and not call.answered:
            gave_up = event.outcome is Outcome.ABANDONED_QUEUE
            self._note(event.at, What.ABANDONED if gave_up else What.LEFT, event.at - call.queued_at)
        if event.outcome is Outcome.TURNED_AWAY:
            self._note(event.at, What.TURNED_AWAY)
        if call.satisfied is not None:
            self._note(event.at, What.SAID, float(call.satisfied))
            call.satisfied = None

    def _note(self, at: float, what: What, value: float = 0.0) -> None:
        value = max(0.0, value)
        self._look_at_the_clock()
        if self._date_of(at) == self._date:
            self._today.add(what, value)
        if at > self._clock.now() - RECENT_S:
            self._recent.note(at, what, value)

    # -- telling ---------------------------------------------------------------------------------------------------

    def tell(self) -> dict[str, Any]:
        """Return all figures: ``last_15_min`` and ``today``, with the seconds that they are counted by."""
        self._look_at_the_clock()
        now = self._clock.now()
        recent = Window(self._rules)
        self._recent.add_to(recent, now - RECENT_S)  # what was read of a former service is not in order
        return {
            "at": now,
            "threshold_s": self._rules.threshold_s,
            "short_abandon_s": self._rules.short_abandon_s,
            "last_15_min": recent.figures(),
            "today": self._today.figures(),
        }

    async def changes(self, shown: Callable[[], Any]) -> AsyncGenerator[Any, None]:
        """Yield what is ``shown`` now, after every event (a second apart at least), and every few seconds, for ever."""
        woken = asyncio.Event()
        self._listeners.add(woken)
        try:
            while True:
                woken.clear()
                yield shown()
                await asyncio.sleep(_LEAST_PAUSE_S)
                with suppress(TimeoutError):
                    async with asyncio.timeout(_MOST_PAUSE_S):
                        await woken.wait()
        finally:
            self._listeners.discard(woken)

    def _look_at_the_clock(self) -> None:
        """Let go what is too old: yesterday's, and what is 15 minutes ago."""
        now = self._clock.now()
        if self._date_of(now) != self._date:
            self._date, self._today = self._date_of(now), Window(self._rules)
        self._recent.forget(now - RECENT_S)

    def _date_of(self, at: float) -> date:
        return datetime.fromtimestamp(at, self._zone).date()

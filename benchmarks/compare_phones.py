"""Callers at a rate, and seats that answer at once: what the comparison lets each system serve."""

import asyncio
import gc
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import structlog

from benchmarks.compare_desk import until
from benchmarks.compare_figures import Served
from benchmarks.compare_menu import press_1
from benchmarks.drain_phones import FRAME_S, DrainPhones
from benchmarks.drain_site import BenchmarkFailed, DrainSite
from benchmarks.ending import ALLOWED_S, ended
from benchmarks.progress import Progress, Standing, telling
from simulator import Behaviour, CallFailed, CallLeg, LegEnded, Reaction, constant
from simulator.media.lateness import Lateness
from simulator.media.stream import MediaMode

TALK_S = 0.1
ANSWERED_S = 5.0
"""A call that has reached no seat after so long has failed."""
LASTS_S = 4 * ANSWERED_S
"""A call lasts no longer: until the menu answers and is heard, a seat answers, and the goodbye is over."""
_BY_HAND = Behaviour(Reaction.BY_HAND)
_SETTLE_S = 0.3
_log = structlog.get_logger(__name__)


class ComparePhones(DrainPhones):
    """The same seats, now answering by themselves."""

    def __init__(self, site: DrainSite, mode: MediaMode = MediaMode.NONE) -> None:
        """``mode`` is how much audio the seats send."""
        super().__init__(site, mode)
        self._before = Lateness()  # of all turns before this one

    async def at_rate(
        self, number: str, rate: float, calls: int, cpu: Callable[[], tuple[float, float]], *,
        one_seat: bool = False, menu: bool = False, talk_s: float = TALK_S,
    ) -> Served:  # fmt: skip
        """Place calls at a rate and let them be served; ``cpu`` tells the seconds that Asterisk and
        the engine have used so far.

        ``one_seat``: all come to the first seat, which takes them side by side (a bare Dial has no choice). ``menu``: a
        menu answers, and callers press 1: what is measured begins with the end of that digit. ``talk_s``: a seat hangs
        up after so much. Callers send audio as phones do: Asterisk's Answer waits up to 500 ms for the first of it. Who
        is not through ``ALLOWED_S`` after the last one should be, is cut off and has failed.
        """
        self._answer_at_once(one_seat=one_seat, talk_s=talk_s)
        self.begin_turn()
        before, began = cpu(), time.monotonic()
        ends = began + calls / rate + talk_s + LASTS_S + ALLOWED_S
        tasks: list[asyncio.Task[_Caller]] = []
        try:
            async with telling(Progress(f"{number}: {rate:g} calls/s", calls / rate, lambda: _standing(tasks))):
                for place in range(calls):
                    due = began + place / rate + self._phase.uniform(0, FRAME_S)  # not always the same of a phone's 20
                    await until(due, place)
                    if time.monotonic() > ends:
                        break
                    tasks.append(asyncio.create_task(self._served(number, menu=menu, talk_s=talk_s)))
                placed = time.monotonic() - began
                await asyncio.wait(tasks, timeout=max(ends - time.monotonic(), 0.0))
            served = _through(tasks)
            unfinished = calls - sum(task.done() for task in tasks)
        finally:
            await ended([task for task in tasks if not task.done()])
        if unfinished:
            with suppress(BenchmarkFailed):
                await asyncio.to_thread(self._site.hang_up_all)
        late_ms = self.turn_late_ms
        await asyncio.sleep(_SETTLE_S)
        rung = self._rung()
        connect = [
            1000 * (rung[one.leg.caller_number] - one.asked_at)
            for one in served
            if one.well and one.leg.caller_number in rung
        ]
        failed = calls - sum(one.well for one in served)
        came = calls if calls == 1 else (len(tasks) - 1) / max(placed, 1e-9)
        asterisk_s, engine_s = (now - then for now, then in zip(cpu(), before, strict=True))
        return Served(
            rate, came, calls, failed, tuple(connect), asterisk_s + engine_s, engine_s, late_ms, unfinished
        )  # fmt: skip

    def by_hand(self) -> None:
        """Let seats do nothing by themselves again, as draining wants them."""
        self.take_any(several=False)
        self._rung()

    def take_any(self, *, several: bool) -> None:
        """Let seats do nothing by themselves, and take one call at a time, or ``several`` side by side."""
        for phone in self._seats:
            phone.behaviour = replace(_BY_HAND, one_call_at_a_time=not several)

    @property
    def late_ms(self) -> float:
        """How late the simulator itself was in all turns, at the 99th percentile."""
        whole = Lateness()
        whole.take(self._before)
        whole.take(self._media.ticker.lateness)
        return whole.ms(0.99)

    def begin_turn(self) -> None:
        """Measure from now on how late the simulator is in this turn, and forget what the one before has left."""
        gc.collect()
        self._before.take(self._media.ticker.lateness)
        self._media.ticker.measure_anew()

    @property
    def turn_late_ms(self) -> float:
        """How late it was in this turn, at the 99th percentile."""
        return self._media.ticker.lateness.ms(0.99)

    def _answer_at_once(self, *, one_seat: bool, talk_s: float) -> None:
        self.by_hand()
        behaviour = Behaviour(
            Reaction.ANSWER, constant(0.0), talk=constant(talk_s), one_call_at_a_time=not one_seat
        )  # fmt: skip
        for phone in self._seats:
            phone.behaviour = behaviour

    def _rung(self) -> dict[str, float]:
        """Return when seats were rung, by the caller's number, and forget it."""
        found: dict[str, float] = {}
        for phone in self._seats:
            while not phone.calls.empty():
                leg = phone.calls.get_nowait()
                found.setdefault(leg.caller_number, leg.session.invited_at)
        return found

    async def _served(self, number: str, *, menu: bool, talk_s: float) -> "_Caller":
        """Call, press 1 in a menu, hear until the seat hangs up."""
        leg = await self.call(number, MediaMode.FULL)
        asked_at = leg.session.invited_at
        try:
            if menu:
                asked_at = await press_1(leg)
            await leg.wait_answered(ANSWERED_S)
            await leg.wait_ended(talk_s + ANSWERED_S)
        except (CallFailed, LegEnded, TimeoutError):
            return _Caller(leg, asked_at, well=False)
        finally:
            with suppress(TimeoutError):
                await leg.hang_up()
        return _Caller(leg, asked_at, well=leg.reason == "BYE")


@dataclass(frozen=True, slots=True)
class _Caller:
    """How it went."""

    leg: CallLeg
    asked_at: float  # for a person: INVITE, or the end of the digit in a menu; monotonic
    well: bool


def _through(tasks: "Iterable[asyncio.Task[_Caller]]") -> list[_Caller]:
    """Return how it went for those who are through; whose call could not even be placed is not among them."""
    found: list[_Caller] = []
    for task in tasks:
        if not task.done() or task.cancelled():
            continue
        if (error := task.exception()) is None:
            found.append(task.result())
        else:
            _log.warning("benchmarks.not_placed", error=repr(error))
    return found


def _standing(tasks: "Sequence[asyncio.Task[_Caller]]") -> Standing:
    ended = sum(task.done() for task in tasks)
    well = sum(task.done() and not task.cancelled() and not task.exception() and task.result().well for task in tasks)
    return Standing(len(tasks), well, ended, ended - well, len(tasks) - ended)

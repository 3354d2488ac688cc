"""A long line that never gets shorter: so many wait, so many a second come, as many talks a second end.

A metronome ends the talk that has lasted longest, so both systems serve the same rate while the line stays as it is;
what differs is how fast the freed seat is rung, in which order, and what it costs. Callers come through a menu,
press 1, and wait from then on.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from benchmarks.compare_desk import Desk, paced
from benchmarks.compare_menu import press_1
from benchmarks.compare_phones import ComparePhones
from benchmarks.compare_spread import Turn
from benchmarks.compare_systems import System
from benchmarks.compare_turns import Meter
from benchmarks.drain_figures import gaps_ms, percentile
from benchmarks.drain_site import BenchmarkFailed, DrainSite
from benchmarks.ending import hung_up, over
from benchmarks.progress import Standing
from simulator import CallFailed, CallLeg, LegEnded
from simulator.media.stream import MediaMode

RATE = 10.0
"""Calls that come, and talks that end, each second."""
OUT_OF_ORDER_S = 0.5
_BUILT_UP_PER_S = 20.0
_PATIENCE_S = 30.0
_SETTLE_S = 1.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LongLine:
    """How much is done in a turn."""

    seats: int
    waiting: int
    seconds: float
    rate: float = RATE


class LongTurn:
    """Builds the line up, keeps it so, and tells what was seen meanwhile."""

    def __init__(self, phones: ComparePhones, site: DrainSite, system: System, how: LongLine) -> None:
        phones.by_hand()
        self._site, self._system, self._how = site, system, how
        self._first = how.seats + how.waiting
        self._beats = round(how.seconds * how.rate)
        self._line = _Line(phones, system.menu_number, how.seats)
        self._steady: _Steady | None = None  # once the line is built up
        self.due_s = self._first / _BUILT_UP_PER_S + how.seconds
        self.rest_s = _PATIENCE_S + how.seats / how.rate  # for the line to be built up, and a talk

    async def run(self) -> None:
        """Let callers come, and talks end. Raises ``BenchmarkFailed``."""
        await self._line.build_up(self._first)
        self._steady = steady = _Steady(Meter(self._system, self._site), time.monotonic(), self._line.begun)
        steady.late_s = await paced([place / self._how.rate for place in range(self._beats)], lambda _: self._beat())

    def _beat(self) -> None:
        assert self._steady is not None
        self._steady.beats += 1
        self._line.beat()

    def standing(self) -> Standing:
        """Return how its calls stand now."""
        line = self._line
        up = sum(not leg.ended.is_set() for leg in line.legs)
        return Standing(line.begun, len(line.served()), len(line.legs) - up, line.failed(), line.waiting())

    def left(self) -> tuple[int, int]:
        """Return how many callers have come and are not gone, and how many were to come."""
        line = self._line
        gone = line.unplaced + sum(leg.ended.is_set() for leg in line.legs)
        return line.begun - gone, self._first + self._beats - line.begun

    def figures(self) -> Turn:
        """Return what was measured since the line was built up; nothing when it was not."""
        line, steady = self._line, self._steady
        if steady is None:
            return {"failed": line.failed(), "waiting_at_the_end": line.waiting()}
        served = line.reached_since(steady.began)
        gaps = gaps_ms(line.desk.stays(steady.began))
        return {
            "came": line.begun - steady.before,
            "served": len(served),
            "failed": line.failed(),
            "nobody_to_end": line.idle_beats,
            "waiting_at_the_end": line.waiting(),
            "out_of_order": out_of_order(line.served()),
            "wait_p50_s": percentile(served, 0.5) if served else None,
            "idle_gap_p50_ms": percentile(gaps, 0.5) if gaps else None,
            "idle_gap_p95_ms": percentile(gaps, 0.95) if gaps else None,
            "idle_gap_p99_ms": percentile(gaps, 0.99) if gaps else None,
            **steady.meter.spent(len(served)),
            **steady.meter.grown(),
            "callers_late_s": max(steady.late_now_s(self._how.rate), 0.0),
        }

    async def end(self) -> None:
        """Have everybody hang up."""
        await self._line.close()
        await asyncio.sleep(_SETTLE_S)


@dataclass(slots=True)
class _Steady:
    """What was seen since the line was built up."""

    meter: Meter
    began: float  # monotonic
    before: int  # callers who had come by then
    beats: int = 0
    late_s: float | None = None  # of the last caller, once that one has come

    def late_now_s(self, rate: float) -> float:
        """Return how late the last caller came, or the next one is by now."""
        return time.monotonic() - self.began - self.beats / rate if self.late_s is None else self.late_s


def out_of_order(served: Sequence[tuple[float, float]]) -> int:
    """Return how many were rung for later than somebody who had asked after them, by half a second or more.

    ``served`` are moments: of the key that asked for a person, and of the seat's first ring for it.
    """
    in_turn = sorted(served)
    found, earliest, ahead = 0, float("inf"), len(in_turn)
    for asked, rung in reversed(in_turn):
        while ahead and in_turn[ahead - 1][0] - asked >= OUT_OF_ORDER_S:
            ahead -= 1
            earliest = min(earliest, in_turn[ahead][1])
        found += earliest < rung
    return found


class _Line:
    """The callers of a turn, and the seats that talk with the first of them."""

    def __init__(self, phones: ComparePhones, number: str, seats: int) -> None:
        self._phones, self._number, self._seats = phones, number, seats
        self._talks: deque[CallLeg] = deque()
        self._placing: set[asyncio.Task[None]] = set()
        self._all_talk = asyncio.Event()
        self.desk = Desk(phones.seats[:seats], self._talk)
        self.legs: list[CallLeg] = []
        self.begun = 0  # callers who have come, or tried to
        self.unplaced = 0  # those of them whose call could not even be placed
        self._asked: dict[str, float] = {}  # when each caller's digit ended, by number
        self.idle_beats = 0  # a talk should have ended, but no seat had one

    async def build_up(self, callers: int) -> None:
        """Place the first callers, and wait until all seats talk. Raises ``BenchmarkFailed``."""
        await paced([place / _BUILT_UP_PER_S for place in range(callers)], lambda _: self._call())
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._all_talk.wait()
                if self._placing:
                    await asyncio.wait(self._placing)
                for leg in self.legs:
                    await leg.wait_answered(_PATIENCE_S)
        except (TimeoutError, CallFailed):
            raise BenchmarkFailed(
                f"{self._number}: {len(self._talks)} of {self._seats} seats talk: the line was not built up"
            ) from None

    def beat(self) -> None:
        """A caller comes, and the longest talk ends."""
        self._call()
        while self._talks:
            leg = self._talks.popleft()
            if not leg.ended.is_set():
                self._spawn(leg)
                return
        self.idle_beats += 1

    def served(self) -> list[tuple[float, float]]:
        """Return when each served caller asked for a person, and when a seat was first rung for them."""
        return [
            (self._asked.get(leg.caller_number, leg.session.invited_at), rung.result())
            for leg in self.legs
            if (rung := self.desk.reached(leg.caller_number)).done()
        ]

    def reached_since(self, began: float) -> list[float]:
        """Return how long those waited for whom a seat was rung after ``began``."""
        return [rung - asked for asked, rung in self.served() if rung >= began]

    def failed(self) -> int:
        """Return how many calls ended before a seat was rung for them, or could not be placed."""
        return self.unplaced + sum(
            leg.ended.is_set() and not self.desk.reached(leg.caller_number).done() for leg in self.legs
        )

    def waiting(self) -> int:
        """Return how many wait now."""
        return sum(not leg.ended.is_set() and not self.desk.reached(leg.caller_number).done() for leg in self.legs)

    async def close(self) -> None:
        """Have everybody hang up."""
        await over(self._placing)
        await hung_up(self.legs)
        await self.desk.close()

    async def _talk(self, leg: CallLeg) -> None:
        self._talks.append(leg)
        if len(self._talks) == self._seats:
            self._all_talk.set()
        await leg.ended.wait()

    def _call(self) -> None:
        self.begun += 1
        self._keep(asyncio.ensure_future(self._placed()))

    async def _placed(self) -> None:
        try:
            leg = await self._phones.call(self._number, MediaMode.NONE)
        except OSError as error:  # no port or no file is left: this caller has failed, others have not
            self.unplaced += 1
            _log.warning("benchmarks.not_placed", error=repr(error))
            return
        self.legs.append(leg)
        try:
            self._asked[leg.caller_number] = await press_1(leg)
        except (CallFailed, LegEnded, TimeoutError, ValueError):
            with suppress(TimeoutError):
                await leg.hang_up()  # who could not ask has failed

    def _spawn(self, leg: CallLeg) -> None:
        async def end() -> None:
            with suppress(TimeoutError):
                await leg.hang_up()

        self._keep(asyncio.ensure_future(end()))

    def _keep(self, task: "asyncio.Task[None]") -> None:
        self._placing.add(task)
        task.add_done_callback(self._placing.discard)

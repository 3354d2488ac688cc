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

from benchmarks.compare_desk import Desk, paced
from benchmarks.compare_menu import press_1
from benchmarks.compare_phones import ComparePhones
from benchmarks.compare_spread import Turn
from benchmarks.compare_systems import System
from benchmarks.drain_figures import gaps_ms, percentile
from benchmarks.drain_site import BenchmarkFailed, DrainSite
from simulator import CallFailed, CallLeg, LegEnded
from simulator.media.stream import MediaMode

RATE = 10.0
"""Calls that come, and talks that end, each second."""
OUT_OF_ORDER_S = 0.5
_BUILT_UP_PER_S = 20.0
_PATIENCE_S = 30.0
_SETTLE_S = 1.0


@dataclass(frozen=True, slots=True)
class LongLine:
    """How much is done in a turn."""

    seats: int
    waiting: int
    seconds: float
    rate: float = RATE


async def long_turn(phones: ComparePhones, site: DrainSite, system: System, how: LongLine) -> Turn:
    """Build the line up, keep it so, and tell what was seen meanwhile."""
    phones.by_hand()
    line = _Line(phones, system.menu_number, how.seats)
    try:
        await line.build_up(how.seats + how.waiting)
        began, cpu, rss = time.monotonic(), system.cpu(site), system.rss_mb(site)
        before = len(line.legs)
        late_s = await paced(
            [place / how.rate for place in range(round(how.seconds * how.rate))], lambda _: line.beat()
        )  # fmt: skip
        lasted = time.monotonic() - began
        asterisk_s, engine_s = (now - then for now, then in zip(system.cpu(site), cpu, strict=True))
        asterisk_mb, engine_mb = (now - then for now, then in zip(system.rss_mb(site), rss, strict=True))
        came = len(line.legs) - before
        served = line.reached_since(began)
        gaps = gaps_ms(line.desk.stays(began))
        return {
            "came": came,
            "served": len(served),
            "failed": line.failed(),
            "nobody_to_end": line.idle_beats,
            "waiting_at_the_end": line.waiting(),
            "out_of_order": out_of_order(line.served()),
            "wait_p50_s": percentile(served, 0.5) if served else None,
            "idle_gap_p50_ms": percentile(gaps, 0.5) if gaps else None,
            "idle_gap_p95_ms": percentile(gaps, 0.95) if gaps else None,
            "idle_gap_p99_ms": percentile(gaps, 0.99) if gaps else None,
            "cpu_ms_per_call": 1000 * (asterisk_s + engine_s) / len(served) if served else None,
            "engine_ms_per_call": 1000 * engine_s / len(served) if served else None,
            "cores_used": (asterisk_s + engine_s) / lasted,
            "asterisk_grown_mb": asterisk_mb,
            "engine_grown_mb": engine_mb,
            "callers_late_s": max(late_s, 0.0),
        }
    finally:
        await line.close()
        await asyncio.sleep(_SETTLE_S)


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
        self._asked: dict[str, float] = {}  # when each caller's digit ended, by number
        self.idle_beats = 0  # a talk should have ended, but no seat had one

    async def build_up(self, callers: int) -> None:
        """Place the first callers, and wait until all seats talk. Raises ``BenchmarkFailed``."""
        await paced([place / _BUILT_UP_PER_S for place in range(callers)], lambda _: self._call())
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._all_talk.wait()
                await asyncio.gather(*self._placing)
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
        """Return how many calls ended before a seat was rung for them."""
        return sum(leg.ended.is_set() and not self.desk.reached(leg.caller_number).done() for leg in self.legs)

    def waiting(self) -> int:
        """Return how many wait now."""
        return sum(not leg.ended.is_set() and not self.desk.reached(leg.caller_number).done() for leg in self.legs)

    async def close(self) -> None:
        """Have everybody hang up."""
        await asyncio.gather(*self._placing, return_exceptions=True)
        callers = [leg for leg in self.legs if not leg.ended.is_set()]
        await asyncio.gather(*(leg.hang_up() for leg in callers), return_exceptions=True)
        await self.desk.close()

    async def _talk(self, leg: CallLeg) -> None:
        self._talks.append(leg)
        if len(self._talks) == self._seats:
            self._all_talk.set()
        await leg.ended.wait()

    def _call(self) -> None:
        task = asyncio.ensure_future(self._placed())
        self._keep(task)

    async def _placed(self) -> None:
        leg = await self._phones.call(self._number, MediaMode.NONE)
        self.legs.append(leg)
        try:
            self._asked[leg.caller_number] = await press_1(leg)
        except (CallFailed, LegEnded, TimeoutError):
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

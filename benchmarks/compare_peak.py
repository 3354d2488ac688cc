"""The peak day on 60 seats: each hour is cut short, and lived so much faster that its busiest hour has a set rate.

Talks, patience and the 15 s in which somebody should have answered shrink by the same factor, so as many seats are busy
as on the day itself. Both systems get the same callers at the same moments, with the same talks and patience.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from benchmarks.compare_desk import Desk, paced
from benchmarks.compare_phones import ComparePhones
from benchmarks.compare_spread import Turn
from benchmarks.compare_systems import System
from benchmarks.compare_turns import Meter
from benchmarks.drain_figures import percentile
from benchmarks.drain_site import ROOT, DrainSite
from benchmarks.ending import ended as ended_tasks
from benchmarks.progress import Standing
from simulator import CallFailed, CallLeg, LegEnded
from simulator.media.stream import MediaMode
from simulator.scenario.arriving import day_moments

DAY = ROOT / "scenarios" / "days" / "peak-16000.csv"
SEATS = 60
TALK_S, PATIENCE_S, IN_TIME_S = 130.0, 180.0, 15.0
"""On the day itself: means of exponential talks and patience, and the time in which a call should be answered."""
_DAY_S, _HOUR_S = 24 * 3600.0, 3600.0
_HANGS_S = 20.0
_SETTLE_S = 3.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Guest:
    """One caller of the day. Seconds, as they are lived."""

    at: float
    talk_s: float
    patience_s: float


@dataclass(frozen=True, slots=True)
class PeakDay:
    """The callers of a day, and how many times faster than real it is lived."""

    guests: Sequence[Guest]
    faster: float
    of_the_day: int  # calls of the whole day


def peak_day(minutes: float, rate: float, seed: int = 1, file: Path = DAY) -> PeakDay:
    """Return a day of so many minutes whose busiest hour has ``rate`` calls a second (real: 0.44)."""
    chance = random.Random(f"{seed}/peak")
    moments = day_moments(file, chance)
    busiest = max(sum(hour * _HOUR_S <= at < (hour + 1) * _HOUR_S for at in moments) for hour in range(24))
    faster = rate / (busiest / _HOUR_S)
    lasts = minutes * 60
    some = min(faster * lasts / _DAY_S, 1.0)  # part of the day's calls that fit into it
    guests = [
        Guest(at / _DAY_S * lasts, chance.expovariate(faster / TALK_S), chance.expovariate(faster / PATIENCE_S))
        for at in moments
        if chance.random() < some
    ]
    return PeakDay(guests, faster, len(moments))


class PeakTurn:
    """Lives the day once."""

    def __init__(self, phones: ComparePhones, site: DrainSite, system: System, day: PeakDay) -> None:
        phones.by_hand()
        self._phones, self._number, self._day = phones, system.number, day
        self._guests = {phones.next_caller(): guest for guest in day.guests}
        self._numbers = list(self._guests)
        self._lives: list[asyncio.Task[_Life]] = []
        self._late_s: float | None = None
        self._began = time.monotonic()
        self._meter = Meter(system, site)
        self._desk = Desk(phones.seats[:SEATS], self._talk)
        self.due_s = max((guest.at for guest in day.guests), default=0.0)
        leaves = max((guest.at + guest.patience_s + guest.talk_s for guest in day.guests), default=0.0)
        self.rest_s = leaves - self.due_s + _HANGS_S

    async def run(self) -> None:
        """Let everybody come, and wait until all are gone."""
        self._began = time.monotonic()
        self._late_s = await paced([guest.at for guest in self._day.guests], self._come)
        if self._lives:
            await asyncio.wait(self._lives)

    def _come(self, place: int) -> None:
        number = self._numbers[place]
        life = _lived(self._phones, self._number, number, self._guests[number], self._desk)
        self._lives.append(asyncio.create_task(life))

    async def _talk(self, leg: CallLeg) -> None:
        guest = self._guests.get(leg.caller_number)
        await leg.wait_ended(0.0 if guest is None else guest.talk_s)

    def standing(self) -> Standing:
        """Return how its calls stand now."""
        lived, begun = self._lived(), len(self._lives)
        connected = sum(self._desk.reached(number).done() for number in self._numbers[:begun])
        unconnected = sum(life.waited_s is None for life in lived)
        failed = sum(life.failed for life in lived)
        return Standing(begun, connected, len(lived), failed, max(begun - connected - unconnected, 0))

    def left(self) -> tuple[int, int]:
        """Return how many callers have come and are not gone, and how many were to come."""
        return sum(not life.done() for life in self._lives), len(self._numbers) - len(self._lives)

    def figures(self) -> Turn:
        """Return what was measured, of those who are gone."""
        lived, late_s = self._lived(), self._late_s
        if late_s is None:  # how late the next one is by now
            to_come = self._day.guests[len(self._lives) :]
            late_s = time.monotonic() - self._began - to_come[0].at if to_come else 0.0
        return {**_figures(lived, self._day), **self._meter.spent(len(lived)), "callers_late_s": max(late_s, 0.0)}

    async def end(self) -> None:
        """Have everybody hang up."""
        await ended_tasks(self._lives)
        await self._desk.close()
        await asyncio.sleep(_SETTLE_S)

    def _lived(self) -> "list[_Life]":
        over = [life for life in self._lives if life.done() and not life.cancelled()]
        return [_Life(None, failed=True) if life.exception() else life.result() for life in over]


@dataclass(frozen=True, slots=True)
class _Life:
    """How it went for a caller; ``waited_s`` until a seat was rung, None when never."""

    waited_s: float | None
    failed: bool


async def _lived(phones: ComparePhones, number: str, caller: str, guest: Guest, desk: Desk) -> _Life:
    """Call, wait as long as patience lasts, talk until the seat hangs up."""
    rung = desk.reached(caller)
    try:
        leg = await phones.call(number, MediaMode.FULL, caller)
    except OSError as error:  # no port or no file is left: this caller has failed, others have not
        _log.warning("benchmarks.not_placed", error=repr(error))
        return _Life(None, failed=True)
    ended = asyncio.ensure_future(leg.ended.wait())
    try:
        await asyncio.wait((rung, ended), timeout=guest.patience_s, return_when=asyncio.FIRST_COMPLETED)
        if not rung.done():
            return _Life(None, failed=leg.ended.is_set())
        with suppress(CallFailed, LegEnded, TimeoutError):
            await leg.wait_ended(guest.talk_s + _HANGS_S)
        return _Life(rung.result() - leg.session.invited_at, failed=leg.reason != "BYE")
    finally:
        ended.cancel()
        with suppress(TimeoutError):
            await leg.hang_up()


def _figures(lived: Sequence[_Life], day: PeakDay) -> Turn:
    waits = [one.waited_s for one in lived if one.waited_s is not None]
    failed = sum(one.failed for one in lived)
    real = [wait * day.faster for wait in waits]  # as long as it would be on the day itself
    return {
        "calls": len(lived),
        "faster": day.faster,
        "answered_share": len(waits) / len(lived) if lived else None,
        "abandoned": len(lived) - len(waits) - sum(one.failed and one.waited_s is None for one in lived),
        "failed": failed,
        "failed_share": failed / len(lived) if lived else None,
        "in_time_share": sum(wait <= IN_TIME_S for wait in real) / len(waits) if waits else None,
        "wait_p50_ms": 1000 * percentile(waits, 0.5) if waits else None,
        "wait_p95_ms": 1000 * percentile(waits, 0.95) if waits else None,
    }

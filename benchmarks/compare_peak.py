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

from benchmarks.compare_desk import Desk, paced
from benchmarks.compare_phones import ComparePhones
from benchmarks.compare_spread import Turn
from benchmarks.compare_systems import System
from benchmarks.drain_figures import percentile
from benchmarks.drain_site import ROOT, DrainSite
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


async def peak_turn(phones: ComparePhones, site: DrainSite, system: System, day: PeakDay) -> Turn:
    """Live the day once."""
    phones.by_hand()
    guests = {phones.next_caller(): guest for guest in day.guests}
    numbers = list(guests)

    async def talk(leg: CallLeg) -> None:
        await leg.wait_ended(guests[leg.caller_number].talk_s if leg.caller_number in guests else 0.0)

    desk = Desk(phones.seats[:SEATS], talk)
    lives: list[asyncio.Task[_Life]] = []

    def come(place: int) -> None:
        number = numbers[place]
        lives.append(asyncio.create_task(_lived(phones, system.number, number, guests[number], desk)))

    began, cpu = time.monotonic(), system.cpu(site)
    try:
        late_s = await paced([guest.at for guest in day.guests], come)
        lived = await asyncio.gather(*lives)
        lasted = time.monotonic() - began
        asterisk_s, engine_s = (now - then for now, then in zip(system.cpu(site), cpu, strict=True))
    finally:
        for task in lives:
            task.cancel()
        await desk.close()
        await asyncio.sleep(_SETTLE_S)
    spent = _spent(asterisk_s, engine_s, len(lived), lasted)
    return {**_figures(lived, day), **spent, "callers_late_s": max(late_s, 0.0)}


@dataclass(frozen=True, slots=True)
class _Life:
    """How it went for a caller; ``waited_s`` until a seat was rung, None when never."""

    waited_s: float | None
    failed: bool


async def _lived(phones: ComparePhones, number: str, caller: str, guest: Guest, desk: Desk) -> _Life:
    """Call, wait as long as patience lasts, talk until the seat hangs up."""
    rung = desk.reached(caller)
    leg = await phones.call(number, MediaMode.FULL, caller)
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


def _spent(asterisk_s: float, engine_s: float, calls: int, lasted: float) -> Turn:
    return {
        "cpu_ms_per_call": 1000 * (asterisk_s + engine_s) / calls if calls else None,
        "engine_ms_per_call": 1000 * engine_s / calls if calls else None,
        "cores_used": (asterisk_s + engine_s) / lasted,
    }

"""Memory for each talking and each waiting call: what Asterisk (and for ours the engine) grow by while they come.

Memory that was freed is used again, so each system has an Asterisk and an engine of its own for it, which have served
some calls; then talks begin, and then the line builds up, and nobody hangs up until all is measured.
"""

import asyncio
from contextlib import suppress
from statistics import median

from benchmarks.compare_desk import Desk, paced
from benchmarks.compare_phones import ComparePhones
from benchmarks.compare_spread import Turn
from benchmarks.compare_systems import System
from benchmarks.drain_site import BenchmarkFailed, DrainSite
from benchmarks.ending import hung_up
from simulator import CallFailed, CallLeg
from simulator.media.stream import MediaMode

_CALLS_PER_S = 10.0
_WARM_UP = 20
_REST_S = 5.0
_PATIENCE_S = 30.0
_LOOKS = 5


async def memory_turn(phones: ComparePhones, site: DrainSite, system: System, talking: int, waiting: int) -> Turn:
    """Return kilobytes for each call; ``talking`` seats are logged in."""
    one_seat = not system.drained_number
    await phones.at_rate(system.number, 5, _WARM_UP, lambda: system.cpu(site), one_seat=one_seat)
    phones.take_any(several=one_seat)
    await asyncio.sleep(_REST_S)
    legs: list[CallLeg] = []
    seats = [phones.seats[0]] * talking if one_seat else phones.seats[:talking]  # one takes them side by side
    desk = Desk(seats, _talk_on)
    try:
        idle = await _mb(site, system)
        await _placed(phones, system.number, talking, legs, MediaMode.FULL)
        talks = await _mb(site, system)
        told = _each("talking", idle, talks, talking)
        if system.drained_number:
            await _placed(phones, system.number, waiting, legs, MediaMode.NONE)
            told |= _each("waiting", talks, await _mb(site, system), waiting)
    finally:
        await hung_up(legs)
        await desk.close()
    return told


async def _talk_on(leg: CallLeg) -> None:
    await leg.ended.wait()


async def _placed(phones: ComparePhones, number: str, count: int, legs: list[CallLeg], mode: MediaMode) -> None:
    tasks: list[asyncio.Task[CallLeg]] = []
    await paced(
        [place / _CALLS_PER_S for place in range(count)],
        lambda _: tasks.append(asyncio.create_task(phones.call(number, mode))),
    )
    came = await asyncio.gather(*tasks)
    legs += came
    with suppress(TimeoutError, CallFailed):
        for leg in came:
            await leg.wait_answered(_PATIENCE_S)
    await asyncio.sleep(_REST_S)
    if up := [leg for leg in came if not leg.answered.is_set() or leg.ended.is_set()]:
        raise BenchmarkFailed(f"{number}: {len(up)} of {count} calls are not up: {up[0].status} {up[0].reason}")


async def _mb(site: DrainSite, system: System) -> tuple[float, float]:
    looks = []
    for _ in range(_LOOKS):
        looks.append(system.rss_mb(site))
        await asyncio.sleep(0.2)
    return median(asterisk for asterisk, _ in looks), median(engine for _, engine in looks)


def _each(what: str, before: tuple[float, float], after: tuple[float, float], calls: int) -> dict[str, float | None]:
    asterisk_kb, engine_kb = (1024 * (now - then) / calls for now, then in zip(after, before, strict=True))
    return {
        f"kb_per_{what}_call": asterisk_kb + engine_kb,
        f"asterisk_kb_per_{what}": asterisk_kb,
        f"engine_kb_per_{what}": engine_kb,
    }

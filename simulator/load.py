"""A load run: so many callers at such a rate on so many seats, and what became of them."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Sequence

from simulator.agent import UserAgent
from simulator.collecting import without_collecting
from simulator.load_caller import LoadCaller
from simulator.load_profile import Arrivals, LoadProfile, SeatPlan
from simulator.load_seats import LoadSeats
from simulator.media.engine import DEFAULT_PORTS, MediaEngine
from simulator.pace import Pace
from simulator.report import CallResult, LoadReport
from simulator.sip.transport import Endpoint

HELD_BACK_S = 0.5
"""A call that comes so much later than planned is counted as held back."""


async def run_load(
    profile: LoadProfile,
    seats: Sequence[SeatPlan],
    *,
    target: Endpoint = ("127.0.0.1", 5060),
    local_host: str = "127.0.0.1",
    rtp_ports: tuple[int, int] = DEFAULT_PORTS,
    allow_remote: bool = False,
    on_result: Callable[[CallResult], None] | None = None,
) -> LoadReport:
    """Open the seats, place the calls, wait for the last one, close the seats, and report.

    ``on_result`` sees each call when it is over. Raises ``ForeignTarget`` for a target outside this machine unless
    ``allow_remote``, ``ValueError`` beyond the bounds of ``LoadProfile``, ``OSError`` when no port is free.
    """
    media, pace = MediaEngine(local_host, rtp_ports), Pace.alone()
    try:
        async with (
            UserAgent(local_host, target, media=media, allow_remote=allow_remote, pace=pace) as trunk,
            UserAgent(local_host, target, media=media, allow_remote=allow_remote) as desk,
        ):
            crew = LoadSeats(desk, profile, seats)
            await crew.open()
            began = time.monotonic()
            try:
                with without_collecting():
                    results, held_back = await _place(trunk, profile, crew, on_result)
                seconds = time.monotonic() - began
            finally:
                await crew.close()
            return LoadReport(
                results=results,
                seconds=seconds,
                seats=crew.ready,
                seat_faults=tuple(crew.faults),
                doubled=crew.doubled,
                held_back=held_back,
                slowed=pace.held,
                late_ms_p99=media.ticker.lateness.ms(0.99),
                unsent_s=media.ticker.skipped_s,
            )
    finally:
        await media.close()


def arrival_times(profile: LoadProfile) -> Iterator[float]:
    """Yield when each call is to come, in seconds from the start; the same for the same seed."""
    generator = random.Random(f"{profile.seed}/arrivals")
    at = 0.0
    for _ in range(profile.calls):
        yield at
        poisson = profile.arrivals is Arrivals.POISSON
        at += generator.expovariate(profile.rate) if poisson else 1 / profile.rate


async def _place(
    trunk: UserAgent, profile: LoadProfile, crew: LoadSeats, on_result: Callable[[CallResult], None] | None
) -> tuple[list[CallResult], int]:
    room = asyncio.Semaphore(profile.max_concurrent)
    by_tone = crew.by_tone
    held_back = 0
    began = time.monotonic()

    async def one(index: int) -> CallResult:
        try:
            result = await LoadCaller(trunk, profile, by_tone, index).run()
        finally:
            room.release()
        if on_result is not None:
            on_result(result)
        return result

    async with asyncio.TaskGroup() as group:
        tasks: list[asyncio.Task[CallResult]] = []
        for index, at in enumerate(arrival_times(profile)):
            await asyncio.sleep(max(began + at - time.monotonic(), 0.0))
            await room.acquire()
            held_back += time.monotonic() - began - at > HELD_BACK_S
            tasks.append(group.create_task(one(index)))
    return [task.result() for task in tasks], held_back

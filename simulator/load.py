"""A load run: so many callers at such a rate on so many seats, and what became of them."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Sequence

from simulator.agent import UserAgent
from simulator.bounds import OTHER_FILES, allow_open_files
from simulator.collecting import without_collecting
from simulator.load_caller import LoadCaller
from simulator.load_profile import Arrivals, LoadProfile, SeatPlan
from simulator.load_seats import LoadSeats
from simulator.media.engine import DEFAULT_PORTS, MediaEngine
from simulator.pace import Pace
from simulator.report import CallResult, LoadReport
from simulator.sip.transport import Endpoint
from simulator.stopping import run_until, somebody_answers

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
    stop: asyncio.Event | None = None,
) -> LoadReport:
    """Open the seats, place the calls, wait for the last one, close the seats, and report.

    ``on_result`` sees each call when it is over. ``stop``, once set, ends the run early: callers hang up, and what was
    measured by then is returned. Raises ``ForeignTarget`` for a target outside this machine unless ``allow_remote``,
    ``ValueError`` beyond the bounds of ``LoadProfile`` and when too few files may be open, ``OSError`` when no port is
    free.
    """
    allow_open_files(min(profile.max_concurrent, profile.calls) + 2 * len(seats) + OTHER_FILES)
    media, pace = MediaEngine(local_host, rtp_ports), Pace.alone()
    try:
        async with (
            UserAgent(local_host, target, media=media, allow_remote=allow_remote, pace=pace) as trunk,
            UserAgent(local_host, target, media=media, allow_remote=allow_remote) as desk,
        ):
            crew = LoadSeats(desk, profile, seats)
            calls = _Calls(trunk, profile, crew, on_result)

            async def live() -> None:
                await crew.open()
                with without_collecting():
                    await calls.place()

            stopped = False
            try:
                stopped = not await run_until(stop or asyncio.Event(), live())
                seconds = calls.seconds
            finally:
                if not stopped or await somebody_answers(desk):
                    await crew.close()
            return LoadReport(
                results=calls.results,
                seconds=seconds,
                seats=crew.ready,
                seat_faults=tuple(crew.faults),
                doubled=crew.doubled,
                held_back=calls.held_back,
                slowed=pace.held,
                late_ms_p99=media.ticker.lateness.ms(0.99),
                unsent_s=media.ticker.skipped_s,
                unfinished=calls.begun - len(calls.results),
                stopped=stopped,
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


class _Calls:
    """The calls of a run. ``results`` are those of calls that are over, in the order in which they came."""

    def __init__(
        self, trunk: UserAgent, profile: LoadProfile, crew: LoadSeats, on_result: Callable[[CallResult], None] | None
    ) -> None:
        self._trunk, self._profile, self._crew, self._on_result = trunk, profile, crew, on_result
        self._room = asyncio.Semaphore(profile.max_concurrent)
        self._over: dict[int, CallResult] = {}
        self._began = time.monotonic()
        self.begun = 0
        self.held_back = 0

    @property
    def results(self) -> list[CallResult]:
        """What became of the calls that are over."""
        return [self._over[index] for index in sorted(self._over)]

    @property
    def seconds(self) -> float:
        """For how long calls have come."""
        return time.monotonic() - self._began

    async def place(self) -> None:
        """Place them all, and wait for the last one."""
        by_tone = self._crew.by_tone
        began = self._began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for index, at in enumerate(arrival_times(self._profile)):
                await asyncio.sleep(max(began + at - time.monotonic(), 0.0))
                await self._room.acquire()
                self.held_back += time.monotonic() - began - at > HELD_BACK_S
                self.begun += 1
                group.create_task(self._one(LoadCaller(self._trunk, self._profile, by_tone, index)))

    async def _one(self, caller: LoadCaller) -> None:
        try:
            result = self._over[caller.result.index] = await caller.run()
        finally:
            self._room.release()
        if self._on_result is not None:
            self._on_result(result)

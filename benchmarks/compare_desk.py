"""Seats that answer whatever comes, at once, and remember it; how long a talk lasts is said by who sets them up."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from benchmarks.drain_figures import Stay
from simulator import CallLeg, LegEnded, Softphone

Talk = Callable[[CallLeg], Awaitable[None]]
"""Lasts as long as a talk; the seat hangs up then."""


class Desk:
    """All seats through one turn. Their phones must leave calls to whoever takes them (``Reaction.BY_HAND``)."""

    def __init__(self, phones: Sequence[Softphone], talk: Talk) -> None:
        self._talk = talk
        self._legs: list[list[CallLeg]] = [[] for _ in phones]
        self._reached: dict[str, asyncio.Future[float]] = {}
        self._work = [asyncio.create_task(self._attend(place, phone)) for place, phone in enumerate(phones)]

    def reached(self, caller: str) -> "asyncio.Future[float]":
        """Return when a seat is first rung for a caller's number (monotonic)."""
        return self._reached.setdefault(caller, asyncio.get_running_loop().create_future())

    def stays(self, since: float = 0.0) -> list[list[Stay]]:
        """Return each seat's ended calls, of those that came after ``since`` (monotonic)."""
        return [
            [
                Stay(leg.session.invited_at, leg.session.ended_at)
                for leg in legs
                if leg.session.ended_at is not None and leg.session.invited_at >= since
            ]
            for legs in self._legs
        ]

    async def close(self) -> None:
        """Take no more calls, and end those that are up."""
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        up = [leg for legs in self._legs for leg in legs if not leg.ended.is_set()]
        await asyncio.gather(*(leg.hang_up() for leg in up), return_exceptions=True)

    async def _attend(self, place: int, phone: Softphone) -> None:
        while True:
            leg = await phone.calls.get()
            self._legs[place].append(leg)
            first = self.reached(leg.caller_number)
            if not first.done():
                first.set_result(leg.session.invited_at)
            leg.answer()
            with suppress(TimeoutError, LegEnded):
                await self._talk(leg)
            with suppress(TimeoutError):
                await leg.hang_up()


async def paced(times: Sequence[float], act: Callable[[int], None]) -> float:
    """Do something at each moment (seconds from now, ascending); return how late the last one was, in seconds."""
    began, late = time.monotonic(), 0.0
    for place, at in enumerate(times):
        await asyncio.sleep(max(began + at - time.monotonic(), 0.0))
        late = time.monotonic() - began - at
        act(place)
    return late

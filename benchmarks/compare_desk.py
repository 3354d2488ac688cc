"""Seats that answer whatever comes, at once, and remember it; how long a talk lasts is said by who sets them up."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import structlog

from benchmarks.drain_figures import Stay
from benchmarks.ending import ended, hung_up
from simulator import CallLeg, LegEnded, Softphone

_log = structlog.get_logger(__name__)
_AT_ONCE = 10
"""So many things that are overdue are done in one turn of the event loop."""

Talk = Callable[[CallLeg], Awaitable[None]]
"""Lasts as long as a talk; the seat hangs up then."""


class Desk:
    """All seats through one turn. Their phones must leave calls to whoever takes them (``Reaction.BY_HAND``)."""

    def __init__(self, phones: Sequence[Softphone], talk: Talk) -> None:
        self._phones, self._talk = phones, talk
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
        """Take no more calls, and end those that are up or have not been taken."""
        await ended(self._work)
        untaken = [phone.calls.get_nowait() for phone in self._phones for _ in range(phone.calls.qsize())]
        await hung_up([*untaken, *(leg for legs in self._legs for leg in legs)])

    async def _attend(self, place: int, phone: Softphone) -> None:
        while True:
            leg = await phone.calls.get()
            self._legs[place].append(leg)
            first = self.reached(leg.caller_number)
            if not first.done():
                first.set_result(leg.session.invited_at)
            try:
                await self._serve(leg)
            except Exception as error:  # one call that goes wrong must not cost all others this seat
                _log.warning("benchmarks.seat", caller=leg.caller_number, error=repr(error))

    async def _serve(self, leg: CallLeg) -> None:
        leg.answer()
        with suppress(TimeoutError, LegEnded):
            await self._talk(leg)
        with suppress(TimeoutError):
            await leg.hang_up()


async def paced(times: Sequence[float], act: Callable[[int], None]) -> float:
    """Do something at each moment (seconds from now, ascending); return how late the last one was, in seconds.

    An event loop that is busy may need longer for one turn than lies between two moments: so what is overdue is done
    at once, not one in each turn, or it would be ever later.
    """
    began, late = time.monotonic(), 0.0
    for place, at in enumerate(times):
        await until(began + at, place)
        late = time.monotonic() - began - at
        act(place)
    return late


async def until(moment: float, place: int) -> None:
    """Wait for a moment (monotonic); when it is past, now and then (by ``place``) give way to others."""
    wait = moment - time.monotonic()
    if wait > 0 or place % _AT_ONCE == 0:
        await asyncio.sleep(max(wait, 0.0))

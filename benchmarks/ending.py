"""Ending what goes on, in a set time whatever happens: tasks are cancelled, calls hung up, and what is left dropped."""

import asyncio
from collections.abc import Collection, Iterable

from simulator import CallLeg

ALLOWED_S = 120.0
"""A turn may end so much later than its last call is due to. SIP gives a call up after 32 s, and hanging up after as
long again: twice that is for a machine that is slow, and what is later than that does not end at all."""
ENDS_S = 30.0
"""Ending a turn's work and hanging up its calls may take so long each, about as long as SIP waits for an answer."""


async def ended(tasks: Collection["asyncio.Task[object]"], within_s: float = ENDS_S) -> None:
    """Cancel tasks, and wait until they are over; what they raise is nobody's."""
    for task in tasks:
        task.cancel()
    await over(tasks, within_s)


async def over(tasks: Collection["asyncio.Task[object]"], within_s: float = ENDS_S) -> None:
    """Wait until tasks are over, and cancel those that are not in time; what they raise is nobody's."""
    if not tasks:
        return
    done, late = await asyncio.wait(tasks, timeout=within_s)
    for task in late:
        task.cancel()
    for task in done:
        if not task.cancelled():
            task.exception()  # asked for, so that nobody is told at the end that nobody did


async def hung_up(legs: Iterable[CallLeg], within_s: float = ENDS_S) -> None:
    """Hang up whatever is up; a call that cannot be in time is dropped without a word."""
    up = [leg for leg in legs if not leg.ended.is_set()]
    try:
        await over([asyncio.ensure_future(leg.hang_up()) for leg in up], within_s)
    finally:
        for leg in up:
            leg.session.drop()

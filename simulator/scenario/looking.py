"""Who watches a run sees how it stands twice a second, whether calls end meanwhile or not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

LOOK_EVERY_S = 0.5


@asynccontextmanager
async def regularly(act: Callable[[], None]) -> AsyncIterator[None]:
    """Do something now, and again and again until the block is left. What it raises ends it, and is raised then."""

    async def go_on() -> None:
        while True:
            act()
            await asyncio.sleep(LOOK_EVERY_S)

    going_on = asyncio.create_task(go_on(), name="simulator.look")
    try:
        yield
    finally:
        going_on.cancel()
        with suppress(asyncio.CancelledError):
            await going_on

"""A run that is stopped before its end: callers hang up, and agents log out where somebody answers."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from simulator.agent import UserAgent
from simulator.sip import wire
from simulator.sip.wire import URI

LEAVES_IN_S = 1.0
"""So long a caller of a run that was stopped waits for the answer to BYE or CANCEL."""
_ANSWERS_IN_S = 0.7


async def run_until(
    stop: asyncio.Event, work: Coroutine[Any, Any, None], stopping: Callable[[], None] = lambda: None
) -> bool:
    """Run work to its end, or cancel it when ``stop`` is set, after ``stopping`` was told; return whether it came to
    its end."""
    running, waiting = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
            return True
        stopping()
        return False
    finally:
        waiting.cancel()
        running.cancel()
        await asyncio.gather(waiting, running, return_exceptions=True)


async def somebody_answers(agent: UserAgent) -> bool:
    """Ask the target by OPTIONS whether it is there: one that is dead would keep each agent for 32 s."""
    host, port = agent.target
    target = URI("sip", host, port=port)
    asking = wire.request(
        "OPTIONS", target, from_header=f"<{target}>;tag={wire.new_tag()}", to_header=f"<{target}>",
        call_id=wire.new_call_id(agent.address[0]), sequence=1, contact=agent.contact("simulator"),
    )  # fmt: skip
    try:
        async with asyncio.timeout(_ANSWERS_IN_S):
            await agent.request(asking)
    except (TimeoutError, OSError):
        return False
    return True

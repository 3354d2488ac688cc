"""Waiting for the first of several things."""

import asyncio
from collections.abc import Awaitable
from typing import Any


async def first_of(*awaitables: Awaitable[Any]) -> None:
    """Return when the first is done; cancel the rest. Results and exceptions are left to the caller to look at."""
    tasks = [asyncio.ensure_future(a) for a in awaitables]
    given = {t for t, a in zip(tasks, awaitables, strict=True) if t is a}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            if task not in given:
                task.cancel()

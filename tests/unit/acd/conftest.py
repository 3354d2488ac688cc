"""What every test of this room stands in."""

import asyncio

import pytest
from acd_hall import Hall


@pytest.fixture
async def hall(request):
    made = Hall(**({"aside_s": 0.05, "miss_limit": 1000} | getattr(request, "param", {})))
    deadline = asyncio.get_running_loop().call_later(30, lambda: [task.cancel() for task in asyncio.all_tasks()])
    yield made
    deadline.cancel()
    for task in made.tasks:
        task.cancel()
    await asyncio.gather(*made.tasks, return_exceptions=True)
    made.distributor.close()
    made.floor.close()

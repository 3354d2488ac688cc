"""Memory that is free again goes back to the machine: glibc keeps it for later, and a service runs for months.

What is freed lies between what is still used; ``malloc_trim(3)`` gives back the whole pages of it. It takes less than a
millisecond, in a thread.
"""

import asyncio
import ctypes
from collections.abc import Callable

_EVERY_S = 30.0


def malloc_trim() -> Callable[[], None] | None:
    """Return what gives free memory back, or None where the C library has no such thing."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None
    trim.argtypes = [ctypes.c_size_t]

    def give_back() -> None:
        trim(0)

    return give_back


async def keep_giving_back(give_back: Callable[[], None] | None, every_s: float = _EVERY_S) -> None:
    """Give free memory back again and again, until cancelled; return at once where nothing can."""
    while give_back is not None:
        await asyncio.sleep(every_s)
        await asyncio.to_thread(give_back)

"""What of the service's memory is not its own doing, and would grow, or not come back, in months of calls.

Free memory goes back to the machine, as glibc keeps it for later: what is freed lies between what is still used, and
``malloc_trim(3)`` gives back the whole pages of it. It takes less than a millisecond, in a thread.

Python's table of shared strings has its last size from the start: ``pathlib`` shares each part of each path, so the
names of recordings go through that table, and it is made anew, 1.9 MB larger, when they have filled what was free in
it: after some 2,700 calls.
"""

import asyncio
import ctypes
import sys
from collections.abc import Callable

_EVERY_S = 30.0
_SHARED = 100_000  # strings: more than have room in a table of 2**17, which is three times what a service shares


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


def settle_shared_strings() -> None:
    """Bring Python's table of shared strings to its last size, in some 20 ms. Call it when all is imported.

    In Python 3.11 alone, where it was seen: in 3.12 strings that were shared may stay for ever.

    The table is made anew, with room for three times what is in it, when its room was used up once, even by strings
    that are gone (CPython, ``Objects/dictobject.c``, ``GROWTH_RATE``); nothing that is shared here stays.
    """
    if sys.version_info >= (3, 12):
        return
    for number in range(_SHARED):
        sys.intern(f" shared {number}")


async def keep_giving_back(give_back: Callable[[], None] | None, every_s: float = _EVERY_S) -> None:
    """Give free memory back again and again, until cancelled; return at once where nothing can."""
    while give_back is not None:
        await asyncio.sleep(every_s)
        await asyncio.to_thread(give_back)

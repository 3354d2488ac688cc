"""Memory that is free again goes back to the machine."""

import asyncio
import ctypes
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from hotline.memory import keep_giving_back, malloc_trim

_MB = 1 << 20


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / _MB


@pytest.mark.skipif(malloc_trim() is None, reason="this C library cannot give memory back")
def test_free_memory_between_what_is_used_goes_back_to_the_machine() -> None:
    give_back = malloc_trim()
    assert give_back is not None
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = (
        ctypes.c_void_p,
        [ctypes.c_size_t],
        [ctypes.c_void_p],
    )
    blocks = [libc.malloc(64_000) for _ in range(1000)]
    for block in blocks:
        ctypes.memset(block, 1, 64_000)
    kept, free = blocks[::10], [block for place, block in enumerate(blocks) if place % 10]
    for block in free:
        libc.free(block)
    before = _resident_mb()
    give_back()
    assert _resident_mb() < before - 40
    for block in kept:
        libc.free(block)


async def test_it_is_given_back_again_and_again() -> None:
    times = 0
    enough = asyncio.Event()
    loop = asyncio.get_running_loop()

    def give_back() -> None:
        nonlocal times
        times += 1
        if times == 3:
            loop.call_soon_threadsafe(enough.set)

    keeping = asyncio.create_task(keep_giving_back(give_back, every_s=0.001))
    await asyncio.wait_for(enough.wait(), 60)
    keeping.cancel()


async def test_where_nothing_can_give_it_back_nobody_tries() -> None:
    await asyncio.wait_for(keep_giving_back(None), 5)


def test_a_c_library_that_cannot_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    assert malloc_trim() is None


_NAMES = """
import ctypes, sys
from pathlib import Path
import hotline.serve
from hotline.memory import settle_shared_strings

fields = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
Figures = type("Figures", (ctypes.Structure,), {"_fields_": [(name, ctypes.c_size_t) for name in fields.split()]})
libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Figures

if sys.argv[1] == "settled":
    settle_shared_strings()
least = most = libc.mallinfo2().hblkhd
for number in range(100_000):
    Path(f"/recordings/{number}.wav")
    if number % 100 == 0:
        most = max(most, libc.mallinfo2().hblkhd)
print(most - least)
"""


def _grown_by_names(how: str) -> int:
    """Return the bytes of large blocks that the names of recordings brought about in a Python of its own."""
    ran = subprocess.run([sys.executable, "-c", _NAMES, how], capture_output=True, text=True, timeout=120, check=True)
    return int(ran.stdout)


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "mallinfo2") or sys.version_info >= (3, 12),
    reason="no mallinfo2 (glibc 2.33 has it), or not Python 3.11, of which this is told",
)
def test_the_names_of_recordings_do_not_make_the_table_of_shared_strings_grow() -> None:
    assert _grown_by_names("as it is") > _MB
    assert _grown_by_names("settled") == 0

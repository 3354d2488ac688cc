"""How much a run may do at most, whatever its file and options say, and what the system must allow for it."""

import resource
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of a whole run, all its processes together."""

    rate: float  # calls a second, redials counted
    concurrent: int  # callers at one time


ORDINARY = Bounds(rate=50.0, concurrent=500)
SATURATING = Bounds(rate=400.0, concurrent=2_000)
"""Of scenarios with ``saturate: true``, which only this machine may be the target of."""


OTHER_FILES = 100
"""Files that a process has open beside the sockets of its callers and agents."""


def bounds_of(*, saturate: bool) -> Bounds:
    """Return the bounds of a scenario."""
    return SATURATING if saturate else ORDINARY


def allow_open_files(count: int) -> None:
    """Let this process have so many files and sockets open at a time.

    Raises ``ValueError`` with the remedy where the system's hard limit is lower.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= count:
        return
    if hard != resource.RLIM_INFINITY and hard < count:
        raise ValueError(
            f"this process may open {hard} files, and needs {count}, one for each caller's audio: raise the limit "
            f"(ulimit -Hn {count}), lower max_concurrent, or share callers out (--processes)"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))

"""What a figure was measured on, and by a process that stands still for nothing else."""

import gc
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def machine() -> str:
    """Return the machine in one line: processors, Python, system."""
    return (
        f"{os.cpu_count()} x {_processor()}, Python {sys.version.split()[0]}, {platform.system()} {platform.machine()}"
    )


@contextmanager
def without_collecting() -> Iterator[None]:
    """Look for no rubbish meanwhile: hundreds of phones in one process would all stand still for as long, and the
    measured ones would be taken for late."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _processor() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as file:
            return next(line.partition(":")[2].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown processor"

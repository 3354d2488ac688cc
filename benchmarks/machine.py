"""What a figure was measured on, and by a process that stands still for nothing else."""

import os
import platform
import sys
from pathlib import Path


def machine() -> str:
    """Return the machine in one line: processors, Python, system."""
    return (
        f"{os.cpu_count()} x {_processor()}, Python {sys.version.split()[0]}, {platform.system()} {platform.machine()}"
    )


def _processor() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as file:
            return next(line.partition(":")[2].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown processor"

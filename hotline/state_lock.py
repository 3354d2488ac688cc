"""One `hotline up` for one state folder: a second one would take files and sockets away from the first."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StateInUse(Exception):
    """Another hotline runs on this folder; the text says which, and the remedy."""


@contextmanager
def state_lock(state_dir: Path) -> Iterator[None]:
    """Hold the folder for this process; the system lets go of it when the process ends, however it does.

    Raises ``StateInUse``.
    """
    state_dir.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(state_dir / "up.pid", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.read(descriptor, 20).decode(errors="replace").strip() or "?"
            raise StateInUse(
                f"a hotline is already running on {state_dir} (pid {pid}): stop that, or choose another folder (setting"
                " state_dir)"
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)

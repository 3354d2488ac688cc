"""What the processes of a run tell each other, over a pipe between two of them."""

import asyncio
import os
import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from simulator.load_profile import SeatPlan
from simulator.pace import Pace
from simulator.scenario.part import Part
from simulator.scenario.reading import Read
from simulator.scenario.record import CallRecord
from simulator.scenario.run import Run
from simulator.sip.stream import Trust
from simulator.sip.transport import Endpoint, Way


@dataclass(frozen=True, slots=True)
class Whither:
    """Where a run's calls go, and by what: as ``run_scenario`` has it."""

    target: Endpoint = ("127.0.0.1", 5060)
    local_host: str = "127.0.0.1"
    department_port: int = 0
    allow_remote: bool = False
    way: Way = Way.UDP
    trust: Trust | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What one process is to do."""

    read: Read
    plans: Mapping[str, Sequence[SeatPlan]]
    whither: Whither
    part: Part
    folder: Path  # of the sockets by which the processes ask each other
    pace: Pace  # of the calls of all

    def socket(self, index: int) -> Path:
        """Return where a part is asked."""
        return self.folder / f"{index}.sock"


@dataclass(frozen=True, slots=True)
class Ready:
    """Its agents are logged in."""

    seats: int


@dataclass(frozen=True, slots=True)
class Begin:
    """All are ready: the run begins."""

    at: float  # monotonic


@dataclass(frozen=True, slots=True)
class Over:
    """One of its calls is over."""

    record: CallRecord
    placed: int
    up: int
    late_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class Stands:
    """How it stands."""

    seats: int
    placed: int
    up: int
    late_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class MayRise:
    """Its next call is on a higher step than any before: may it come?"""

    step: int


@dataclass(frozen=True, slots=True)
class Rises:
    """All may go on to a step, or no call is to come any more."""

    step: int
    goes_on: bool


@dataclass(frozen=True, slots=True)
class Off:
    """Its last caller is off the line."""


@dataclass(frozen=True, slots=True)
class Close:
    """The last caller of all is off the line: agents may go."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The run is to end early."""


@dataclass(frozen=True, slots=True)
class Lived:
    """It is through. The records were sent before."""

    run: Run


@dataclass(frozen=True, slots=True)
class Refused:
    """It could not begin, or go on."""

    error: Exception


Message = Ready | Begin | Over | Stands | MayRise | Rises | Off | Close | Stop | Lived | Refused


class Post:
    """One end of a pipe, for one event loop.

    A thread reads: a loop that watched the pipe itself (uvloop) would make it one that does not block, and long
    messages would be torn.
    """

    def __init__(self, pipe: Connection) -> None:
        """``pipe`` is one of two ends that both write."""
        self._pipe = pipe
        self._came: asyncio.Queue[Message | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._ending = socket.socket(fileno=os.dup(pipe.fileno()))
        threading.Thread(target=self._listen, name="simulator.post", daemon=True).start()

    def tell(self, message: Message) -> None:
        """Send; raises ``OSError`` when the other process is gone."""
        self._pipe.send(message)

    async def hear(self) -> Message | None:
        """Return the next message, None when the other process is gone."""
        return await self._came.get()

    def close(self) -> None:
        """Close this end (idempotent)."""
        with suppress(OSError), self._ending:
            self._ending.shutdown(socket.SHUT_RDWR)  # the thread sees it, and closes the pipe

    def _listen(self) -> None:
        try:
            while True:
                self._put(self._pipe.recv())
        except (EOFError, OSError):
            self._put(None)
        finally:
            self._pipe.close()

    def _put(self, message: Message | None) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody wants to know
            self._loop.call_soon_threadsafe(self._came.put_nowait, message)

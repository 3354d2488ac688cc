"""What the processes of a run tell each other, over a pipe between two of them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from simulator.load_profile import SeatPlan
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
class Off:
    """Its last caller is off the line."""


@dataclass(frozen=True, slots=True)
class Close:
    """The last caller of all is off the line: agents may go."""


@dataclass(frozen=True, slots=True)
class Lived:
    """It is through. The records were sent before."""

    run: Run


@dataclass(frozen=True, slots=True)
class Refused:
    """It could not begin, or go on."""

    error: Exception


Message = Ready | Begin | Over | Off | Close | Lived | Refused


class Post:
    """One end of a pipe, for one event loop."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._came: asyncio.Queue[Message | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(pipe.fileno(), self._read)

    def tell(self, message: Message) -> None:
        """Send; raises ``OSError`` when the other process is gone."""
        self._pipe.send(message)

    async def hear(self) -> Message | None:
        """Return the next message, None when the other process is gone."""
        return await self._came.get()

    def close(self) -> None:
        """Close this end (idempotent)."""
        if not self._pipe.closed:
            self._loop.remove_reader(self._pipe.fileno())
            self._pipe.close()

    def _read(self) -> None:
        try:
            while self._pipe.poll():
                self._came.put_nowait(self._pipe.recv())
        except (EOFError, OSError):
            self._came.put_nowait(None)
            self.close()

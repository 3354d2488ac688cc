"""What all streams of a process share: the ports, the sounds, and one ticker."""

import asyncio
import time

import structlog

from simulator.media.lateness import Lateness
from simulator.media.sounds import SoundBank
from simulator.media.stream import MediaMode, MediaStream

TICK_S = 0.020
SLOTS = 4
"""Streams are spread over so many slots of a tick, so that they do not all send at one instant."""
MAX_CATCH_UP = 10
"""Ticks that are made good after a delay; what is older is left out, as a sound card would."""
DEFAULT_PORTS = (24_000, 31_998)

_log = structlog.get_logger(__name__)


class Ticker:
    """Calls every stream's ``tick`` each 20 ms, all from one task, and keeps record of its own lateness."""

    def __init__(self) -> None:
        self._slots: list[list[MediaStream]] = [[] for _ in range(SLOTS)]
        self._task: asyncio.Task[None] | None = None
        self.lateness = Lateness()
        self.skipped_s = 0.0
        """Seconds of audio that were never sent because this process was too late."""

    def add(self, stream: MediaStream) -> None:
        """Serve a stream from now on."""
        min(self._slots, key=len).append(stream)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run(), name="simulator.ticker")

    def remove(self, stream: MediaStream) -> None:
        """Serve a stream no longer (idempotent)."""
        for slot in self._slots:
            if stream in slot:
                slot.remove(stream)

    @property
    def streams(self) -> int:
        """How many streams are served."""
        return sum(map(len, self._slots))

    def measure_anew(self) -> None:
        """Forget how late ticks were until now."""
        self.lateness = Lateness()

    async def close(self) -> None:
        """Stop the task."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        step = TICK_S / SLOTS
        place = int(time.monotonic() / step) + 1  # by the clock: a call that comes alone would else start its own beat
        due, slot = place * step, place % SLOTS
        while self.streams:
            wait = due - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            now = time.monotonic()
            late = now - due
            leaves_out = late > MAX_CATCH_UP * TICK_S
            self.lateness.add(late, now, left_out_every=step if leaves_out else 0.0)
            self._serve(slot)
            slot = (slot + 1) % SLOTS
            due += step
            if leaves_out:
                self.skipped_s += late
                due = time.monotonic() + step
            if wait <= 0:
                await asyncio.sleep(0)

    def _serve(self, slot: int) -> None:
        for stream in tuple(self._slots[slot]):
            try:
                stream.tick()
            except Exception:
                _log.exception("simulator.tick", stream=stream.local)
                self.remove(stream)


class MediaEngine:
    """Opens streams. Share one among all agents of a process."""

    def __init__(self, host: str = "127.0.0.1", ports: tuple[int, int] = DEFAULT_PORTS) -> None:
        """Take even ports of ``ports`` (first, last) on ``host``; taken ones are passed over."""
        if not 1024 <= ports[0] <= ports[1] <= 65_535:
            raise ValueError(f"not a range of ports: {ports}")
        self.host = host
        self.bank = SoundBank()
        self.ticker = Ticker()
        self._ports = range(ports[0] + ports[0] % 2, ports[1] + 1, 2)
        self._next = time.monotonic_ns() // 1000 % max(len(self._ports), 1)

    async def open(
        self, *, tone: int = 440, mode: MediaMode = MediaMode.FULL, keep_s: float | None = None
    ) -> MediaStream:
        """Open a stream on a free port. Raises ``OSError`` when no port of the range is free."""
        loop = asyncio.get_running_loop()
        for _ in range(len(self._ports)):
            self._next = (self._next + 1) % len(self._ports)
            address = (self.host, self._ports[self._next])
            try:
                _, protocol = await loop.create_datagram_endpoint(
                    lambda: MediaStream(self.bank, tone=tone, mode=mode, keep_s=keep_s), local_addr=address
                )
            except OSError:
                continue
            self.ticker.add(protocol)
            return protocol
        raise OSError(f"no free port on {self.host} in {self._ports.start}-{self._ports[-1]}")

    def shut(self, stream: MediaStream) -> None:
        """Close a stream (idempotent)."""
        self.ticker.remove(stream)
        stream.close()

    async def close(self) -> None:
        """Stop the ticker."""
        await self.ticker.close()

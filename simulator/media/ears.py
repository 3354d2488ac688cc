"""What was heard: audio kept on a time base, and waiting for sounds as they arrive."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np

from simulator.media import spectrum
from simulator.media.g711 import FRAME, RATE, Samples, decode, decoder
from simulator.media.rtp import signed

REANCHOR = RATE // 5
"""A packet that is this many samples off its place begins a new stretch at its arrival."""
BACKLOG_S = 0.5
"""After we stood still, so long packets may come that had been waiting for us: their being late is our doing."""
BLOCK_FRAMES = 5
"""Frames that are looked at together while someone is waiting for a sound: 100 ms."""
BLOCK_S = BLOCK_FRAMES * FRAME / RATE


@lru_cache(maxsize=64)
def _flat(codec: int, byte: bytes, size: int) -> Samples:
    """Return so many samples that are all alike; nobody may change them."""
    samples = decode(codec, byte * size)
    samples.flags.writeable = False
    return samples


@dataclass(frozen=True, slots=True)
class Recording:
    """Samples at 8 kHz; ``samples[0]`` was heard at ``started`` (monotonic seconds)."""

    samples: Samples
    started: float

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.samples) / RATE


T = TypeVar("T")
Watcher = Callable[[Samples, float], bool]
"""Sees 100 ms of samples and the time they began; returns True when it has had enough."""


class Ears:
    """Keeps what arrives: everything, the last ``keep_s`` seconds, or (0) nothing but what watchers see."""

    def __init__(self, keep_s: float | None = None) -> None:
        self.started = time.monotonic()
        frames = None if keep_s is None else round(keep_s * RATE / FRAME)
        self._chunks: deque[tuple[int, int, bytes]] = deque(maxlen=frames)  # place, codec, bytes
        self._keep = frames != 0
        self._ssrc = -1
        self._anchor_place = 0
        self._anchor_timestamp = 0
        self._timestamp = 0  # of the latest packet
        self._backlog_until = 0.0  # monotonic
        self._end = 0
        self._watchers: list[Watcher] = []
        self._block: list[bytes] = []
        self._block_place = 0

    def take(self, codec: int, payload: bytes, timestamp: int, ssrc: int, now: float) -> None:
        """Take a packet's audio, which arrived at ``now``."""
        if not self._keep and not self._watchers:
            return  # nobody wants to know
        arrived = int((now - self.started) * RATE)
        place = self._anchor_place + signed(timestamp - self._anchor_timestamp)
        waited = place < arrived and now < self._backlog_until and 0 < signed(timestamp - self._timestamp) <= REANCHOR
        self._timestamp = timestamp
        if ssrc != self._ssrc or (abs(place - arrived) > REANCHOR and not waited):
            self._ssrc = ssrc
            place = self._anchor_place = max(arrived, self._end)
            self._anchor_timestamp = timestamp
        self._end = max(self._end, place + len(payload))
        if self._keep:
            self._chunks.append((place, codec, payload))
        if self._watchers:
            self._show(codec, payload, place)

    def stood_still(self, now: float) -> None:
        """Know that nobody could read what came in until now: a busy machine, or somebody who computes."""
        self._backlog_until = now + BACKLOG_S

    def audio(self, since: float | None = None, until: float | None = None) -> Recording:
        """Return what was heard between two moments (monotonic seconds); gaps are silence."""
        first = self._chunks[0][0] if self._chunks else 0
        low = first if since is None else max(round((since - self.started) * RATE), 0)
        high = self._end if until is None else min(round((until - self.started) * RATE), self._end)
        samples = np.zeros(max(high - low, 0), np.int16)
        for place, codec, payload in self._chunks:
            if place + len(payload) <= low or place >= high:
                continue
            skip = max(low - place, 0)
            piece = decoder(codec)[np.frombuffer(payload, np.uint8)][skip : high - place]
            samples[place + skip - low : place + skip - low + len(piece)] = piece
        return Recording(samples, self.started + low / RATE)

    def heard_tones(self, since: float | None, until: float | None, candidates: Iterable[int]) -> set[int]:
        """Return which candidate tones were heard between two moments."""
        return spectrum.heard_tones(self.audio(since, until).samples, candidates)

    async def wait_tone(self, candidates: Iterable[int], *, blocks: int = 3) -> tuple[int, float]:
        """Wait for one of the tones to sound for ``blocks`` times 100 ms; return it and the moment it began.

        Bound it with ``asyncio.timeout``.
        """
        wanted = tuple(candidates)
        done: asyncio.Future[tuple[int, float]] = asyncio.get_running_loop().create_future()
        streaks: dict[int, tuple[int, float]] = {}

        def watch(samples: Samples, began: float) -> bool:
            here = spectrum.tones_in_window(samples, wanted)
            for frequency in wanted:
                if frequency not in here:
                    streaks.pop(frequency, None)
                    continue
                count, since = streaks.get(frequency, (0, began))
                streaks[frequency] = (count + 1, since)
                if count + 1 >= blocks and not done.done():
                    done.set_result((frequency, since))
            return done.done()

        return await self._watched(watch, done)

    async def wait_sound(self, *, threshold_dbfs: float = spectrum.MIN_LEVEL_DBFS) -> float:
        """Wait for 100 ms of energy; return the moment it began. Bound it with ``asyncio.timeout``."""
        done: asyncio.Future[float] = asyncio.get_running_loop().create_future()

        def watch(samples: Samples, began: float) -> bool:
            if spectrum.is_sound(samples, threshold_dbfs) and not done.done():
                done.set_result(began)
            return done.done()

        return await self._watched(watch, done)

    async def _watched(self, watch: Watcher, done: "asyncio.Future[T]") -> T:
        self._watchers.append(watch)
        try:
            return await done
        finally:
            if watch in self._watchers:
                self._watchers.remove(watch)
            if not self._watchers:
                self._block.clear()

    def _show(self, codec: int, payload: bytes, place: int) -> None:
        if self._block and abs(place - self._block_place) > REANCHOR:
            self._block.clear()  # what is to be looked at together was heard together
        if not self._block:
            self._block_place = place
        self._block.append(payload)
        if len(self._block) < BLOCK_FRAMES:
            return
        heard = b"".join(self._block)
        flat = heard.count(heard[:1]) == len(heard)  # as of a line on which nobody says anything
        samples = _flat(codec, heard[:1], len(heard)) if flat else decode(codec, heard)
        self._block.clear()
        began = self.started + self._block_place / RATE
        self._watchers = [watch for watch in self._watchers if not watch(samples, began)]

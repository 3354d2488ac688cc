"""A machine that stands still for a moment: what came in meanwhile is heard as it was sent."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator

import numpy as np
import pytest

from simulator.media.engine import MediaEngine
from simulator.media.g711 import Codec, encode
from simulator.media.rtp import HEADER
from simulator.media.stream import MediaStream

RATE, FRAME = 8000, 160


@pytest.fixture
async def stream() -> AsyncIterator[MediaStream]:
    media = MediaEngine(ports=(26_600, 26_798))
    stream = await media.open()
    yield stream
    media.shut(stream)
    await media.close()


class Speaker(threading.Thread):
    """Sends a rising tone in real time from a thread of its own, whatever the loop does."""

    def __init__(self, to: tuple[str, int], frames: int, *, pause_after: int = -1, pause_s: float = 0.0) -> None:
        super().__init__()
        at = np.arange(frames * FRAME) / RATE
        self.said = (8000 * np.sin(2 * np.pi * (300 + 400 * at) * at)).astype(np.int16)
        self._to, self._frames, self._pause_after, self._pause_s = to, frames, pause_after, pause_s

    def run(self) -> None:
        coded = encode(Codec.PCMA, self.said)
        begun = time.monotonic()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
            for n in range(self._frames):
                wait = begun + n * 0.02 - time.monotonic()
                if wait > 0:
                    time.sleep(wait)
                header = HEADER.pack(0x80, 8, n, n * FRAME, 7)
                mouth.sendto(header + coded[n * FRAME : (n + 1) * FRAME], self._to)
                if n == self._pause_after:
                    time.sleep(self._pause_s)
                    begun += self._pause_s


async def spoken(speaker: Speaker) -> None:
    speaker.start()
    await asyncio.to_thread(speaker.join)
    await asyncio.sleep(0.1)


async def test_what_waited_while_the_loop_stood_still_has_no_holes(stream: MediaStream) -> None:
    assert stream.local is not None
    speaker = Speaker(stream.local, 100)
    speaker.start()
    for _ in range(2):
        await asyncio.sleep(0.3)
        time.sleep(0.45)  # noqa: ASYNC251 - that is what it is about
    await asyncio.to_thread(speaker.join)
    await asyncio.sleep(0.1)
    heard = stream.ears.audio().samples
    assert len(heard) == len(speaker.said)
    error = heard.astype(np.int32) - speaker.said
    assert np.abs(error).max() < 600  # G.711's own


async def test_somebody_who_pauses_is_heard_to_pause_though_the_timestamps_go_on(stream: MediaStream) -> None:
    assert stream.local is not None
    await spoken(Speaker(stream.local, 60, pause_after=29, pause_s=0.8))
    heard = stream.ears.audio()
    assert heard.seconds == pytest.approx(1.2 + 0.8, abs=0.1)
    middle = heard.samples[round(0.7 * RATE) : round(1.3 * RATE)]
    assert not middle.any()


async def test_somebody_who_pauses_while_the_loop_stands_still_is_heard_to_pause(stream: MediaStream) -> None:
    assert stream.local is not None
    speaker = Speaker(stream.local, 90, pause_after=29, pause_s=1.5)
    speaker.start()
    await asyncio.sleep(0.4)
    time.sleep(0.4)  # noqa: ASYNC251 - in the middle of it the pause begins
    await asyncio.to_thread(speaker.join)
    await asyncio.sleep(0.1)
    assert stream.ears.audio().seconds == pytest.approx(1.8 + 1.5, abs=0.25)


async def test_a_hole_is_where_the_speaker_paused_and_none_where_the_loop_stood_still(stream: MediaStream) -> None:
    assert stream.local is not None
    began = time.monotonic()
    speaker = Speaker(stream.local, 110, pause_after=79, pause_s=0.8)
    speaker.start()
    await asyncio.sleep(0.3)
    time.sleep(0.7)  # noqa: ASYNC251 - nothing was missing then
    await asyncio.to_thread(speaker.join)
    await asyncio.sleep(0.1)
    [(low, high)] = stream.stats.holes(began, time.monotonic())
    assert (low - began, high - low) == (pytest.approx(1.6, abs=0.2), pytest.approx(0.8, abs=0.2))
    assert stream.stats.longest_gap_s == pytest.approx(0.8, abs=0.2)

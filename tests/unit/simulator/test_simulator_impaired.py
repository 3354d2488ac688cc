"""A bad line on purpose, as whoever is at its other end receives it."""

import asyncio
import random
from typing import Any

from simulator.media.g711 import Codec
from simulator.media.impaired import Impairment, Quality
from simulator.media.rtp import unpack
from simulator.media.sounds import SoundBank
from simulator.media.stream import MediaMode, MediaStream


class Wire(asyncio.DatagramTransport):
    """Keeps the numbers of the packets, in the order in which they were sent."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[int] = []

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 4000)

    def sendto(self, data: Any, addr: Any = None) -> None:
        packet = unpack(data)
        assert packet is not None
        self.numbers.append(packet.sequence)


async def test_jitter_on_purpose_makes_packets_late_but_puts_none_before_another() -> None:
    wire, stream = Wire(), MediaStream(SoundBank(), tone=440, mode=MediaMode.FULL, keep_s=0.0)
    stream.connection_made(wire)
    stream.connect(("127.0.0.1", 4002), Codec.PCMA, None, sending=True)
    stream.impairment = Impairment(Quality(jitter_s=0.05), random.Random(1))
    for _ in range(2_000):
        stream.tick()
        await asyncio.sleep(0)  # so many packets have the same moment to leave as on long calls in many hours
    await asyncio.sleep(0.2)
    first = wire.numbers[0]
    assert [number - first & 0xFFFF for number in wire.numbers] == list(range(2_000))

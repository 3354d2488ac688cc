"""G.711 by table (ITU-T G.711): A-law and µ-law to and from 16-bit samples."""

from enum import IntEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

RATE = 8000
"""Samples in a second."""
FRAME = 160
"""Samples (and bytes) in one packet of 20 ms."""

Samples = NDArray[np.int16]


class Codec(IntEnum):
    """A G.711 variant; the value is its static RTP payload type."""

    PCMU = 0  # µ-law
    PCMA = 8  # A-law


def decode(codec: int, data: bytes) -> Samples:
    """Return the samples of G.711 bytes."""
    return decoder(codec)[np.frombuffer(data, np.uint8)]


def encode(codec: int, samples: Samples) -> bytes:
    """Return the G.711 bytes of samples."""
    table: NDArray[np.uint8] = _encoder(codec)
    return table[samples.astype(np.int32) + 32768].tobytes()


def silence(codec: int) -> bytes:
    """Return one frame of silence."""
    return encode(codec, np.zeros(FRAME, np.int16))


@cache
def decoder(codec: int) -> Samples:
    """Return the 256 samples that the 256 codes stand for."""
    code = np.arange(256, dtype=np.int32)
    if codec == Codec.PCMU:
        code = ~code & 0xFF
        size = (((code & 0x0F) << 3) + 0x84 << ((code >> 4) & 7)) - 0x84
        value = np.where(code & 0x80, -size, size)
    else:
        code = code ^ 0x55
        segment = (code >> 4) & 7
        mantissa = ((code & 0x0F) << 4) + 8
        size = np.where(segment == 0, mantissa, (mantissa + 0x100) << np.maximum(segment - 1, 0))
        value = np.where(code & 0x80, size, -size)
    return value.astype(np.int16)


@cache
def _encoder(codec: int) -> NDArray[np.uint8]:
    """Return the code for each of the 65,536 samples: the one whose value is nearest, of the same sign."""
    values = decoder(codec).astype(np.int32)
    order = np.argsort(values, kind="stable")
    ascending = values[order]
    samples = np.arange(-32768, 32768, dtype=np.int32)
    right = np.clip(np.searchsorted(ascending, samples), 1, 255)
    nearer_left = samples - ascending[right - 1] <= ascending[right] - samples
    return order[np.where(nearer_left, right - 1, right)].astype(np.uint8)

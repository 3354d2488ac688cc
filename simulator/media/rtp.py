"""RTP packets (RFC 3550), and figures on what was received."""

import struct
from collections import deque
from typing import NamedTuple

HEADER = struct.Struct("!BBHII")
VERSION = 0x80
MARKER = 0x80
_HALF = 1 << 31
_FULL = 1 << 32
HOLE_S = 0.5
"""So long nothing must come for a hole to be noted with its time."""
_MOST_HOLES = 200
Span = tuple[float, float]
"""From when to when, monotonic seconds."""


class Packet(NamedTuple):
    """One RTP packet."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False


def pack(packet: Packet) -> bytes:
    """Return the packet's bytes."""
    kind = packet.payload_type | (MARKER if packet.marker else 0)
    return HEADER.pack(VERSION, kind, packet.sequence, packet.timestamp, packet.ssrc) + packet.payload


def unpack(data: bytes) -> Packet | None:
    """Return the packet, or None when the bytes are not RTP (STUN, RTCP, noise)."""
    if len(data) < HEADER.size or data[0] >> 6 != 2:
        return None
    first, kind, sequence, timestamp, ssrc = HEADER.unpack_from(data)
    start = HEADER.size
    end = len(data)
    if first != VERSION:
        start += 4 * (first & 0x0F)
        if first & 0x10:  # extension
            if len(data) < start + 4:
                return None
            start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
        if first & 0x20:  # padding
            end -= data[-1]
        if start > end:
            return None
    return Packet(kind & 0x7F, sequence, timestamp, ssrc, data[start:end], bool(kind & MARKER))


def signed(difference: int) -> int:
    """Return a difference of 32-bit timestamps as a signed number."""
    difference %= _FULL
    return difference - _FULL if difference >= _HALF else difference


class ReceiveStats:
    """Loss, jitter and gaps of a received stream; a new SSRC begins a new count that is added to the old."""

    __slots__ = (
        "_base", "_highest", "_holes", "_jitter", "_lost_before", "_moved", "_moves", "_received_here", "_ssrc",
        "_stood_s", "_transit", "first_at", "last_at", "longest_gap_s", "losses", "out_of_order", "packets",
        "streams",
    )  # fmt: skip

    def __init__(self) -> None:
        self.packets = 0
        self.out_of_order = 0
        self.losses = 0  # holes, however long
        self.streams = 0  # SSRCs seen one after the other
        self.first_at: float | None = None  # monotonic seconds
        self.last_at: float | None = None
        self.longest_gap_s = 0.0  # between two arrivals, seconds
        self._holes: deque[Span] = deque(maxlen=_MOST_HOLES)
        self._stood_s = 0.0  # since the last packet
        self._ssrc = -1
        self._base = 0
        self._highest = 0
        self._received_here = 0
        self._lost_before = 0
        self._jitter = 0.0
        self._transit = 0.0
        self._moved = 0.0  # sum of all differences of transit times, timestamp units
        self._moves = 0

    @property
    def lost(self) -> int:
        """Packets that never came (late ones are no loss; a repeated one can hide a loss)."""
        return self._lost_before + self._lost_here()

    @property
    def jitter_ms(self) -> float:
        """Interarrival jitter (RFC 3550, 6.4.1) in milliseconds, as it stands now."""
        return self._jitter / 8

    @property
    def mean_jitter_ms(self) -> float:
        """The same over the whole stream: what RFC 3550's running figure swings around."""
        return self._moved / self._moves / 8 if self._moves else 0.0

    def resync(self) -> None:
        """Begin a new count: after a hold the numbers may have run on without us, which is no loss."""
        self._lost_before += self._lost_here()
        self._ssrc = -1

    def stood_still(self, seconds: float) -> None:
        """Know that nobody could read what came in for so long: it may have been there."""
        self._stood_s += seconds

    def holes(self, began: float, now: float) -> list[Span]:
        """Return when, from ``began`` to ``now``, nothing came for ``HOLE_S`` or more; one may last on."""
        within = [(max(low, began), min(high, now)) for low, high in (*self._holes, self._lasting(now))]
        return [(low, high) for low, high in within if high - low >= HOLE_S]

    def gap_until(self, now: float) -> None:
        """Count a gap that still lasts at ``now`` (monotonic seconds)."""
        low, high = self._lasting(now)
        self.longest_gap_s = max(self.longest_gap_s, high - low)

    def take(self, sequence: int, timestamp: int, ssrc: int, now: float) -> None:
        """Count a packet that arrived at ``now`` (monotonic seconds)."""
        self.packets += 1
        if self.last_at is None:
            self.first_at = now
        elif (gap := now - self.last_at - self._stood_s) > self.longest_gap_s or gap >= HOLE_S:
            self._note_gap(now)
        self.last_at, self._stood_s = now, 0.0
        if ssrc != self._ssrc:
            self._begin(sequence, timestamp, ssrc, now)
            return
        self._received_here += 1
        ahead = (sequence - self._highest) & 0xFFFF
        if ahead == 0 or ahead >= 0x8000:
            self.out_of_order += 1
            return
        self._highest += ahead
        self.losses += ahead > 1
        transit = now * 8000 - timestamp
        moved = abs(transit - self._transit)
        if moved < 8000:  # a jump of the timestamp is no jitter
            self._jitter += (moved - self._jitter) / 16
            self._moved += moved
            self._moves += 1
        self._transit = transit

    def _note_gap(self, now: float) -> None:
        self.gap_until(now)
        low, high = self._lasting(now)
        if high - low >= HOLE_S:
            self._holes.append((low, high))

    def _lasting(self, now: float) -> Span:
        """Return since when nothing has come."""
        return (now if self.last_at is None else min(self.last_at + self._stood_s, now), now)

    def _begin(self, sequence: int, timestamp: int, ssrc: int, now: float) -> None:
        self._lost_before += self._lost_here()
        self.streams += 1
        self._ssrc = ssrc
        self._base = self._highest = sequence
        self._received_here = 1
        self._transit = now * 8000 - timestamp

    def _lost_here(self) -> int:
        if self._ssrc < 0:
            return 0
        return max(self._highest - self._base + 1 - self._received_here, 0)

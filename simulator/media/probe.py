"""How long audio takes from one party of this machine to another, measured by the audio itself.

Once a second the lowest bits of a G.711 frame, which nobody hears, carry the time at which it was sent. They come
through wherever the codec is not changed on the way; elsewhere nothing is measured, never something wrong: the mark is
40 bits long, and followed by a check.
"""

_MARK = 0x5A_3C96_C3A5
_TIME_BITS, _CHECK_BITS = 32, 8
_BITS = 40 + _TIME_BITS + _CHECK_BITS
_UNIT_S = 1e-4
_WRAP = 1 << _TIME_BITS
_MOST_S = 60.0
_LOWEST_BITS = 0x01_01_01_01_01_01_01_01
_TOP = sum(((_MARK >> 32 + place) & 1) << 8 * place for place in range(8))
"""The mark's last byte, as the lowest bits of eight bytes have it."""
EVERY = 50
"""Frames from one mark to the next."""


def marked(payload: bytes, now: float) -> bytes:
    """Return the frame with the time ``now`` (monotonic seconds) in it."""
    stamp = int(now / _UNIT_S) % _WRAP
    word = (_MARK << _TIME_BITS | stamp) << _CHECK_BITS | _check(stamp)
    frame = bytearray(payload)
    for place in range(_BITS):
        frame[place] = frame[place] & 0xFE | (word >> place) & 1
    return bytes(frame)


def delay_s(payload: bytes, now: float) -> float | None:
    """Return how long a frame that came ``now`` was on its way, None when there is no time in it."""
    if int.from_bytes(payload[_BITS - 8 : _BITS], "little") & _LOWEST_BITS != _TOP or len(payload) < _BITS:
        return None  # most frames have no mark, and all are looked at: by the mark's last byte
    word = sum((payload[place] & 1) << place for place in range(_BITS))
    stamp = (word >> _CHECK_BITS) % _WRAP
    if word >> (_TIME_BITS + _CHECK_BITS) != _MARK or word & 0xFF != _check(stamp):
        return None
    late = ((int(now / _UNIT_S) - stamp) % _WRAP) * _UNIT_S
    return late if late < _MOST_S else None


def _check(stamp: int) -> int:
    return (stamp ^ stamp >> 8 ^ stamp >> 16 ^ stamp >> 24 ^ 0x5B) & 0xFF

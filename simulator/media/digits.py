"""Digits as RFC 4733 telephone events: a sender that is asked once per 20 ms, and a listener."""

import asyncio
import struct
from collections import deque
from dataclasses import dataclass

EVENTS = "0123456789*#ABCD"
PAYLOAD = struct.Struct("!BBH")
END_BIT = 0x80
VOLUME = 10  # -10 dBm0
FRAME = 160  # timestamp units in 20 ms
ON_FRAMES = 5  # 100 ms
OFF_FRAMES = 4  # 80 ms at the least
END_PACKETS = 3
PAUSE = ","
PAUSE_FRAMES = 25  # a comma waits half a second


def no_digits(text: str) -> str:
    """Return what of a text is neither a digit (``0-9*#ABCD``) nor a pause (a comma), in order; "" for none."""
    return "".join(sorted(set(text.upper()) - set(EVENTS + PAUSE)))


@dataclass(frozen=True, slots=True)
class EventPacket:
    """What the stream must put on the wire in this tick."""

    payload: bytes
    marker: bool
    age: int  # timestamp units since the event began: the packet carries the timestamp of the beginning


class DigitSender:
    """Plays digits out tick by tick. While ``tick`` returns a packet, no audio is to be sent."""

    def __init__(self) -> None:
        self._queue: deque[tuple[str, asyncio.Future[None] | None]] = deque()
        self._event = -1
        self._frame = 0
        self._quiet = 0

    @property
    def busy(self) -> bool:
        """Whether there is anything to be sent."""
        return self._event >= 0 or bool(self._queue)

    def put(self, digits: str) -> asyncio.Future[None]:
        """Queue digits (``0-9*#ABCD``; a comma pauses half a second); the future is done when the last one is out.

        Raises ``ValueError`` on anything else.
        """
        if strange := no_digits(digits):
            raise ValueError(f"not digits: {strange}")
        done = asyncio.get_running_loop().create_future()
        if not digits:
            done.set_result(None)
        for place, digit in enumerate(digits.upper()):
            self._queue.append((digit, done if place == len(digits) - 1 else None))
        return done

    def tick(self) -> EventPacket | None:
        """Return the packet of this 20 ms, or None when audio may be sent."""
        if self._event < 0 and not self._begin():
            return None
        frame = self._frame
        self._frame += 1
        ending = frame >= ON_FRAMES  # so that 100 ms pass on the wire, too, before the first end
        duration = min(frame + 1, ON_FRAMES) * FRAME
        payload = PAYLOAD.pack(self._event, VOLUME | (END_BIT if ending else 0), duration)
        if self._frame == ON_FRAMES + END_PACKETS:
            self._finish()
        return EventPacket(payload, marker=frame == 0, age=frame * FRAME)

    def _begin(self) -> bool:
        if self._quiet > 0:
            self._quiet -= 1
            if self._quiet == 0:
                self._release()
            return False
        if not self._queue:
            return False
        digit = self._queue[0][0]
        if digit == PAUSE:
            self._quiet = PAUSE_FRAMES
            return False
        self._event = EVENTS.index(digit)
        self._frame = 0
        return True

    def _finish(self) -> None:
        self._event = -1
        # The end packets already took their part of the silence after the digit.
        self._quiet = OFF_FRAMES - END_PACKETS

    def _release(self) -> None:
        _, done = self._queue.popleft()
        if done is not None and not done.done():
            done.set_result(None)


@dataclass(slots=True)
class HeardDigit:
    """A digit that was heard."""

    digit: str
    at: float  # monotonic seconds of its first packet
    duration_s: float
    timestamp: int = 0  # RTP, 8,000 a second: when the sender began it, on the sender's own clock


class DigitListener:
    """Collects telephone events; the repeated packets of one event are one digit."""

    def __init__(self) -> None:
        self.heard: list[HeardDigit] = []
        self.news = asyncio.Event()  # set when a digit came; the reader clears it
        self._current = (-1, -1)

    @property
    def text(self) -> str:
        """All digits heard, in order."""
        return "".join(digit.digit for digit in self.heard)

    def take(self, payload: bytes, timestamp: int, ssrc: int, now: float) -> None:
        """Take an event packet that arrived at ``now``; what is no digit (flash, tones) is ignored."""
        if len(payload) < PAYLOAD.size:
            return
        event, _, duration = PAYLOAD.unpack_from(payload)
        if event >= len(EVENTS):
            return
        if (ssrc, timestamp) != self._current:
            self._current = (ssrc, timestamp)
            self.heard.append(HeardDigit(EVENTS[event], now, 0.0, timestamp))
            self.news.set()
        self.heard[-1].duration_s = max(self.heard[-1].duration_s, duration / 8000)

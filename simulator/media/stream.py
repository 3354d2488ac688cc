"""One RTP stream: a UDP socket, a mouth that is asked every 20 ms, and ears."""

import asyncio
import os
import secrets
import socket
import time
from collections import deque
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import cast

from simulator.media import probe
from simulator.media.digits import DigitListener, DigitSender, EventPacket
from simulator.media.ears import Ears
from simulator.media.g711 import FRAME, Codec
from simulator.media.impaired import Impairment
from simulator.media.rtp import HEADER, MARKER, VERSION, ReceiveStats, unpack
from simulator.media.sounds import Frames, SoundBank
from simulator.sip.transport import Endpoint

_STILL_S = 0.1  # between two turns of the loop; 20 ms when nothing is in its way
_MOST_DELAYS = 3_600
_MOST_WAITING = 1_000  # packets; 20 s of audio


class MediaMode(StrEnum):
    """How much media a party makes; all modes can send digits."""

    FULL = "full"  # 50 packets a second
    DIGITS = "digits"  # digits, and one packet a second
    NONE = "none"  # digits, and a packet every five seconds; nothing heard is kept

    @property
    def every(self) -> int:
        """A packet is sent in every so many ticks."""
        return {MediaMode.FULL: 1, MediaMode.DIGITS: 50, MediaMode.NONE: 250}[self]


class MediaStream(asyncio.DatagramProtocol):
    """One party's audio. Sends its tone once connected, unless it is told to be silent or to play a file."""

    def __init__(self, bank: SoundBank, *, tone: int, mode: MediaMode, keep_s: float | None) -> None:
        self.mode = mode
        self.tone = tone
        self.ears = Ears(0.0 if mode is MediaMode.NONE else keep_s)
        self.digits = DigitListener()
        self.stats = ReceiveStats()
        self.sent = 0
        self.impairment: Impairment | None = None  # a bad line on purpose, for what is sent
        self._late: deque[tuple[bytes, Endpoint | None]] = deque()  # what that line holds back
        self.delays_s: list[float] = []  # of marked audio from another party of this machine
        self.local: Endpoint = ("", 0)
        self._bank = bank
        self._transport: asyncio.DatagramTransport | None = None
        self._remote: Endpoint | None = None
        self._codec = Codec.PCMA
        self._event_type: int | None = None
        self._sending = False
        self._quiet = False
        self._frames: Frames = bank.tone(tone, self._codec)
        self._place = 0
        self._file: Path | None = None
        self._played: asyncio.Future[None] | None = None
        self._sender = DigitSender()
        self._sequence = secrets.randbelow(0x8000)
        self._timestamp = secrets.randbelow(1 << 31)
        self._turned = self.stood_at = time.monotonic()  # when this process stood still last
        self._ssrc = secrets.randbits(32)
        self._marker = True
        self._ticks = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket."""
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.local = transport.get_extra_info("sockname")[:2]

    @property
    def can_send_digits(self) -> bool:
        """Whether the peer takes RFC 4733 events."""
        return self._event_type is not None

    @property
    def remote(self) -> Endpoint | None:
        """Where audio goes, once negotiated."""
        return self._remote

    def connect(self, remote: Endpoint, codec: Codec, event_type: int | None, *, sending: bool) -> None:
        """Send to ``remote`` from now on (``sending`` False: on hold, only digits)."""
        if sending and not self._sending:
            self._marker = True
        self._remote = remote
        self._event_type = event_type
        self._sending = sending
        self.stats.resync()
        if codec != self._codec:
            self._codec = codec
            self._load()

    def say_tone(self, frequency: int) -> None:
        """Send a pure tone from now on; 0 is silence. Raises ``ValueError`` outside the telephone band."""
        frames = self._bank.tone(frequency, self._codec)
        self._stop_playing()
        self.tone, self._frames, self._place = frequency, frames, 0

    def be_quiet(self, *, quiet: bool) -> None:
        """Send no audio packets at all from now on, as phones do that detect silence; or send them again."""
        self._quiet, self._marker = quiet, True

    def play(self, path: Path) -> "asyncio.Future[None]":
        """Play a sound file once, then go on with the tone; the future is done at its end (or when cut short)."""
        self._stop_playing()
        self._frames, self._file, self._place = self._bank.file(path, self._codec), path, 0
        self._played = asyncio.get_running_loop().create_future()
        return self._played

    def send_digits(self, digits: str) -> "asyncio.Future[None]":
        """Queue digits; the future is done when the last one is out. Raises ``ValueError`` on what is no digit."""
        return self._sender.put(digits)

    def tick(self) -> None:
        """Send what is due in this 20 ms."""
        self._turn(time.monotonic())
        self._timestamp = (self._timestamp + FRAME) & 0xFFFFFFFF
        self._ticks += 1
        if self._remote is None or self._transport is None:
            return
        if self._sender.busy and self._event_type is not None:
            event = self._sender.tick()
            if event is not None:
                self._send_event(event, self._event_type)
                return
        if not self._sending or self._quiet:
            return
        payload = self._frames[self._place]
        self._place += 1
        if self._place == len(self._frames):
            self._place = 0
            if self._file is not None:
                self._stop_playing()
        if self._ticks % self.mode.every == 0:
            if self._ticks % probe.EVERY == 0 and self.mode is MediaMode.FULL:
                payload = probe.marked(payload, time.monotonic())
            self._send(self._codec, payload, self._timestamp)

    def _turn(self, now: float) -> None:
        """Notice when the loop has stood still since its last turn."""
        if now - self._turned > _STILL_S:
            self.ears.stood_still(now)
            self.stats.stood_still(now - self._turned)
            self.stood_at = now
        self._turned = now

    def close(self) -> None:
        """Close the socket (idempotent). What has come in by then is heard."""
        self._stop_playing()
        if self._transport is not None:
            self._take_what_waits(self._transport)
            self._transport.close()
            self._transport = None

    def _take_what_waits(self, transport: asyncio.DatagramTransport) -> None:
        """Read the socket empty: on a busy machine a BYE is read before the last audio that came ahead of it."""
        own = transport.get_extra_info("socket")
        with socket.socket(own.family, own.type, fileno=os.dup(own.fileno())) as waiting, suppress(OSError):
            waiting.setblocking(False)
            for _ in range(_MOST_WAITING):
                self.datagram_received(*waiting.recvfrom(65_536))

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Take a packet."""
        packet = unpack(data)
        if packet is None:
            return
        now = time.monotonic()
        self._turn(now)
        self.stats.take(packet.sequence, packet.timestamp, packet.ssrc, now)
        kind = packet.payload_type
        if kind in (Codec.PCMA, Codec.PCMU):
            if (late := probe.delay_s(packet.payload, now)) is not None and len(self.delays_s) < _MOST_DELAYS:
                self.delays_s.append(late)
            self.ears.take(kind, packet.payload, packet.timestamp, packet.ssrc, now)
        elif kind == self._event_type:
            self.digits.take(packet.payload, packet.timestamp, packet.ssrc, now)

    def _send_event(self, event: EventPacket, event_type: int) -> None:
        self._marker = event.marker
        self._send(event_type, event.payload, (self._timestamp - event.age) & 0xFFFFFFFF)

    def _send(self, kind: int, payload: bytes, timestamp: int) -> None:
        assert self._transport is not None
        self._sequence = (self._sequence + 1) & 0xFFFF
        marked = kind | MARKER if self._marker else kind
        self._marker = False
        data = HEADER.pack(VERSION, marked, self._sequence, timestamp, self._ssrc) + payload
        self.sent += 1
        if self.impairment is None:
            self._transport.sendto(data, self._remote)
            return
        now = time.monotonic()
        due = self.impairment.due(now)
        if due is not None:
            self._late.append((data, self._remote))
            asyncio.get_running_loop().call_later(due - now, self._send_late)

    def _send_late(self) -> None:
        """Send the one that waits longest: timers of nearly the same moment may be run in any order."""
        data, remote = self._late.popleft()
        if self._transport is not None:
            self._transport.sendto(data, remote)

    def _load(self) -> None:
        if self._file is not None:
            self._frames = self._bank.file(self._file, self._codec)
        else:
            self._frames = self._bank.tone(self.tone, self._codec)

    def _stop_playing(self) -> None:
        self._file = None
        self._frames, self._place = self._bank.tone(self.tone, self._codec), 0
        if self._played is not None and not self._played.done():
            self._played.set_result(None)
        self._played = None

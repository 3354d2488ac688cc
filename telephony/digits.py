"""Digits pressed on a phone, in order, whoever reads them and whenever.

AMI's DTMFEnd is their single source: an AGI session drops digits that arrive between two of its commands, and a prompt
that was stopped by a digit reports it a second time.
"""

import asyncio
from collections import deque
from collections.abc import Container

from telephony.ami_framing import AmiMessage

_CAPACITY = 128  # nobody types ahead further; a stuck key must not grow memory


class Presses:
    """Tells presses from their echoes, on all channels: callers' and agents' alike.

    Where packets come in bursts, Asterisk puts a digit back that ends too soon after the one before, and tells its end
    again when it reads it anew. It tells of the beginning once, so an end without a beginning is an echo; but not where
    digits have no beginnings at all (SIP INFO).
    """

    def __init__(self) -> None:
        self._begun: dict[str, str] = {}  # unique id -> the digit that is being pressed; "": none just now

    def is_press(self, event: AmiMessage) -> bool:
        """Return whether DTMFBegin or DTMFEnd tells that a digit was pressed; to be asked of each, once."""
        channel, digit = event.get("Uniqueid"), event.get("Digit")
        if event.get("Direction") != "Received":
            return False
        if event.event == "DTMFBegin":
            self._begun[channel] = digit
            return False
        begun = self._begun.get(channel)
        if begun == digit:
            self._begun[channel] = ""
        return begun in (digit, None)

    def gone(self, channel: str) -> None:
        """A channel (its unique id) has ended."""
        self._begun.pop(channel, None)

    def only(self, alive: Container[str]) -> None:
        """Forget all channels but these: the others' ends were not told."""
        for channel in [channel for channel in self._begun if channel not in alive]:
            del self._begun[channel]


class DigitBuffer:
    """A bounded queue of digits with one reader."""

    def __init__(self) -> None:
        self._digits: deque[str] = deque(maxlen=_CAPACITY)
        self._arrived = asyncio.Event()
        self.last = ""  # the digit that was put last, read by now or not

    def put(self, digit: str) -> None:
        """Take a digit that was pressed."""
        self._digits.append(digit)
        self.last = digit
        self._arrived.set()

    def clear(self) -> None:
        """Forget what was pressed and not read yet."""
        self._digits.clear()
        self._arrived.clear()

    def peek(self) -> str:
        """Return the next digit without taking it, or ""."""
        return self._digits[0] if self._digits else ""

    async def get(self) -> str:
        """Take the next digit, waiting for it."""
        await self.wait()
        return self._digits.popleft()

    async def wait(self) -> None:
        """Wait until there is a digit, without taking it."""
        while not self._digits:
            self._arrived.clear()
            await self._arrived.wait()

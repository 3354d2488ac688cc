"""Digits pressed by a caller, in order, whoever reads them and whenever.

AMI's DTMFEnd is their single source: an AGI session drops digits that arrive between two of its commands, and a prompt
that was stopped by a digit reports it a second time.
"""

import asyncio
from collections import deque

_CAPACITY = 128  # nobody types ahead further; a stuck key must not grow memory


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

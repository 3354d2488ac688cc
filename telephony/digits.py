"""Digits pressed by a caller, in order, whoever reads them and whenever.

AMI's DTMFEnd is their single source: an AGI session drops digits that arrive between two of its commands, and a prompt
that was stopped by a digit reports it a second time.

Where packets come in bursts, Asterisk puts a digit back that ends too soon after the one before, and tells its end
again when it reads it anew. It tells of the beginning once, so an end without a beginning is an echo; but not where
digits have no beginnings at all (SIP INFO).
"""

import asyncio
from collections import deque

_CAPACITY = 128  # nobody types ahead further; a stuck key must not grow memory


class DigitBuffer:
    """A bounded queue of digits with one reader.

    ``put`` is for digits that are known to have been pressed; ``told`` takes what Asterisk says of them.
    """

    def __init__(self) -> None:
        self._digits: deque[str] = deque(maxlen=_CAPACITY)
        self._arrived = asyncio.Event()
        self.last = ""  # the digit that was put last, read by now or not
        self._begun: str | None = None  # the digit that is being pressed; None: nobody tells of beginnings

    def told(self, digit: str, *, ended: bool) -> None:
        """Take what Asterisk tells of a digit: that it begins to be pressed, or has been."""
        if not ended:
            self._begun = digit
        elif self._begun in (digit, None):
            self._begun = self._begun and ""
            self.put(digit)

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

"""SIP messages cut out of a stream of bytes (RFC 3261, 18.3). Pure."""

import re
from collections.abc import Iterator

PING = b"\r\n\r\n"
"""What keeps a connection open (RFC 5626, 4.4.1); answered by ``PONG``."""
PONG = b"\r\n"
MOST_HEAD = 64 * 1024
MOST_BODY = 1024 * 1024
_LENGTH = re.compile(rb"(?im)^(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*\r?$")


class BadStream(ValueError):
    """What came is no stream of SIP messages: where the next one begins cannot be known any more."""


class Framer:
    """Takes bytes as they come, and gives whole messages."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what is whole now: messages, and ``PING`` for each ping. Raises ``BadStream``."""
        self._buffer += data
        while (piece := self._next()) is not None:
            yield piece

    def _next(self) -> bytes | None:
        if self._buffer.startswith(PING):
            return self._cut(len(PING))
        if self._buffer.startswith(PONG) and len(self._buffer) > len(PING):
            self._buffer = self._buffer.lstrip(PONG)  # before a message they mean nothing
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0 or not self._buffer.strip(PONG):
            if len(self._buffer) > MOST_HEAD:
                raise BadStream(f"no message ends within {MOST_HEAD // 1024} KiB")
            return None
        found = _LENGTH.search(self._buffer, 0, head + 2)
        if found is None:
            raise BadStream("a message without Content-Length, which streams need")
        length = int(found[1])
        if length > MOST_BODY:
            raise BadStream(f"a message of {length} bytes, at most {MOST_BODY} are taken")
        whole = head + 4 + length
        return self._cut(whole) if len(self._buffer) >= whole else None

    def _cut(self, length: int) -> bytes:
        piece, self._buffer = self._buffer[:length], self._buffer[length:]
        return piece

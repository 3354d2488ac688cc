"""SIP over one TCP or TLS connection, which all requests and answers share; made anew once when it is lost."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import structlog

from simulator.sip.framing import PING, PONG, BadStream, Framer
from simulator.sip.transport import Endpoint, Guard, Way

_log = structlog.get_logger(__name__)
CONNECT_S = 10.0
MOST_UNSENT = 4 * 1024 * 1024
"""Bytes that the far end has not taken; with more it is as good as gone."""


class CannotConnect(OSError):
    """There is no connection; the text says why, and what can be done."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose certificates are good: those of the system's authorities, unless something else is said."""

    ca: Path | None = None  # PEM file of the authority, or of the certificate itself
    insecure: bool = False  # any certificate will do

    def context(self) -> ssl.SSLContext:
        """Return what a TLS connection is made with. Raises ``CannotConnect`` when ``ca`` cannot be used."""
        try:
            context = ssl.create_default_context(cafile=self.ca)
        except OSError as error:  # an SSLError, too
            raise CannotConnect(f"{self.ca} holds no certificate that can be used (PEM): {error.strerror}") from error
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


class Above(Protocol):
    """Who uses the connection."""

    def on_bytes(self, data: bytes, source: Endpoint) -> None:
        """Take a whole message."""
        ...

    def on_lost(self) -> None:
        """The connection is lost; it is tried once to make it anew."""
        ...

    def on_again(self) -> None:
        """The connection was made anew; ``address`` may be another one."""
        ...

    def on_gone(self, reason: str) -> None:
        """It could not be made anew. With the next message it is tried again."""
        ...


class StreamTransport:
    """A connection to the target. Everything goes over it, wherever a dialog's route would lead."""

    def __init__(self, above: Above, guard: Guard, target: Endpoint, way: Way, trust: Trust) -> None:
        self._above = above
        self._guard = guard
        self._target = target
        self._way = way
        self._trust = trust
        self._wire: _Connection | None = None
        self._making: asyncio.Task[None] | None = None
        self._closed = False
        self.address: Endpoint = ("", 0)

    async def open(self, host: str, port: int) -> None:
        """Connect from our host and port (0: a free one). Raises ``CannotConnect``, ``ForeignTarget``."""
        self._guard.check(self._target[0])
        await self._connect((host, port))

    def close(self) -> None:
        """Close the connection (idempotent)."""
        self._closed = True
        if self._making is not None:
            self._making.cancel()
        if self._wire is not None:
            self._wire.close()

    def send(self, data: bytes, destination: Endpoint) -> None:
        """Send a message. While there is no connection it is dropped: who waits for an answer is told."""
        if self._wire is not None:
            self._wire.write(data)
        else:
            self._make_anew()

    async def _connect(self, local: Endpoint) -> None:
        host, port = self._target
        secured = self._trust.context() if self._way is Way.TLS else None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_S):
                _, wire = await loop.create_connection(
                    lambda: _Connection(self._above, self._lost), host, port, local_addr=local,
                    ssl=secured, server_hostname=host if secured is not None else None,
                )  # fmt: skip
        except (OSError, TimeoutError) as error:
            raise CannotConnect(f"{host}:{port} cannot be reached by {self._way.upper()}: {_why(error)}") from error
        self._wire = wire
        self.address = wire.address
        if wire.is_lost:  # before anybody could be told
            self._wire = None
            raise CannotConnect(f"{host}:{port} closed the {self._way.upper()} connection at once")

    def _lost(self, wire: "_Connection", reason: str) -> None:
        if self._closed or wire is not self._wire:
            return
        _log.warning("simulator.connection_lost", target=self._target, reason=reason)
        self._wire = None
        self._above.on_lost()
        if wire.used:  # who closes as soon as one comes would only do so again
            self._make_anew()
        else:
            self._above.on_gone(f"connection lost: {reason}")

    def _make_anew(self) -> None:
        if not self._closed and (self._making is None or self._making.done()):
            self._making = asyncio.get_running_loop().create_task(self._anew(), name="simulator.connection")

    async def _anew(self) -> None:
        try:
            try:
                await self._connect(self.address)  # peers know us by it
            except CannotConnect:
                await self._connect((self.address[0], 0))
        except CannotConnect as error:
            self._above.on_gone(str(error))
        else:
            self._above.on_again()


class _Connection(asyncio.Protocol):
    def __init__(self, above: Above, lost: Callable[["_Connection", str], None]) -> None:
        self._above = above
        self._peer: Endpoint = ("", 0)  # by its address, whatever name was called
        self._lost = lost
        self._framer = Framer()
        self._transport: asyncio.Transport | None = None
        self._why = "closed by the far end"
        self.address: Endpoint = ("", 0)
        self.used = False  # whether anything came
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are no subclass
        self.address = transport.get_extra_info("sockname")[:2]
        self._peer = transport.get_extra_info("peername", ("", 0))[:2]

    def data_received(self, data: bytes) -> None:
        self.used = True
        try:
            for piece in self._framer.feed(data):
                if piece == PING:
                    self.write(PONG)
                else:
                    self._take(piece)
        except BadStream as error:
            self._abort(str(error))

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        self._lost(self, str(exc) if exc is not None else self._why)

    def write(self, data: bytes) -> None:
        assert self._transport is not None
        if self._transport.get_write_buffer_size() > MOST_UNSENT:
            self._abort("the far end takes nothing any more")
        else:
            self._transport.write(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _take(self, message: bytes) -> None:
        try:
            self._above.on_bytes(message, self._peer)
        except Exception:
            _log.exception("simulator.message", source=self._peer, head=message[:80])

    def _abort(self, why: str) -> None:
        self._why = why
        if self._transport is not None:
            self._transport.abort()


def _why(error: Exception) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return (f"its certificate is not trusted ({error.verify_message.rstrip('.')}): name the authority's file "
                    "with --ca, or, where it does not matter who answers, say --insecure")  # fmt: skip
        case ssl.SSLError():
            return f"no TLS is spoken there, or none that fits ({error.reason or error})"
        case TimeoutError():
            return f"no answer within {CONNECT_S:g} s"
        case ConnectionRefusedError():
            return "nobody listens there"
        case OSError():
            return error.strerror or str(error)
        case _:
            return str(error)

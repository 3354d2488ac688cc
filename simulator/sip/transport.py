"""How SIP travels: one UDP socket, and a guard against calling strangers."""

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import Any

import structlog

Endpoint = tuple[str, int]
"""An IP address (or a name the system resolves) and a port."""

_log = structlog.get_logger(__name__)


class Way(StrEnum):
    """By what SIP travels."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"

    @property
    def reliable(self) -> bool:
        """Whether nothing gets lost on the way, so that nothing is sent again (RFC 3261, 17.1.1.2)."""
        return self is not Way.UDP


class ForeignTarget(ValueError):
    """Traffic to a machine other than this one was refused, since it was not explicitly allowed."""


class UnknownHost(OSError):
    """A name has no address that can be used here; the text says so."""


def is_address(host: str) -> bool:
    """Tell whether a host is written as an IP address, and is no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def resolved(target: Endpoint, near: str) -> Endpoint:
    """Return a target by its IP address, of the family of our own host ``near`` (IPv4 where that is a name).

    Sockets are given addresses alone: some loops (uvloop's) refuse names. Raises ``UnknownHost``.
    """
    host, port = target
    if is_address(host):
        return target
    family, kind = (socket.AF_INET6, "IPv6") if ":" in near else (socket.AF_INET, "IPv4")
    try:
        ways = await asyncio.get_running_loop().getaddrinfo(host, port, family=family, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:  # UnicodeError: of what cannot be a name
        why = getattr(error, "strerror", None) or str(error)
        raise UnknownHost(f"{host} has no {kind} address that is known here ({why}): is the name right?") from error
    return str(ways[0][4][0]), port


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine's loopback, without asking a name server."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def own_address_towards(target: Endpoint) -> str:
    """Return the address by which this machine reaches a target: the one that it can answer to. No packet is sent.

    Raises ``OSError`` when the name is not known, or there is no way to it.
    """
    host, port = target
    ways = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    family, kind, protocol, _, address = min(ways, key=lambda way: way[0] is not socket.AF_INET)
    with socket.socket(family, kind, protocol) as probe:
        probe.connect(address)
        return str(probe.getsockname()[0])


class Guard:
    """Refuses targets outside loopback unless they are allowed: a load tester must not become a nuisance."""

    def __init__(self, *, allow_remote: bool = False) -> None:
        self.allow_remote = allow_remote

    def allows(self, host: str) -> bool:
        """Tell whether traffic may go to the host."""
        return self.allow_remote or is_loopback(host)

    def check(self, host: str) -> None:
        """Raise ``ForeignTarget`` unless traffic may go to the host."""
        if not self.allows(host):
            raise ForeignTarget(f"{host} is not this machine: allow remote targets explicitly to send traffic there")


class UdpTransport(asyncio.DatagramProtocol):
    """A bound UDP socket; whole datagrams in and out."""

    def __init__(self, receive: Callable[[bytes, Endpoint], None], guard: Guard) -> None:
        self._receive = receive
        self._guard = guard
        self._transport: asyncio.DatagramTransport | None = None
        self.address: Endpoint = ("", 0)

    async def open(self, host: str, port: int) -> None:
        """Bind; port 0 takes a free one. Raises ``OSError`` when the port is taken."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, port))
        self._transport = transport
        self.address = transport.get_extra_info("sockname")[:2]

    def close(self) -> None:
        """Close the socket (idempotent)."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def send(self, data: bytes, destination: Endpoint) -> None:
        """Send a datagram to an IP address; dropped silently once closed, as the network would."""
        self._guard.check(destination[0])
        if self._transport is not None:
            self._transport.sendto(data, destination)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """Take a datagram from the socket."""
        try:
            self._receive(data, (addr[0], addr[1]))
        except Exception:
            _log.exception("simulator.datagram", source=addr, head=data[:80])

    def error_received(self, exc: Exception) -> None:
        """Take an ICMP error: retransmission deals with it."""
        _log.debug("simulator.socket_error", error=str(exc))

"""Refuses addresses inside this machine's own networks, so that nobody who may set a target can reach what is not meant
for them (SSRF). What is looked at is the address that is connected to, not the name: a name may lead anywhere."""

import ipaddress
import socket
from collections.abc import Sequence

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class PrivateAddress(OSError):
    """An address is not to be connected to; the message says what would allow it."""


class PublicOnly(AbstractResolver):
    """Resolves names to public addresses, and to those of the networks that are allowed."""

    def __init__(self, allowed: Sequence[str], inner: AbstractResolver | None = None) -> None:
        self._networks = [ipaddress.ip_network(one, strict=False) for one in allowed]
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return where a name leads. Raises ``PrivateAddress`` when only to private addresses, and ``OSError``."""
        found = await self._inner.resolve(host, port, family)
        fit = [one for one in found if self.allows(one["host"])]
        if not fit:
            raise PrivateAddress(_refused(host))
        return fit

    def check_url(self, url: str) -> None:
        """Raise ``PrivateAddress`` where a URL names a private address itself: such a one is never resolved. Looked at
        is the host as the client writes it, which makes １２７.0.0.1 into 127.0.0.1. Raises ``ValueError``: no URL."""
        host = URL(url).host or ""
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return
        if not self.allows(host):
            raise PrivateAddress(_refused(host))

    def allows(self, host: str) -> bool:
        """Return whether an address may be connected to."""
        address = _bare(ipaddress.ip_address(host.split("%", maxsplit=1)[0]))
        public = address.is_global and not address.is_multicast
        return public or any(address in network for network in self._networks)

    async def close(self) -> None:
        """Let go of what resolves."""
        await self._inner.close()


def _bare(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one only wraps."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in ipaddress.ip_network("64:ff9b::/96"):
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address


def _refused(host: str) -> str:
    return f"{host} is a private address: list its network in webhooks.allow if it is meant"

"""Ports: who holds one, and free ones for tests."""

import os
import random
import socket
from itertools import islice
from pathlib import Path

import psutil

_GIVEN_OUT, _USUALLY_GIVEN_OUT = Path("/proc/sys/net/ipv4/ip_local_port_range"), 60_999
_ENOUGH, _OTHERWISE = 1000, range(20_001, 24_000)
_SHARES = 8
_given: set[int] = set()  # by this process, which may bind them later


def holder_of(port: int, *, udp: bool) -> str:
    """Return who holds a local port, for people: ``asterisk (pid 4711)``, or "another program"."""
    try:
        for connection in psutil.net_connections("udp" if udp else "tcp"):
            local = connection.laddr
            listening = udp or connection.status == psutil.CONN_LISTEN
            if local and local.port == port and listening and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except (psutil.Error, OSError):
        pass
    return "another program (of another user)"


def is_free(host: str, port: int, *, udp: bool) -> bool:
    """Return whether a port can be bound now."""
    kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as probe:
        if not udp:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Return ports that are free for UDP and TCP now (all different), and that the system gives to nobody who asks for
    just any port: they are still free when they are bound later. Raises ``OSError`` when there are not so many."""
    above = range(_last_given_out() + 1, 65_536)
    candidates = [port for port in (above if len(above) >= _ENOUGH else _OTHERWISE) if port not in _given]
    random.shuffle(candidates)
    candidates.sort(key=lambda port: (port - os.getpid()) % _SHARES > 0)  # processes choose at once: each its own ones
    found = (port for port in candidates if is_free(host, port, udp=False) and is_free(host, port, udp=True))
    ports = list(islice(found, count))
    if len(ports) < count:
        raise OSError(f"{host} has only {len(ports)} free ports that nobody else gets, not {count}")
    _given.update(ports)
    return ports


def _last_given_out() -> int:
    """Return the highest port that the system gives to whoever asks for any (Linux, ip(7))."""
    try:
        return int(_GIVEN_OUT.read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return _USUALLY_GIVEN_OUT

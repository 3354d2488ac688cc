"""Ports: who holds one, and free ones for tests."""

import socket

import psutil


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
    """Return ports that are free for UDP and TCP now (all different)."""
    held: list[socket.socket] = []
    found: list[int] = []
    try:
        while len(found) < count:
            tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            held.append(tcp)
            tcp.bind((host, 0))
            port = int(tcp.getsockname()[1])
            if is_free(host, port, udp=True):
                found.append(port)
    finally:
        for one in held:
            one.close()
    return found

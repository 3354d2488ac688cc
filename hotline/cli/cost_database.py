"""The ticket store's database, as far as its CPU and memory can be seen from here."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil

_SERVER_NAMES = ("postgres", "postmaster")
_HERE = ("", "localhost", "127.0.0.1", "::1")
_POSTGRESQL_PORT = 5432
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Database:
    """What it is, in words for a report, and its first process, None where it has none of its own here."""

    words: str
    pid: int | None = None


def database_of(url: str) -> Database:
    """Return the database of a store's SQLAlchemy URL."""
    parts = urlsplit(url)
    kind = parts.scheme.partition("+")[0]
    if kind == "sqlite":
        return Database("SQLite: in the engine's process, its CPU and memory are the engine's")
    if kind != "postgresql":
        return Database(f"{kind}: not measured")
    if (parts.hostname or "") not in _HERE:
        return Database(f"PostgreSQL on {parts.hostname}: not this machine, not measured")
    pid = _server_at(parts.port or _POSTGRESQL_PORT)
    if pid is None:
        return Database("PostgreSQL on this machine: its processes cannot be seen by this user, not measured")
    return Database("PostgreSQL on this machine: all its processes together", pid)


def cpu_and_memory(pid: int) -> tuple[float, float] | None:
    """Return the CPU seconds that a server and its processes have used, those that have ended included, and their
    megabytes, what they share counted once; None when they cannot be seen."""
    try:
        server = psutil.Process(pid)
        times = server.cpu_times()
        ended = times.children_user + times.children_system
        cpu_s, own, shared = ended, 0.0, 0.0
        for process in (server, *server.children(recursive=True)):
            cpu, memory = _one(process)
            cpu_s += cpu
            own += memory[0]
            shared = max(shared, memory[1])
    except psutil.Error:
        return None
    return cpu_s, (own + shared) / _MB


def _one(process: psutil.Process) -> tuple[float, tuple[float, float]]:
    """Return a process's CPU seconds, and its own and its shared bytes; nothing of one that has just ended."""
    try:
        times, memory = process.cpu_times(), process.memory_info()
    except psutil.NoSuchProcess:
        return 0.0, (0.0, 0.0)
    shared = min(float(getattr(memory, "shared", 0)), float(memory.rss))
    return times.user + times.system, (memory.rss - shared, shared)


def _server_at(port: int) -> int | None:
    """Return the server that listens at a port; where that cannot be seen, the only one of this machine."""
    servers = set(_servers())
    try:
        listening = {
            connection.pid
            for connection in psutil.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr[1] == port
        }
    except psutil.Error:
        listening = set()
    found = servers & listening
    if not found and listening <= {None} and len(servers) == 1:
        found = servers
    return min(found) if found else None


def _servers() -> Iterator[int]:
    named = {
        process.pid: process.info["ppid"]
        for process in psutil.process_iter(["name", "ppid"])
        if process.info["name"] in _SERVER_NAMES
    }
    return (pid for pid, parent in named.items() if parent not in named)

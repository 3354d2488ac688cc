"""The FastAGI server: accepts Asterisk's connections and runs one handler for each session.

A client that says nothing, closes early or speaks another protocol costs one socket for a few seconds and never
reaches the handler. A handler that raises ends its own session only.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import cast

import structlog

from telephony.agi_session import AgiError, AgiHungUp, AgiReply, AgiSession, HangUpCause

__all__ = ["AgiError", "AgiHungUp", "AgiReply", "AgiServer", "AgiSession", "HangUpCause"]

Handler = Callable[[AgiSession], Awaitable[None]]


class AgiServer:
    """Serves FastAGI on ``host:port`` (port 0: any free one, see ``port``).

    ``max_sessions`` bounds open connections; more are closed at once (the dialplan's safety net takes the caller).
    ``environment_timeout_s`` bounds the wait for the environment. ``grace_s`` is what ``stop`` leaves to sessions.
    """

    def __init__(
        self,
        handler: Handler,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        max_sessions: int = 1000,
        environment_timeout_s: float = 5.0,
        grace_s: float = 5.0,
    ) -> None:
        self._handler = handler
        self._host = host
        self._port = port
        self._max_sessions = max_sessions
        self._environment_timeout_s = environment_timeout_s
        self._grace_s = grace_s
        self._server: asyncio.Server | None = None
        self._stopping = False
        self._connections: set[_Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._log = structlog.get_logger("telephony.agi")
        self.refused = 0
        """Connections closed because ``max_sessions`` were open."""
        self.discarded = 0
        """Connections that never became a session (port scans, health checks, other protocols, silence)."""

    @property
    def port(self) -> int:
        """The port that is listened on. ``RuntimeError`` before ``start``."""
        if self._server is None:
            raise RuntimeError("the FastAGI server has not been started")
        port: int = self._server.sockets[0].getsockname()[1] if self._server.sockets else self._port
        return port

    @property
    def sessions(self) -> int:
        """How many handlers are running."""
        return len(self._tasks)

    @property
    def connections(self) -> int:
        """How many connections are open, those without a session yet included."""
        return len(self._connections)

    async def start(self) -> None:
        """Start to listen. ``OSError`` when the port is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), self._host, self._port, backlog=512)
        self._port = self.port

    async def stop(self, grace_s: float | None = None) -> None:
        """Stop accepting, leave running sessions alone for ``grace_s`` seconds, then cancel them. Idempotent."""
        self._stopping = True
        if self._server is not None:
            self._server.close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._grace_s if grace_s is None else grace_s)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for connection in list(self._connections):
            connection.session.abort()

    # -- called by connections

    def opened(self, connection: "_Connection") -> asyncio.TimerHandle | None:
        """Take a new connection, or None when there are too many."""
        if len(self._connections) >= self._max_sessions:
            self.refused += 1
            self._log.warning("agi_connection_refused", open=len(self._connections))
            return None
        self._connections.add(connection)
        loop = asyncio.get_running_loop()
        return loop.call_later(self._environment_timeout_s, connection.session.abort)

    def ready(self, connection: "_Connection") -> None:
        """The environment was read: run the handler, if it is a channel's."""
        if self._stopping or not connection.session.unique_id:
            connection.session.abort()
            return
        task = asyncio.get_running_loop().create_task(self._run(connection.session))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def closed(self, connection: "_Connection") -> None:
        """Forget a connection."""
        session = connection.session
        self._connections.discard(connection)
        if not session.unique_id:
            self.discarded += 1
            self._log.debug("agi_connection_discarded", reason=session.broken or "closed early")
        elif session.broken or session.strays:
            self._log.warning(
                "agi_session_disturbed", channel=session.channel, strays=session.strays, reason=session.broken
            )

    async def _run(self, session: AgiSession) -> None:
        try:
            await self._handler(session)
        except AgiHungUp as gone:
            self._log.debug("agi_session_hung_up", channel=session.channel, cause=gone.cause)
        except Exception:
            self._log.exception("agi_handler_failed", channel=session.channel, path=session.path)
        finally:
            session.close()


class _Connection(asyncio.Protocol):
    """The thin piece between a socket and its session."""

    session: AgiSession

    def __init__(self, server: AgiServer) -> None:
        self._server = server
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.session = AgiSession(cast(asyncio.Transport, transport))  # uvloop's are no subclass of it
        sock = transport.get_extra_info("socket")
        if sock is not None:
            with suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._timer = self._server.opened(self)
        if self._timer is None:
            self.session.abort()

    def data_received(self, data: bytes) -> None:
        if self.session.feed(data):
            self._stop_timer()
            self._server.ready(self)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self.session.end_of_file()
        self._server.closed(self)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

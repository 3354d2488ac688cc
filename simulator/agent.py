"""The user agent: one SIP socket (or connection) that callers, softphones and departments share."""

import asyncio
import re
import time
from collections.abc import Callable, Coroutine, Mapping
from types import TracebackType
from typing import Any, Self

import structlog

from simulator.lamp import Lamp, lamp_of
from simulator.leg import CallLeg
from simulator.media.engine import MediaEngine
from simulator.media.g711 import Codec
from simulator.media.stream import MediaMode
from simulator.negotiation import DEFAULT_CODECS, Negotiation
from simulator.pace import Pace
from simulator.plumbing import Outgoing, Step
from simulator.session import Session
from simulator.sip import wire
from simulator.sip.digest import Credentials
from simulator.sip.stream import StreamTransport, Trust
from simulator.sip.timers import Timers
from simulator.sip.transactions import ServerTransaction, TransactionLayer
from simulator.sip.transport import Endpoint, Guard, UdpTransport, Way, resolved
from simulator.sip.wire import URI, Address, Parameters, Request, Response

_log = structlog.get_logger(__name__)
_TAG = re.compile(r";\s*tag=([^;\s]+)", re.IGNORECASE)

IncomingHandler = Callable[[CallLeg], Coroutine[Any, Any, None]]
"""What is done with an incoming call; runs in a task of its own."""


class Listener:
    """Someone who can be called at a user agent."""

    def __init__(
        self,
        handler: IncomingHandler,
        *,
        tone: int,
        mode: MediaMode,
        keep_s: float | None,
        credentials: Credentials | None,
    ) -> None:
        self.handler = handler
        self.tone = tone
        self.mode = mode
        self.keep_s = keep_s
        self.credentials = credentials
        self.silent = False  # answers nothing at all
        self.knows_options = True  # as the phones of some do not
        self.lamp: Callable[[Lamp], None] = lambda _: None  # takes what is told of waiting messages
        self.refuses: Callable[[], int] = lambda: 0  # a SIP status to refuse the next call with at once, or 0


class UserAgent:
    """A SIP socket with its transactions, calls and media. Use it as ``async with UserAgent(...) as agent``."""

    def __init__(
        self,
        local_host: str = "127.0.0.1",
        target: Endpoint = ("127.0.0.1", 5060),
        *,
        local_port: int = 0,
        media: MediaEngine | None = None,
        timers: Timers | None = None,
        codecs: tuple[Codec, ...] = DEFAULT_CODECS,
        allow_remote: bool = False,
        loses: Callable[[bytes, bool], bool] | None = None,
        way: Way = Way.UDP,
        trust: Trust | None = None,
        pace: Pace | None = None,
    ) -> None:
        """Talk to ``target`` from ``local_host``.

        ``media``: shared among agents of a process; its own when None. ``allow_remote``: without it, anything but
        loopback raises ``ForeignTarget``. ``loses(datagram, outgoing)`` returning True loses a datagram, for tests.
        ``way`` TCP or TLS: one connection to the target carries everything; ``trust``: whose certificates are good.
        ``pace``: each call waits for its turn.
        """
        self.guard = Guard(allow_remote=allow_remote)
        self.guard.check(target[0])
        self.target = target
        self._peer = target  # by its address, once started
        self.media = media or MediaEngine(local_host)
        self._own_media = media is None
        self._local = (local_host, local_port)
        self._codecs = codecs
        self._loses = loses
        self._pace = pace
        self._transport: UdpTransport | StreamTransport = (
            StreamTransport(self, self.guard, target, way, trust or Trust())
            if way.reliable
            else UdpTransport(self.on_bytes, self.guard)
        )
        self.layer = TransactionLayer(self._transmit, self, timers or Timers(), way)
        self.reconnected: set[Callable[[], None]] = set()  # called when a lost connection was made anew
        self._sessions: dict[tuple[str, str], Session] = {}
        self._listeners: dict[str, Listener] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Bind the socket, or connect.

        Raises ``OSError`` when the port is taken, and its kinds ``UnknownHost`` and ``CannotConnect``.
        """
        self._peer = await resolved(self.target, self._local[0])
        self.guard.check(self._peer[0])
        await self._transport.open(*self._local)
        self._is_at()

    async def close(self) -> None:
        """Drop everything, without saying good-bye: hang up and unregister before, where that matters."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for session in tuple(self._sessions.values()):
            session.drop()
        self.layer.close()
        self._transport.close()
        await asyncio.sleep(0)  # sockets are closed in the loop's next turn
        if self._own_media:
            await self.media.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def address(self) -> Endpoint:
        """The socket's address."""
        return self._transport.address

    async def call(
        self,
        to: str,
        *,
        number: str,
        display_name: str = "",
        tone: int = 440,
        mode: MediaMode = MediaMode.FULL,
        keep_s: float | None = None,
        credentials: Credentials | None = None,
        headers: Mapping[str, str] | None = None,
        from_header: str = "",
    ) -> CallLeg:
        """Call a number at the target and return at once (when it is its turn); the leg tells how it goes.

        ``from_header`` replaces the whole From value but its tag, written as it is (for nasty names).
        ``keep_s``: seconds of heard audio that are kept, None for all.
        """
        stream = await self.media.open(tone=tone, mode=mode, keep_s=keep_s)
        session = Session(self, wire.new_call_id(self._local[0]), wire.new_tag(), number, credentials)
        leg = CallLeg(session, stream, self.media)
        host, port = self.target
        out = Outgoing(
            uri=URI("sip", host, user=to, port=port),
            from_header=from_header or str(Address(URI("sip", self._local[0], user=number), name=_flat(display_name))),
            user=number,
            destination=self._peer,
            headers=headers or {},
        )
        negotiation = Negotiation(stream, self.guard, self._codecs)
        if self._pace is None:
            self.spawn(session.place(out, negotiation))
            return leg
        placing = self.spawn(session.place(out, negotiation, self._pace.turn))
        try:
            await session.invited.wait()
        except asyncio.CancelledError:
            placing.cancel()
            session.drop()
            raise
        return leg

    def listen(self, user: str, listener: Listener) -> None:
        """Hand calls to ``user`` (``*``: to anyone not known) to a listener."""
        self._listeners[user] = listener

    def unlisten(self, user: str) -> None:
        """Take no more calls for a user."""
        self._listeners.pop(user, None)

    async def request(self, request: Request) -> Response:
        """Send a request outside any dialog to the target and return the final response (408 when none came)."""
        return await self.layer.request(request, self._peer).final

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run work in a task that is kept and whose failure is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("simulator.task", error=repr(error), exc_info=error)

    # --- what sessions need (Plumbing)

    def contact(self, user: str) -> str:
        """Return our Contact header for a user."""
        host, port = self.address
        way = self.layer.way
        more = Parameters(transport=way.value) if way.reliable else Parameters()
        return f"<{URI('sip', host, user=user, port=port, parameters=more)}>"

    def adopt(self, session: Session) -> None:
        """Route a dialog's messages to a session."""
        self._sessions[session.call_id, session.tag] = session

    def release(self, session: Session) -> None:
        """Route a dialog's messages no longer."""
        self._sessions.pop((session.call_id, session.tag), None)

    # --- what the transaction layer needs (Above)

    def on_request(self, request: Request, source: Endpoint, transaction: ServerTransaction | None) -> None:
        """Take a new request."""
        tag = _TAG.search(request.headers.get("To") or "")
        if tag is not None:
            self._inside(request, tag.group(1), transaction)
            return
        if transaction is None:
            return
        listener = self._listeners.get(request.uri.user or "") or self._listeners.get("*")
        if listener is not None and (listener.silent or (request.method == "OPTIONS" and not listener.knows_options)):
            return
        if request.method == "OPTIONS":
            code = 200 if listener is not None or not self._listeners else 404
        elif request.method == "INVITE" and listener is not None:
            self._incoming(request, transaction, listener)
            return
        else:
            if request.method == "NOTIFY" and listener is not None and (lamp := lamp_of(request)) is not None:
                listener.lamp(lamp)
            code = 404 if request.method == "INVITE" else 200 if request.method in ("NOTIFY", "MESSAGE") else 405
        headers = {"Allow": wire.ALLOW, "Accept": "application/sdp"}
        transaction.respond(wire.response(request, code, tag=wire.new_tag(), headers=headers))

    def on_stray(self, response: Response, source: Endpoint) -> None:
        """Take a response that no transaction knows."""
        session = self._session_of(response, outgoing=False)
        if session is not None:
            session.take_repeated(response)

    def on_wire(self, outgoing: bool, message: Request | Response, peer: Endpoint) -> None:
        """Write a message on its call's ladder."""
        session = self._session_of(message, outgoing=outgoing)
        if session is not None:
            session.ladder.append(Step(time.monotonic(), ">" if outgoing else "<", first_line(message)))

    # --- what the transport needs

    def on_bytes(self, data: bytes, source: Endpoint) -> None:
        """Take a message as it came."""
        if self._loses is None or not self._loses(data, False):
            self.layer.receive(data, source)

    def on_lost(self) -> None:
        """Nobody waits for the rest of an answer."""
        self.layer.fail("Connection lost", begun_only=True)

    def on_again(self) -> None:
        """Ask again what had no answer, and register anew: a registrar may forget whose connection is lost."""
        self._is_at()
        self.layer.again()
        for renew in tuple(self.reconnected):
            renew()

    def on_gone(self, reason: str) -> None:
        """Nobody waits for an answer at all."""
        self.layer.fail(reason)

    def _is_at(self) -> None:
        host, port = self._transport.address
        self.layer.via_host = f"{host}:{port}"

    def _incoming(self, request: Request, transaction: ServerTransaction, listener: Listener) -> None:
        user = request.uri.user or ""
        session = Session(self, request.headers["Call-ID"], wire.new_tag(), user, listener.credentials)
        try:
            session.take_invite(request, transaction)
        except ValueError as error:
            _log.warning("simulator.bad_invite", error=str(error))
            transaction.respond(wire.response(request, 400, tag=session.tag))
            return
        if status := listener.refuses():
            session.reject(status)
            return
        self.spawn(self._welcome(session, listener))

    async def _welcome(self, session: Session, listener: Listener) -> None:
        stream = await self.media.open(tone=listener.tone, mode=listener.mode, keep_s=listener.keep_s)
        session.negotiation = Negotiation(stream, self.guard, self._codecs)
        leg = CallLeg(session, stream, self.media)
        await listener.handler(leg)

    def _inside(self, request: Request, tag: str, transaction: ServerTransaction | None) -> None:
        session = self._sessions.get((request.headers.get("Call-ID") or "", tag))
        if session is not None:
            session.take(request, transaction)
        elif transaction is not None:
            transaction.respond(wire.response(request, 481))

    def _session_of(self, message: Request | Response, *, outgoing: bool) -> Session | None:
        ours = "From" if isinstance(message, Request) == outgoing else "To"
        tag = _TAG.search(message.headers.get(ours) or "")
        if tag is None:
            return None
        return self._sessions.get((message.headers.get("Call-ID") or "", tag.group(1)))

    def _transmit(self, data: bytes, destination: Endpoint) -> None:
        if self._loses is None or not self._loses(data, True):
            self._transport.send(data, destination)


def first_line(message: Request | Response) -> str:
    """Return a message's line for a ladder, with the method a response answers."""
    if isinstance(message, Request):
        return f"{message.method} {message.uri}"
    return f"{message.code} {message.phrase} ({(message.headers.get('CSeq') or '').rpartition(' ')[2]})"


def _flat(name: str) -> str:
    return re.sub(r"[\r\n\0]+", " ", name)

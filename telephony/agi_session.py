"""One FastAGI session as the service sees it: commands out, replies in, hang-ups as facts."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import parse_qsl, unquote, urlsplit

from telephony.agi_codec import AgiCodec, Broken, EndOfFile, EnvironmentRead, HangUp, Reply, State, Stray, encode

AgiReply = Reply


class HangUpCause(StrEnum):
    """How a session learned that its channel is gone."""

    HANG_UP_LINE = "hang_up_line"  # Asterisk's ``HANGUP``; also sent when the channel was only redirected away
    DEAD_CHANNEL = "dead_channel"  # a command was refused with 511
    SOCKET_GONE = "socket_gone"  # the connection is closed, by Asterisk or by us


class AgiHungUp(Exception):
    """The channel has left this session. ``cause`` says how we know."""

    def __init__(self, cause: HangUpCause) -> None:
        super().__init__(cause.value)
        self.cause = cause

    @property
    def hung_up_line(self) -> bool:
        """True when a ``HANGUP`` line told it, False for a bare end of file or a dead channel."""
        return self.cause is HangUpCause.HANG_UP_LINE


class AgiError(Exception):
    """Asterisk refused a command: 510 (unknown), 520 (wrong usage) or another code but 200 and 511."""

    def __init__(self, command: str, reply: Reply) -> None:
        first = reply.text.partition("\n")[0]
        super().__init__(f"{command}: {reply.code} {first}")
        self.code = reply.code
        self.reply = reply


class AgiSession:
    """A channel that is running ``AGI()``. Made by ``AgiServer``; one task at a time commands it, others wait.

    Cancelling a command (or its time-out) leaves the session in step: the late reply is thrown away, and the next
    command is sent after it has come. (Asterisk goes on with the cancelled command all the same.)
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._codec = AgiCodec()
        self._turn = asyncio.Lock()
        self._reply: asyncio.Future[Reply] | None = None  # of the command that is being awaited
        self._in_step: asyncio.Future[None] | None = None  # waits for a reply that nobody wants any more
        self._deaf = False  # the command being awaited goes on through HANGUP
        self._left = asyncio.Event()
        self._when_left: Callable[[], None] | None = None
        self._cause: HangUpCause | None = None
        self.environment: Mapping[str, str] = MappingProxyType({})
        self.path = "/"
        self.query: Mapping[str, str] = MappingProxyType({})
        self.strays = 0
        """Lines that came though nobody asked for them."""
        self.broken = ""
        """Why the peer was judged not to speak AGI; "" when it does."""

    # -- what the channel said about itself

    @property
    def channel(self) -> str:
        """The channel's name, e.g. ``PJSIP/trunk-00000001``."""
        return self.environment.get("agi_channel", "")

    @property
    def unique_id(self) -> str:
        """The channel's unique id."""
        return self.environment.get("agi_uniqueid", "")

    @property
    def arguments(self) -> list[str]:
        """The arguments given to ``AGI()`` after the URL."""
        found: list[str] = []
        while (value := self.environment.get(f"agi_arg_{len(found) + 1}")) is not None:
            found.append(value)
        return found

    # -- hang-ups

    @property
    def hung_up(self) -> HangUpCause | None:
        """How the channel left this session, or None while it is here."""
        return self._cause

    async def wait_hang_up(self) -> HangUpCause:
        """Wait, without a command, until the channel has left this session."""
        while self._cause is None:
            await self._left.wait()
        return self._cause

    def when_left(self, tell: Callable[[], None]) -> None:
        """Have ``tell`` called once the channel has left this session; at once where it has already. Only the last who
        asked is told."""
        self._when_left = tell
        if self._cause is not None:
            tell()

    # -- commands

    async def command(
        self, command: str, *args: str | float, timeout_s: float | None = None, after_hang_up: bool = False
    ) -> AgiReply:
        """Send a command and return its reply (code 200).

        ``timeout_s`` bounds the whole, the wait for an earlier command included (``TimeoutError``). Raises
        ``AgiHungUp`` when the channel is gone or goes before the reply came, ``AgiError`` when Asterisk refuses,
        ``ValueError`` for what cannot be sent. ``after_hang_up`` sends it though ``HANGUP`` came: Asterisk still
        carries out commands that need no live channel, SET VARIABLE say.
        """
        data = encode(command, *args)
        limit = nullcontext() if timeout_s is None else asyncio.timeout(timeout_s)  # one without a limit costs as much
        async with limit, self._turn:
            reply = await self._exchange(data, after_hang_up)
        if reply.code == 200:
            return reply
        if reply.code == 511:
            self._leave(HangUpCause.DEAD_CHANNEL)
            raise AgiHungUp(HangUpCause.DEAD_CHANNEL)
        raise AgiError(command, reply)

    async def _exchange(self, data: bytes, after_hang_up: bool) -> Reply:
        self._check(after_hang_up)
        while self._codec.awaiting:
            self._in_step = asyncio.get_running_loop().create_future()
            try:
                await self._in_step
            finally:
                self._in_step = None
            self._check(after_hang_up)
        self._transport.write(self._codec.send(data))
        self._reply = asyncio.get_running_loop().create_future()
        self._deaf = after_hang_up
        try:
            return await self._reply
        finally:
            self._reply = None

    def _check(self, after_hang_up: bool) -> None:
        if self._cause is None:
            return
        if self._transport.is_closing() or self._codec.state in _OVER:
            raise AgiHungUp(HangUpCause.SOCKET_GONE if self._cause is not HangUpCause.HANG_UP_LINE else self._cause)
        if not after_hang_up:
            raise AgiHungUp(self._cause)

    def close(self) -> None:
        """Close the connection; Asterisk goes on in the dialplan. Idempotent."""
        self._transport.close()
        self._leave(HangUpCause.SOCKET_GONE, sure=True)

    def abort(self) -> None:
        """Close the connection without waiting for what was not written yet. Idempotent."""
        self._transport.abort()
        self._leave(HangUpCause.SOCKET_GONE, sure=True)

    # -- what the server's protocol calls

    def feed(self, data: bytes) -> bool:
        """Take bytes from the socket; True when the environment has just been read. For ``AgiServer``."""
        ready = False
        for event in self._codec.feed(data):
            match event:
                case Reply():
                    self._take_reply(event)
                case HangUp():
                    self._leave(HangUpCause.HANG_UP_LINE)
                case EnvironmentRead(environment):
                    self.environment = MappingProxyType(dict(environment))
                    self.path, self.query = parse_address(environment)
                    ready = True
                case Stray():
                    self.strays += 1
                case Broken(reason):
                    self.broken = reason
                    self.abort()
                    return False
                case EndOfFile():  # pragma: no cover - only end_of_file gives it
                    pass
        return ready

    def end_of_file(self) -> None:
        """The socket is gone. For ``AgiServer``."""
        self._codec.end_of_file()
        self._leave(HangUpCause.SOCKET_GONE, sure=True)

    def _take_reply(self, reply: Reply) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_result(reply)
        if self._in_step is not None and not self._in_step.done():
            self._in_step.set_result(None)

    def _leave(self, cause: HangUpCause, *, sure: bool = False) -> None:
        """Note that the channel left; wake who waits. ``sure``: not even a deaf command can get its reply."""
        if self._cause is None:
            self._cause = cause
            self._left.set()
            if self._when_left is not None:
                self._when_left()
        if self._reply is not None and not self._reply.done() and (sure or not self._deaf):
            self._reply.set_exception(AgiHungUp(self._cause))
        if self._in_step is not None and not self._in_step.done():
            self._in_step.set_result(None)


def parse_address(environment: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    """Return path and query of the URL that ``AGI()`` was given: ``agi://h/call?id=1`` is ``/call``, ``{"id": "1"}``.

    A name that comes twice keeps its first value. Text that is no URL at all is ``/`` with no query.
    """
    script = environment.get("agi_network_script", "")
    if not script:
        try:
            parts = urlsplit(environment.get("agi_request", ""))
        except ValueError:
            return "/", {}
        script = f"{parts.path}?{parts.query}"
    path, _, query = script.partition("?")
    found: dict[str, str] = {}
    plus_is_plus = query.replace("+", "%2B")  # +86…: nobody fills in a form here
    for name, value in parse_qsl(plus_is_plus, keep_blank_values=True, errors="replace"):
        found.setdefault(name, value)
    return "/" + unquote(path, errors="replace").lstrip("/"), MappingProxyType(found)


_OVER = frozenset({State.BROKEN, State.CLOSED})

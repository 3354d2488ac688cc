"""Asterisk's manager interface for the rest of telephony: actions with a time limit, events in order, a connection that
comes back.

Events go socket -> one bounded queue -> the subscribers, synchronously and in order; a subscriber that raises is logged
and disturbs nobody. When the queue is full, events are dropped and counted and the ``on_connected`` hooks run again,
for what was missed has to be read anew. An action is sent once: time-out and disconnect end it, nothing repeats it.
"""

import asyncio
import itertools
import random
import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from calls import Clock, SystemClock
from telephony.ami_framing import AmiFraming, AmiMessage, AmiResponse, HeaderValue
from telephony.ami_manager import (
    Action,
    AmiDisconnected,
    AmiError,
    AmiLoginRefused,
    AmiProtocol,
    AmiRefused,
    AmiTimeout,
    FencedManager,
)

__all__ = [
    "Ami", "AmiDisconnected", "AmiError", "AmiLoginRefused", "AmiMessage", "AmiRefused", "AmiResponse", "AmiSettings",
    "AmiTimeout",
]  # fmt: skip

_BATCH = 200  # events delivered before other tasks get their turn
_STEADY_S = 10.0  # a connection that lived this long was a good one: back-off starts anew


@dataclass(frozen=True, slots=True)
class AmiSettings:
    """Where Asterisk's manager is and how patient we are with it. Times in seconds."""

    username: str
    secret: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 5038
    events: str = "on"  # the Events header of Login: "on", or classes such as "system,call,dtmf"
    wanted: frozenset[str] | None = None  # names of events to keep; None keeps all
    queue_size: int = 10_000
    connect_timeout_s: float = 5.0  # connecting, and again logging in
    boot_timeout_s: float = 10.0  # how long FullyBooted is awaited before going on without
    hook_timeout_s: float = 30.0  # all on_connected hooks together
    ping_interval_s: float = 10.0
    ping_timeout_s: float = 5.0
    retry_first_s: float = 0.25
    retry_most_s: float = 15.0
    retry_refused_s: float = 60.0  # after a refused login


class Ami:
    """One Asterisk's manager interface. ``connect`` once, ``close`` once."""

    def __init__(self, settings: AmiSettings, *, clock: Clock | None = None, rng: random.Random | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._rng = rng or random.Random()
        self._log = structlog.get_logger("telephony.ami")
        self._action_ids = itertools.count(1)
        self._id_prefix = f"hl{secrets.token_hex(4)}"  # OriginateResponse is sent to every manager session
        self._queue: deque[AmiMessage] = deque()
        self._filled = asyncio.Event()
        self._gate = asyncio.Event()  # closed while hooks run and while there is no connection
        self._attention = asyncio.Event()  # the connection was lost, or events were
        self._missed = False
        self._sinks: list[Callable[[AmiMessage], None]] = []
        self._manager: FencedManager | None = None
        self._protocol: AmiProtocol | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._dispatcher: asyncio.Task[None] | None = None
        self._outcome: asyncio.Future[None] | None = None
        self._last_error = ""
        self._connected = False
        self.on_connected: list[Callable[[], Awaitable[None]]] = []
        """Run in order after each connect (and after lost events), before further events are delivered."""
        self.on_disconnected: list[Callable[[], None]] = []
        """Called when an established connection is gone, after the last event was delivered."""
        self.overflowed = 0
        """Events dropped because the queue was full."""
        self.disconnects = 0
        """Established connections that ended."""
        self.ping_ms: float | None = None
        """The last round-trip of a Ping in milliseconds: how late events may be."""

    @property
    def connected(self) -> bool:
        """Whether actions can be sent."""
        return self._connected

    @property
    def version(self) -> str:
        """Asterisk's AMI version, "" before the first connection."""
        return self._protocol.framing.version if self._protocol else ""

    def subscribe(self, sink: Callable[[AmiMessage], None]) -> Callable[[], None]:
        """Have ``sink`` called with every event, in order; return what ends this. It must be quick and not block."""
        self._sinks.append(sink)
        return lambda: self._sinks.remove(sink) if sink in self._sinks else None

    # -- connecting

    async def connect(self, timeout_s: float | None = 30.0) -> None:
        """Connect, log in, run the hooks; from then on the connection is kept until ``close``.

        Raises ``AmiLoginRefused``, or ``AmiDisconnected`` when it did not succeed in ``timeout_s``; attempts go on in
        the background (slowly after a refusal) all the same, until ``close``.
        """
        if self._connected:
            return
        loop = asyncio.get_running_loop()
        self._outcome = loop.create_future()
        if self._supervisor is None:
            self._manager = self._new_manager(loop)
            self._dispatcher = loop.create_task(self._dispatch(), name="ami events")
            self._supervisor = loop.create_task(self._supervise(), name="ami connection")
        try:
            async with asyncio.timeout(timeout_s):
                await self._outcome
        except TimeoutError:
            where = f"Asterisk's manager at {self._settings.host}:{self._settings.port}"
            why = self._last_error or "no answer"
            raise AmiDisconnected(f"no connection to {where} within {timeout_s:g} s: {why}") from None

    async def close(self) -> None:
        """Disconnect and stop everything; what was queued is delivered. Idempotent."""
        tasks = [task for task in (self._supervisor, self._dispatcher) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._connected = False
        if self._manager is not None:
            self._manager.close()
        if self._outcome is not None and not self._outcome.done():
            self._outcome.set_exception(AmiDisconnected("closed"))
            self._outcome.exception()  # retrieved, whoever waits or not

    def _new_manager(self, loop: asyncio.AbstractEventLoop) -> FencedManager:
        s = self._settings
        wanted = None if s.wanted is None else s.wanted | {"FullyBooted"}
        return FencedManager(
            {
                "host": s.host, "port": s.port, "username": s.username, "secret": s.secret, "events": s.events,
                "loop": loop,
                "protocol_factory": lambda: AmiProtocol(self._action_ids, self._id_prefix, AmiFraming(wanted)),
            },
            on_event=self._take_event,
            on_lost=self._attention.set,
        )  # fmt: skip

    async def _supervise(self) -> None:
        """Keep the connection: connect, live, wait, and so on."""
        failures = 0
        while True:
            started = self._clock.monotonic()
            try:
                await self._live()
            except AmiLoginRefused as error:
                self._log.error("ami_login_refused", error=str(error), retry_in_s=self._settings.retry_refused_s)
                self._tell_outcome(error)
                delay = self._settings.retry_refused_s
            except (AmiError, OSError) as error:
                failures = 1 if self._clock.monotonic() - started >= _STEADY_S else failures + 1
                delay = self._back_off(failures)
                self._last_error = str(error)
                self._log.warning("ami_not_connected", error=str(error), attempt=failures, retry_in_s=round(delay, 2))
            except Exception as error:
                delay = self._settings.retry_most_s
                self._last_error = repr(error)
                self._log.exception("ami_connection_failed")
            await asyncio.sleep(delay)

    def _back_off(self, failures: int) -> float:
        """Return the seconds to wait: doubled with each failure up to a limit, less up to half of it by chance."""
        most = min(self._settings.retry_most_s, self._settings.retry_first_s * 2.0 ** min(failures - 1, 30))
        return most * self._rng.uniform(0.5, 1.0)

    async def _live(self) -> None:
        """Connect and stay until the connection is lost; always ends with an exception."""
        protocol = await self._log_in()
        try:
            self._protocol = protocol
            self._connected = True
            self._missed = False
            await self._run_hooks()
            self._log.info("ami_connected", version=protocol.framing.version)
            self._tell_outcome(None)
            while True:
                await self._watch(protocol)
        finally:
            self._connected = False
            self.disconnects += 1
            self._gate.clear()
            self._drain()
            protocol.drop("given up")
            for callback in self.on_disconnected:
                self._call(callback)

    async def _log_in(self) -> AmiProtocol:
        assert self._manager is not None
        manager, s = self._manager, self._settings
        self._attention.clear()
        self._queue.clear()
        try:
            async with asyncio.timeout(s.connect_timeout_s):
                await manager.connect()
        except TimeoutError:
            raise AmiDisconnected(f"no connection to {s.host}:{s.port} within {s.connect_timeout_s:g} s") from None
        protocol: AmiProtocol = manager.protocol
        try:
            async with asyncio.timeout(s.connect_timeout_s):
                answer = await manager.authenticated_future
        except TimeoutError:
            protocol.drop("no answer to the login")
            raise AmiDisconnected(f"{s.host}:{s.port} did not answer the login") from None
        if not answer[0].success:
            protocol.drop("login refused")
            raise AmiLoginRefused(
                f"Asterisk at {s.host}:{s.port} refused the manager user {s.username!r}: {answer[0].get('Message')} "
                "(check name, secret and permit in manager.conf)"
            )
        with suppress(TimeoutError):
            async with asyncio.timeout(s.boot_timeout_s):
                await manager.booted.wait()
        if not manager.booted.is_set():
            self._log.warning("ami_not_fully_booted", waited_s=s.boot_timeout_s)
        return protocol

    def _tell_outcome(self, error: Exception | None) -> None:
        if self._outcome is not None and not self._outcome.done():
            if error is None:
                self._outcome.set_result(None)
            else:
                self._outcome.set_exception(error)

    async def _watch(self, protocol: AmiProtocol) -> None:
        """Ping after the interval, or see at once that the connection or events were lost."""
        try:
            async with asyncio.timeout(self._settings.ping_interval_s):
                await self._attention.wait()
        except TimeoutError:
            await self._ping(protocol)
            return
        self._attention.clear()
        if protocol.lost:
            raise AmiDisconnected(protocol.fault)
        if self._missed:
            self._log.warning("ami_events_lost", overflowed=self.overflowed)
            self._gate.clear()
            self._drain()
            self._missed = False
            await self._run_hooks()

    async def _ping(self, protocol: AmiProtocol) -> None:
        started = self._clock.monotonic()
        try:
            await self.action("Ping", timeout_s=self._settings.ping_timeout_s)
        except AmiTimeout:
            fault = f"no answer to a ping within {self._settings.ping_timeout_s:g} s"
            protocol.drop(fault)
            raise AmiDisconnected(fault) from None
        self.ping_ms = (self._clock.monotonic() - started) * 1000.0

    async def _run_hooks(self) -> None:
        """Run the hooks with events held back, then let events go. A failing hook is logged."""
        try:
            async with asyncio.timeout(self._settings.hook_timeout_s):
                for hook in list(self.on_connected):
                    try:
                        await hook()
                    except AmiDisconnected:
                        raise
                    except Exception:
                        self._log.exception("ami_hook_failed")
        except TimeoutError:
            self._log.error("ami_hooks_too_slow", limit_s=self._settings.hook_timeout_s)
        self._gate.set()

    # -- events

    def _take_event(self, message: AmiMessage) -> None:
        """Put an event into the queue; never block, never raise (called while the socket is read)."""
        if len(self._queue) >= self._settings.queue_size:
            self.overflowed += 1
            if not self._missed:
                self._missed = True
                self._attention.set()
            return
        self._queue.append(message)
        self._filled.set()

    async def _dispatch(self) -> None:
        """Deliver events in order, as long as the gate is open."""
        while True:
            await self._gate.wait()
            await self._filled.wait()
            delivered = 0
            while self._queue and self._gate.is_set() and delivered < _BATCH:
                self._deliver(self._queue.popleft())
                delivered += 1
            if not self._queue:
                self._filled.clear()
            await asyncio.sleep(0)

    def _drain(self) -> None:
        while self._queue:
            self._deliver(self._queue.popleft())

    def _deliver(self, message: AmiMessage) -> None:
        for sink in tuple(self._sinks):
            try:
                sink(message)
            except Exception:
                self._log.exception("ami_subscriber_failed", ami_event=message.event)

    def _call(self, callback: Callable[[], None]) -> None:
        try:
            callback()
        except Exception:
            self._log.exception("ami_callback_failed")

    # -- actions

    async def action(self, name: str, /, *, timeout_s: float = 5.0, **headers: HeaderValue) -> AmiResponse:
        """Carry out an action and return Asterisk's answer. Originate is made ``Async``, whatever is asked.

        Raises ``AmiRefused`` (Asterisk said no), ``AmiTimeout``, ``AmiDisconnected`` (never sent again), and
        ``ValueError`` for what cannot be sent.
        """
        if name.lower() == "originate":
            headers["Async"] = True
        return (await self._exchange(Action(name, headers), timeout_s))[0]

    async def collect(
        self, name: str, complete_event: str, /, *, timeout_s: float = 10.0, **headers: HeaderValue
    ) -> list[AmiMessage]:
        """Carry out an action that answers with events; return them without the last, ``complete_event``.

        Raises as ``action`` does. (Some lists answer an empty one with a refusal, ConfbridgeList for one.)
        """
        answer = await self._exchange(Action(name, headers, complete_event), timeout_s)
        return [row for row in answer if row.event and row.event != complete_event]

    async def originate(self, /, *, timeout_s: float = 35.0, **headers: HeaderValue) -> AmiMessage:
        """Originate a call and return its OriginateResponse: ``Response`` is Success or Failure, ``Reason`` says why.

        ``timeout_s`` must outlast the ``Timeout`` header (which is in milliseconds). Raises as ``action`` does; giving
        up does not stop the ringing.
        """
        headers["Async"] = True
        answer = await self._exchange(Action("Originate", headers, "OriginateResponse"), timeout_s)
        return answer[-1]

    async def command(self, command: str, /, *, timeout_s: float = 5.0) -> list[str]:
        """Run a CLI command and return what it printed, line by line. Raises as ``action`` does."""
        return (await self.action("Command", timeout_s=timeout_s, Command=command)).output

    async def _exchange(self, action: Action, timeout_s: float) -> list[AmiMessage]:
        name = str(action["Action"])
        if not self._connected or self._manager is None:
            raise AmiDisconnected(f"{name} was not sent: there is no connection to Asterisk")
        future: asyncio.Future[list[AmiMessage]] = self._manager.send_action(action)
        try:
            async with asyncio.timeout(timeout_s):
                answer = await future
        except TimeoutError:
            raise AmiTimeout(f"{name}: no answer within {timeout_s:g} s") from None
        if not answer[0].success:
            raise AmiRefused(name, answer[0])
        return answer

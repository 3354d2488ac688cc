"""panoramisk's ``Manager`` with its faults fenced in: our framing, our correlation of answers, no retries of its own.

What is panoramisk's: connecting, logging in, the table of event callbacks. What is overridden, and why:

- the protocol: panoramisk's decodes each TCP chunk for itself (张三 is cut), lets CR LF through into actions, closes
  the connection when a callback raises or an Originate is not ``Async``, and keeps unanswered actions to **send them
  again** after a reconnect. Ours sends an action once; a lost connection fails it.
- ``connection_made``/``connection_lost``: panoramisk plans its own reconnects, which ``close()`` does not stop and
  a refused login does not slow down. Here ``Ami`` alone decides when to connect.
- ``ping``: an unanswered one was never noticed. ``Ami`` pings.
- ``send_awaiting_actions``: replays; here it only notes that Asterisk is fully booted.
- ``dispatch``: tries a regular expression of each pattern on each event and asks whether callbacks are coroutines.
  Events go to ``Ami`` at once; panoramisk's way is for the one event that it listens to itself, ``FullyBooted``.
"""

import asyncio
import itertools
from collections.abc import Callable, Mapping
from typing import Any, cast

import structlog
from panoramisk import Manager

from telephony.ami_framing import AmiFraming, AmiMessage, AmiProtocolError, HeaderValue, encode_action

_BOOTED = "FullyBooted"
MAX_ROWS = 100_000
"""Events in one answer."""


class AmiError(Exception):
    """An action was not carried out, or nobody knows whether it was."""


class AmiRefused(AmiError):
    """Asterisk said no. ``message`` is Asterisk's own word, ``response`` its whole answer."""

    def __init__(self, name: str, response: AmiMessage) -> None:
        self.message = " ".join([response.get("Message"), *response.output[:1]]).strip()
        self.response = response
        super().__init__(f"Asterisk refused {name}: {self.message or response.get('Response')}")


class AmiTimeout(AmiError):
    """No (complete) answer came in time; the action may have been carried out."""


class AmiDisconnected(AmiError):
    """There is no connection, or it went before the answer came; the action is not sent again."""


class AmiLoginRefused(AmiError):
    """Asterisk does not accept our user or secret."""


class Action(dict[str, HeaderValue]):
    """An action to be sent; with ``complete_event`` its answer is a list of events that ends with that one."""

    def __init__(self, name: str, headers: Mapping[str, HeaderValue], complete_event: str = "") -> None:
        super().__init__(headers)
        self["Action"] = name
        self.complete_event = complete_event


class Envelope:
    """A message in the shape that panoramisk's ``dispatch`` expects."""

    __slots__ = ("event", "manager")

    def __init__(self, message: AmiMessage) -> None:
        self.event = message.event
        self.manager: object = None


class _Pending:
    """An action whose answer is due: a response, and with ``complete_event`` the events up to that one."""

    __slots__ = ("complete_event", "future", "response", "rows")

    def __init__(self, complete_event: str, loop: asyncio.AbstractEventLoop) -> None:
        self.future: asyncio.Future[list[AmiMessage]] = loop.create_future()  # the response first, then the events
        self.complete_event = complete_event
        self.response: AmiMessage | None = None
        self.rows: list[AmiMessage] = []

    def takes(self, message: AmiMessage) -> bool:
        """Whether a message with this action's id is still part of its answer."""
        return not self.future.done() and (bool(self.complete_event) or not message.event)

    def add(self, message: AmiMessage) -> None:
        """Take a part of the answer; the future is done when it is complete."""
        if not message.event:
            self.response = self.response or message
        else:
            self.rows.append(message)
        if self.response is None or self.future.done():
            return
        listed = not self.complete_event or any(row.event == self.complete_event for row in self.rows[-1:])
        if listed or not self.response.success:
            self.future.set_result([self.response, *self.rows])
        elif len(self.rows) >= MAX_ROWS:
            self.future.set_exception(AmiError(f"an answer has more than {MAX_ROWS} rows"))


class AmiProtocol(asyncio.Protocol):
    """One connection. ``Manager`` sets ``factory`` and calls ``send`` and ``close``."""

    def __init__(self, action_ids: "itertools.count[int]", id_prefix: str, framing: AmiFraming) -> None:
        self.factory: Any = None  # the Manager, once it has noticed the connection
        self.framing = framing
        self.lost = False
        self.fault = ""
        """Why the connection was dropped by us, or what the socket said."""
        self._action_ids = action_ids
        self._id_prefix = id_prefix
        self._pending: dict[str, _Pending] = {}
        self._transport: asyncio.Transport | None = None
        self._log = structlog.get_logger("telephony.ami")

    # -- what Manager calls

    def send(self, action: dict[str, HeaderValue], as_list: bool | None = None) -> asyncio.Future[list[AmiMessage]]:
        """Send an action, once; the future gets its answer, or ``AmiDisconnected``. ``ValueError`` as the encoder."""
        del as_list  # panoramisk's guess whether a list will come; ours is told by ``complete_event``
        loop = asyncio.get_running_loop()
        if self._transport is None or self._transport.is_closing() or self.lost:
            gone: asyncio.Future[list[AmiMessage]] = loop.create_future()
            gone.set_exception(AmiDisconnected(f"the connection to Asterisk is gone: {self.fault or 'closing'}"))
            return gone
        action_id = f"{self._id_prefix}-{next(self._action_ids)}"
        headers = {name: value for name, value in action.items() if name not in ("Action", "ActionID")}
        data = encode_action(str(action["Action"]), {"ActionID": action_id, **headers})
        complete_event = action.complete_event if isinstance(action, Action) else ""
        pending = self._pending[action_id] = _Pending(complete_event, loop)
        pending.future.add_done_callback(lambda _: self._pending.pop(action_id, None))
        self._transport.write(data)
        return pending.future

    def close(self) -> None:
        """Close the connection. Idempotent."""
        if self._transport is not None:
            self._transport.close()

    # -- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are no subclass of it

    def data_received(self, data: bytes) -> None:
        """Take bytes; hand answers to who awaits them and events to the Manager."""
        try:
            messages = self.framing.feed(data)
        except AmiProtocolError as error:
            self.drop(str(error))
            return
        for message in messages:
            self._take(message)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail everything that awaits an answer."""
        self.lost = True
        self.fault = self.fault or (str(exc) if exc else "Asterisk closed the connection")
        for pending in list(self._pending.values()):
            if not pending.future.done():
                pending.future.set_exception(AmiDisconnected(f"the connection to Asterisk was lost: {self.fault}"))
        if self.factory is not None:
            self.factory.connection_lost(exc)

    def drop(self, reason: str) -> None:
        """Give the connection up at once."""
        self.fault = self.fault or reason
        if self._transport is not None:
            self._transport.abort()

    def _take(self, message: AmiMessage) -> None:
        action_id = message.action_id
        pending = self._pending.get(action_id) if action_id else None
        if pending is not None and pending.takes(message):
            pending.add(message)
            return
        if not message.event or self.factory is None:
            return  # an answer that came after its time-out
        if action_id.startswith(self._id_prefix) and message.event != "OriginateResponse":
            return  # a row of such an answer
        self.factory.dispatch(message)


class FencedManager(Manager):  # type: ignore[misc]  # panoramisk has no types
    """``Manager`` that connects when told to and never by itself."""

    def __init__(
        self,
        config: Mapping[str, object],
        *,
        on_event: Callable[[AmiMessage], None],
        on_lost: Callable[[], None],
    ) -> None:
        self.pinger: asyncio.TimerHandle | None = None
        self.booted = asyncio.Event()
        """Asterisk said ``FullyBooted`` on this connection."""
        self._on_lost = on_lost
        self._on_event = on_event
        super().__init__(**config)

    def dispatch(self, message: AmiMessage) -> None:
        """Hand an event on."""
        if message.event == _BOOTED:
            super().dispatch(Envelope(message))
        self._on_event(message)

    def connection_made(self, f: "asyncio.Task[tuple[asyncio.Transport, AmiProtocol]]") -> None:
        """Take over a new connection and log in; a failed attempt is seen by who awaits ``connect()``."""
        if not f.cancelled() and f.exception() is None:
            self.booted.clear()
            super().connection_made(f)

    def login(self, future: "asyncio.Future[list[AmiMessage]]") -> bool:
        """Note whether Asterisk let us in."""
        self.authenticated = not future.cancelled() and future.exception() is None and future.result()[0].success
        return self.authenticated

    def ping(self) -> None:
        """Do nothing: ``Ami`` pings."""

    def send_awaiting_actions(self, *_: object) -> None:
        """Asterisk is fully booted. Nothing is ever sent again."""
        self.booted.set()

    def connection_lost(self, exc: object) -> None:
        """Note the loss; ``Ami`` decides what comes next."""
        self._connected = False
        self._stop_pinger()
        self._on_lost()

    def close(self) -> None:
        """Close the connection for good."""
        super().close()
        self._stop_pinger()

    def _stop_pinger(self) -> None:
        if self.pinger is not None:
            self.pinger.cancel()
            self.pinger = None

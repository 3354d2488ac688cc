"""Transactions (RFC 3261, section 17): every request is answered once, however often the network loses or repeats it.

A 2xx to an INVITE is repeated by the server transaction itself until the dialog reports its ACK (as RFC 6026 has it),
and repeated 2xx that no client transaction knows are handed to ``on_stray``, where the dialog sends its ACK again.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Protocol

import structlog

from simulator.sip import wire
from simulator.sip.timers import Timers
from simulator.sip.transport import Endpoint, Way
from simulator.sip.wire import Request, Response

_log = structlog.get_logger(__name__)
_OWN_BRANCH = re.compile(rf";branch=({wire.BRANCH_COOKIE}[0-9a-f]+)")


class Above(Protocol):
    """The transaction user."""

    def on_request(self, request: Request, source: Endpoint, transaction: "ServerTransaction | None") -> None:
        """Take a new request (an ACK to a 2xx has no transaction)."""
        ...

    def on_stray(self, response: Response, source: Endpoint) -> None:
        """Take a response that belongs to no transaction (a repeated 2xx)."""
        ...

    def on_wire(self, outgoing: bool, message: Request | Response, peer: Endpoint) -> None:
        """See every message that goes over the wire."""
        ...


class ClientTransaction:
    """A request of ours. ``final`` brings the final response; silence brings a 408 of our own making."""

    def __init__(
        self,
        layer: "TransactionLayer",
        request: Request,
        destination: Endpoint,
        on_provisional: Callable[[Response], None] | None,
    ) -> None:
        self.request = request
        self.destination = destination
        loop = asyncio.get_running_loop()
        self.final: asyncio.Future[Response] = loop.create_future()
        self.key = "", request.method  # branch and method: by what the layer finds it again
        self.provisional = False  # whether any 1xx came: only then may a CANCEL be sent
        self.timed_out = False
        self._layer = layer
        self._on_provisional = on_provisional
        self._invite = request.method == "INVITE"
        self._interval = layer.timers.t1
        self._acknowledged: Request | None = None
        self._retransmission: asyncio.TimerHandle | None = None
        self._deadline = loop.call_later(layer.timers.give_up, self._expire)
        self._transmit()

    def take(self, response: Response) -> None:
        """Take a response from the wire."""
        if response.code < 200:
            self.provisional = True
            if self._invite:
                self._stop()
            if self._on_provisional is not None and not self.final.done():
                self._on_provisional(response)
            return
        self._stop()
        if self._invite and response.code >= 300:
            self._acknowledge(response)
        if self.final.done():
            return
        if self._invite and response.code < 300:
            self.forget()
        else:
            linger = self._layer.linger(invite=self._invite)
            self._deadline = asyncio.get_running_loop().call_later(linger, self.forget)
        self.final.set_result(response)

    def forget(self) -> None:
        """Leave the layer; whatever comes later is a stray."""
        self._stop()
        self._on_provisional = None  # so that the call is gone with its last user, before rubbish is looked for
        self._layer.drop_client(self)

    def again(self) -> None:
        """The connection was made anew: ask again what has not been answered at all."""
        if not self.final.done() and not self.provisional:
            self._layer.send(self.request, self.destination)

    def cancelled(self) -> None:
        """A CANCEL was sent: without a final answer in 64 T1 this is over (RFC 3261, 9.1)."""
        self._deadline.cancel()
        self._deadline = asyncio.get_running_loop().call_later(self._layer.timers.give_up, self._expire)

    def fail(self, reason: str) -> None:
        """Give up: no answer can come any more (RFC 3261, 8.1.3.1, has it as a 503)."""
        if self.final.done():
            return
        self.timed_out = True
        self.forget()
        self.final.set_result(wire.response(self.request, 503, phrase=reason))

    def _transmit(self) -> None:
        self._layer.send(self.request, self.destination)
        if self._layer.way.reliable:
            return
        loop = asyncio.get_running_loop()
        self._retransmission = loop.call_later(self._interval, self._transmit)
        doubled = self._interval * 2
        self._interval = doubled if self._invite else min(doubled, self._layer.timers.t2)

    def _stop(self) -> None:
        if self._retransmission is not None:
            self._retransmission.cancel()
            self._retransmission = None
        self._deadline.cancel()

    def _acknowledge(self, response: Response) -> None:
        if self._acknowledged is None:
            headers = self.request.headers
            ack = wire.request(
                "ACK",
                self.request.uri,
                from_header=headers["From"],
                to_header=response.headers["To"],
                call_id=headers["Call-ID"],
                sequence=int(headers["CSeq"].split()[0]),
            )
            ack.headers.setlist("Via", headers.getlist("Via")[:1])
            if route := headers.getlist("Route"):
                ack.headers.setlist("Route", route)
            self._acknowledged = ack
        self._layer.send(self._acknowledged, self.destination)

    def _expire(self) -> None:
        self.timed_out = True
        self.forget()
        if not self.final.done():
            self.final.set_result(wire.response(self.request, 408, phrase="No Response"))


class ServerTransaction:
    """A request of the peer's, and our answers to it."""

    def __init__(self, layer: "TransactionLayer", key: tuple[str, ...], request: Request, source: Endpoint) -> None:
        self.request = request
        self.source = source
        self.key = key
        self.code = 0  # of the last response sent
        self.on_cancel: Callable[[], None] | None = None
        self.on_unacknowledged: Callable[[], None] | None = None
        self._layer = layer
        self._invite = request.method == "INVITE"
        self._last: Response | None = None
        self._interval = layer.timers.t1
        self._retransmission: asyncio.TimerHandle | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def respond(self, response: Response) -> None:
        """Send a response; nothing is sent after a final one."""
        if self.code >= 200:
            return
        self._last = response
        self.code = response.code
        self._layer.send(response, self.source)
        if response.code < 200:
            return
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(self._layer.timers.give_up, self._expire)
        if self._invite and (response.code < 300 or not self._layer.way.reliable):
            self._retransmission = loop.call_later(self._interval, self._retransmit)

    def repeated(self) -> None:
        """The request came again: so did our answer get lost, or has not been given."""
        if self._last is not None:
            self._layer.send(self._last, self.source)

    def acknowledged(self) -> None:
        """The ACK came: stop repeating the final answer."""
        self.on_unacknowledged = None
        if self._retransmission is not None:
            self._retransmission.cancel()
            self._retransmission = None

    def forget(self) -> None:
        """Leave the layer."""
        self.acknowledged()
        if self._deadline is not None:
            self._deadline.cancel()
        self._layer.drop_server(self)

    def _retransmit(self) -> None:
        if self._last is None:
            return
        self._layer.send(self._last, self.source)
        self._interval = min(self._interval * 2, self._layer.timers.t2)
        self._retransmission = asyncio.get_running_loop().call_later(self._interval, self._retransmit)

    def _expire(self) -> None:
        callback = self.on_unacknowledged
        self.forget()
        if callback is not None:
            callback()


class TransactionLayer:
    """All transactions of one socket."""

    def __init__(self, transmit: Callable[[bytes, Endpoint], None], above: Above, timers: Timers, way: Way) -> None:
        self.timers = timers
        self.way = way
        self.via_host = ""  # host:port written into Via, known once the socket is bound
        self._transmit = transmit
        self._above = above
        self._clients: dict[tuple[str, str], ClientTransaction] = {}
        self._servers: dict[tuple[str, ...], ServerTransaction] = {}

    def request(
        self, request: Request, destination: Endpoint, on_provisional: Callable[[Response], None] | None = None
    ) -> ClientTransaction:
        """Send a request in a new transaction (a Via with a fresh branch is put on it)."""
        branch = self.stamp(request)
        transaction = ClientTransaction(self, request, destination, on_provisional)
        self._add_client(transaction, branch)
        return transaction

    def cancel(self, invite: ClientTransaction) -> ClientTransaction:
        """Send a CANCEL for an INVITE of ours that has had a provisional answer."""
        headers = invite.request.headers
        cancel = wire.request(
            "CANCEL",
            invite.request.uri,
            from_header=headers["From"],
            to_header=headers["To"],
            call_id=headers["Call-ID"],
            sequence=int(headers["CSeq"].split()[0]),
        )
        cancel.headers.setlist("Via", headers.getlist("Via")[:1])
        if route := headers.getlist("Route"):
            cancel.headers.setlist("Route", route)
        transaction = ClientTransaction(self, cancel, invite.destination, None)
        self._add_client(transaction, invite.key[0])
        invite.cancelled()
        return transaction

    def stamp(self, request: Request) -> str:
        """Put our Via with a fresh branch on a request and return the branch."""
        branch = wire.new_branch()
        request.headers.setlist("Via", [f"SIP/2.0/{self.way.upper()} {self.via_host};branch={branch};rport"])
        return branch

    def send(self, message: Request | Response, destination: Endpoint) -> None:
        """Send a message as it is (an ACK to a 2xx has no transaction)."""
        self._above.on_wire(True, message, destination)
        self._transmit(bytes(message), destination)

    def receive(self, data: bytes, source: Endpoint) -> None:
        """Take a datagram."""
        if not data.strip(b"\r\n\0 "):
            return  # keep-alive
        try:
            message = wire.parse(data)
            branch = _branch(message)
        except (ValueError, KeyError) as error:
            _log.warning("simulator.not_sip", error=str(error), source=source, head=data[:80])
            return
        self._above.on_wire(False, message, source)
        if isinstance(message, Response):
            self._take_response(branch, message, source)
        else:
            self._take_request(branch, message, source)

    def close(self) -> None:
        """Forget all transactions; those who wait for an answer get a 408."""
        for client in list(self._clients.values()):
            client.forget()
            if not client.final.done():
                client.final.set_result(wire.response(client.request, 408, phrase="Closed"))
        for server in list(self._servers.values()):
            server.forget()

    def again(self) -> None:
        """The connection was made anew: ask again."""
        for client in list(self._clients.values()):
            client.again()

    def fail(self, reason: str, *, begun_only: bool = False) -> None:
        """The connection is lost: nobody waits for answers that cannot come (``begun_only``: that had begun to)."""
        for client in list(self._clients.values()):
            if client.provisional or not begun_only:
                client.fail(reason)

    def linger(self, *, invite: bool) -> float:
        """Return how long repeated final answers are absorbed: timers D and K, 0 where nothing is repeated."""
        if self.way.reliable:
            return 0.0
        return self.timers.absorb if invite else self.timers.t4

    def drop_client(self, transaction: ClientTransaction) -> None:
        """Forget a client transaction."""
        self._clients.pop(transaction.key, None)

    def drop_server(self, transaction: ServerTransaction) -> None:
        """Forget a server transaction."""
        self._servers.pop(transaction.key, None)

    def _add_client(self, transaction: ClientTransaction, branch: str) -> None:
        transaction.key = branch, transaction.request.method
        self._clients[transaction.key] = transaction

    def _take_response(self, branch: str, response: Response, source: Endpoint) -> None:
        method = response.headers["CSeq"].split()[-1]
        client = self._clients.get((branch, method))
        if client is not None:
            client.take(response)
        else:
            self._above.on_stray(response, source)

    def _take_request(self, branch: str, request: Request, source: Endpoint) -> None:
        sent_by = request.via[0]
        method = "INVITE" if request.method in ("ACK", "CANCEL") else request.method
        key = (branch, sent_by.host, str(sent_by.port or 5060), method)
        known = self._servers.get(key)
        if request.method == "ACK":
            if known is not None and known.code >= 300:
                known.acknowledged()
            else:
                self._above.on_request(request, source, None)
        elif request.method == "CANCEL":
            self._take_cancel(request, source, known)
        elif known is not None:
            known.repeated()
        else:
            transaction = ServerTransaction(self, key, request, source)
            self._servers[key] = transaction
            self._above.on_request(request, source, transaction)

    def _take_cancel(self, cancel: Request, source: Endpoint, invite: ServerTransaction | None) -> None:
        code = 481 if invite is None else 200
        self.send(wire.response(cancel, code, tag=wire.new_tag()), source)
        if invite is not None and invite.code < 200 and invite.on_cancel is not None:
            invite.on_cancel()


def _branch(message: Request | Response) -> str:
    """Return the first Via's branch. In a response that Via is one of ours: it need not be read as a stranger's."""
    if isinstance(message, Response) and (found := _OWN_BRANCH.search(message.headers["Via"])) is not None:
        return found[1]
    return message.via[0].parameters.get("branch") or ""

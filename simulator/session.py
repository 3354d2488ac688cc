"""The SIP side of one call: INVITE and its answer, requests inside the dialog, BYE. No audio in here."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog

from simulator.negotiation import Negotiation
from simulator.plumbing import EndedBy, Outgoing, Plumbing, Step
from simulator.sip import wire
from simulator.sip.dialog import Dialog
from simulator.sip.digest import Credentials, authorise
from simulator.sip.sdp import NotAcceptable
from simulator.sip.transactions import ClientTransaction, ServerTransaction
from simulator.sip.transport import Endpoint
from simulator.sip.wire import Address, Request, Response

_log = structlog.get_logger(__name__)
_SIGNAL = re.compile(rb"(?im)^Signal\s*=\s*([0-9A-D*#])")


class Session:
    """One call's signalling. Made by ``outgoing`` or ``incoming``; events tell what became of it."""

    def __init__(
        self, plumbing: Plumbing, call_id: str, tag: str, user: str, credentials: Credentials | None = None
    ) -> None:
        self.call_id = call_id
        self.tag = tag
        self.status = 0  # the INVITE's last status
        self.phrase = ""
        self.invited_at = time.monotonic()
        self.answered_at: float | None = None
        self.ended_at: float | None = None
        self.ended_by: EndedBy | None = None
        self.reason = ""  # "486 Busy Here", "BYE", "CANCEL"
        self.invited = asyncio.Event()  # the INVITE has left, or never will
        self.ringing = asyncio.Event()
        self.answered = asyncio.Event()
        self.ended = asyncio.Event()
        self.ladder: list[Step] = []
        self.info_digits = ""  # digits that came by INFO
        self.refer_status: list[str] = []  # status lines of NOTIFYs after our REFER
        self.refer_news = asyncio.Event()
        self.silent = False  # plays dead
        self.invite: Request | None = None
        self.negotiation: Negotiation | None = None
        self.on_end: Callable[[], None] | None = None
        self._plumbing = plumbing
        self._contact = plumbing.contact(user)
        self._dialog: Dialog | None = None
        self._credentials = credentials
        self._client: ClientTransaction | None = None
        self._left: Callable[[], None] | None = None  # to be told when the first INVITE has left
        self._server: ServerTransaction | None = None
        self._cancel_wanted = False
        self._cancel_sent = False
        self._offering = False
        self._ack: tuple[int, Request] | None = None
        self._unacknowledged: dict[int, ServerTransaction] = {}
        self._changing = asyncio.Lock()

    # --- calls we make

    async def place(
        self, out: Outgoing, negotiation: Negotiation, turn: Callable[[], Awaitable[Callable[[], None]]] | None = None
    ) -> None:
        """Send the INVITE (when its turn has come; tell when it has left) and see it through to its final answer."""
        try:
            if turn is not None:
                self._left = await turn()
                self.invited_at = time.monotonic()
            await self._place(out, negotiation)
        except Exception as error:  # nobody shall wait for a call that cannot even be written down
            self._end(EndedBy.US, f"not placed: {error}"[:200])
            raise

    async def _place(self, out: Outgoing, negotiation: Negotiation) -> None:
        self.negotiation = negotiation
        self._plumbing.adopt(self)
        extra = dict(out.headers)
        sequence = 1
        body = negotiation.offer()
        for _ in range(3):
            response = await self._invite(out, extra, sequence, body)
            header = authorise(response, self._credentials, "INVITE", str(out.uri))
            if not header or self._cancel_wanted:
                break
            extra = {**out.headers, **header}
            sequence += 1
        await self._final(response)

    async def _invite(self, out: Outgoing, extra: Mapping[str, str], sequence: int, body: bytes) -> Response:
        self.invite = wire.request(
            "INVITE",
            out.uri,
            from_header=f"{out.from_header};tag={self.tag}",
            to_header=f"<{out.uri}>",
            call_id=self.call_id,
            sequence=sequence,
            contact=self._contact,
            headers={"Allow": wire.ALLOW, "Supported": "replaces", **extra},
            body=body,
        )
        self._client = self._plumbing.layer.request(self.invite, out.destination, self._provisional)
        if not self.invited.is_set() and self._left is not None:
            self._left()
        self.invited.set()
        return await self._client.final

    def _provisional(self, response: Response) -> None:
        self.status, self.phrase = response.code, response.phrase
        if response.code in (180, 183):
            self.ringing.set()
        if self._cancel_wanted:
            self._send_cancel()

    async def _final(self, response: Response) -> None:
        assert self.invite is not None
        assert self._client is not None
        self.status, self.phrase = response.code, response.phrase
        if response.code >= 300:
            by = EndedBy.NETWORK if self._client.timed_out else EndedBy.PEER
            self._end(EndedBy.US if self._cancel_wanted else by, f"{response.code} {response.phrase}")
            return
        self._dialog = Dialog.from_response(self.invite, response, self._client.destination, self._contact)
        self._send_ack(response)
        try:
            self._negotiated(response.body)
        except NotAcceptable as error:
            await self.hang_up()
            self.reason = f"not acceptable: {error}"
            return
        if self._cancel_wanted:
            await self.hang_up()
            return
        self._established()

    def _send_ack(self, response: Response) -> None:
        assert self._dialog is not None
        sequence = response.cseq.sequence
        ack = self._dialog.request("ACK", sequence=sequence)
        self._plumbing.layer.stamp(ack)
        self._ack = (sequence, ack)
        self._plumbing.layer.send(ack, self._hop())

    async def cancel(self) -> None:
        """Give up a call of ours that has not been answered, and wait for its end."""
        if self.answered.is_set() or self.ended.is_set():
            return
        self._cancel_wanted = True
        if self._client is not None and self._client.provisional:
            self._send_cancel()
        await self.ended.wait()

    def _send_cancel(self) -> None:
        if self._client is not None and not self._client.final.done() and not self._cancel_sent:
            self._cancel_sent = True
            self._plumbing.layer.cancel(self._client)

    # --- calls that come in

    def take_invite(self, request: Request, transaction: ServerTransaction) -> None:
        """Take the peer's INVITE: answered 100 at once; ``ring``, ``answer`` or ``reject`` decide the rest."""
        self.invite = request
        self._server = transaction
        self._dialog = Dialog.from_request(request, self.tag, transaction.source, self._contact)
        self._plumbing.adopt(self)
        transaction.on_cancel = self._cancelled
        transaction.respond(wire.response(request, 100))

    def ring(self) -> None:
        """Say 180."""
        self._respond(180)

    def answer(self) -> None:
        """Say 200 with our description. Raises ``NotAcceptable`` (488 is sent) when no codec is common."""
        if self.ended.is_set() or self._server is None or self._server.code >= 200:
            return
        assert self.negotiation is not None
        try:
            body = self._answer_body(self._server.request)
        except NotAcceptable:
            self.reject(488)
            raise
        self._server.on_unacknowledged = self._never_acknowledged
        self._unacknowledged[self._server.request.cseq.sequence] = self._server
        self._respond(200, body)
        self._established()

    def reject(self, code: int = 486) -> None:
        """Refuse the call with a final status."""
        if self._server is not None and self._server.code < 200:
            self._respond(code)
            self._end(EndedBy.US, f"{code} {self.phrase}")

    def _respond(self, code: int, body: bytes = b"") -> None:
        assert self._server is not None
        if self.silent or self._server.code >= 200:
            return
        answer = wire.response(
            self._server.request,
            code,
            tag=self.tag,
            contact=self._contact,
            body=body,
            headers={"Allow": wire.ALLOW},
        )
        self.status, self.phrase = code, answer.phrase
        self._server.respond(answer)

    def _cancelled(self) -> None:
        self._respond(487)
        self._end(EndedBy.PEER, "CANCEL")

    def _never_acknowledged(self) -> None:
        _log.warning("simulator.no_ack", call_id=self.call_id)
        self._end(EndedBy.NETWORK, "no ACK")

    # --- inside the dialog

    async def change(self) -> Response:
        """Send a re-INVITE with our current offer and return its final response (hold and resume)."""
        async with self._changing:
            assert self.negotiation is not None
            self._offering = True
            try:
                response = await self.exchange("INVITE", body=self.negotiation.offer())
            finally:
                self._offering = False
            if response.code < 300:
                assert self._dialog is not None
                self._dialog.retarget(response)
                self._send_ack(response)
                self._negotiated(response.body)
            return response

    async def exchange(self, method: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Response:
        """Send a request inside the dialog, answering one challenge, and return the final response."""
        if self._dialog is None:
            raise RuntimeError("the call is not established")
        extra = dict(headers or {})
        for _ in range(2):
            request = self._dialog.request(method, body=body, headers=extra)
            response = await self._plumbing.layer.request(request, self._hop()).final
            header = authorise(response, self._credentials, method, str(request.uri))
            if not header:
                break
            extra |= header
        return response

    async def hang_up(self) -> None:
        """End the call whatever its stage: BYE, CANCEL or rejection (idempotent)."""
        if self.ended.is_set():
            return
        if self._server is not None and self._server.code < 200:
            self.reject(603)
        elif self._dialog is None:
            await self.cancel()
        else:
            self._end(EndedBy.US, "BYE", routed=True)
            try:
                await self.exchange("BYE")
            finally:
                self._plumbing.release(self)

    def drop(self) -> None:
        """Forget the call without a word to the peer."""
        self._end(EndedBy.US, "dropped")

    def take(self, request: Request, transaction: ServerTransaction | None) -> None:
        """Take a request of the peer's inside the dialog."""
        if self.silent:
            return
        if transaction is None:
            self._take_ack(request)
        elif self._dialog is None or not self._dialog.in_order(request):
            transaction.respond(wire.response(request, 500, tag=self.tag))
        elif request.method == "BYE":
            transaction.respond(wire.response(request, 200, tag=self.tag))
            if self._server is not None and self._server.code < 200:
                self._respond(487)
            self._end(EndedBy.PEER, "BYE")
        elif request.method in ("INVITE", "UPDATE"):
            self._take_change(request, transaction)
        else:
            self._take_other(request, transaction)

    def take_repeated(self, response: Response) -> None:
        """A 2xx came again: so our ACK was lost."""
        if self._ack is not None and response.code < 300 and response.cseq.sequence == self._ack[0]:
            self._plumbing.layer.send(self._ack[1], self._hop())

    def _take_ack(self, ack: Request) -> None:
        server = self._unacknowledged.pop(ack.cseq.sequence, None)
        if server is None:
            return
        server.acknowledged()
        if ack.body and not server.request.body:
            try:
                self._negotiated(ack.body)
            except NotAcceptable as error:
                _log.warning("simulator.bad_answer", error=str(error))

    def _take_change(self, request: Request, transaction: ServerTransaction) -> None:
        assert self._dialog is not None
        invite = request.method == "INVITE"
        if self._offering and (invite or request.body):
            transaction.respond(wire.response(request, 491, tag=self.tag))
            return
        self._dialog.retarget(request)
        try:
            body = self._answer_body(request) if invite or request.body else b""
        except NotAcceptable:
            transaction.respond(wire.response(request, 488, tag=self.tag))
            return
        if invite:
            self._unacknowledged[request.cseq.sequence] = transaction
        transaction.respond(wire.response(request, 200, tag=self.tag, contact=self._contact, body=body))

    def _take_other(self, request: Request, transaction: ServerTransaction) -> None:
        code = 200 if request.method in ("INFO", "NOTIFY", "OPTIONS", "MESSAGE", "PRACK") else 405
        if request.method == "REFER":
            code = 603
        if request.method == "INFO" and (signal := _SIGNAL.search(request.body)):
            self.info_digits += signal.group(1).decode()
        if request.method == "NOTIFY" and (request.headers.get("Event") or "").startswith("refer"):
            self.refer_status.append(request.body.decode("utf8", "replace").strip().split("\r\n")[0])
            self.refer_news.set()
        transaction.respond(wire.response(request, code, tag=self.tag, headers={"Allow": wire.ALLOW}))

    # --- common

    def _answer_body(self, request: Request) -> bytes:
        assert self.negotiation is not None
        if not request.body:
            return self.negotiation.offer()
        return self.negotiation.take_offer(request.body, self._peer_host())

    def _negotiated(self, body: bytes) -> None:
        assert self.negotiation is not None
        self.negotiation.take_answer(body, self._peer_host())

    def _established(self) -> None:
        self.answered_at = time.monotonic()
        self.answered.set()

    def _end(self, by: EndedBy, reason: str, *, routed: bool = False) -> None:
        if self.ended.is_set():
            return
        self.ended_by, self.reason, self.ended_at = by, reason, time.monotonic()
        self.ended.set()
        self.invited.set()
        for server in self._unacknowledged.values():
            server.acknowledged()
        if not routed:
            self._plumbing.release(self)
        if self.on_end is not None:
            self.on_end()

    def _hop(self) -> Endpoint:
        assert self._dialog is not None
        return self._dialog.next_hop(self._plumbing.guard)

    def _peer_host(self) -> str:
        return self._dialog.peer[0] if self._dialog is not None else ""

    @property
    def caller(self) -> Address | None:
        """Who calls, from the INVITE's From header; None when it cannot be read."""
        try:
            return None if self.invite is None else self.invite.from_address
        except ValueError:
            return None

"""A dialog (RFC 3261, section 12): who talks to whom, by which route, in which order."""

from collections.abc import Mapping

from simulator.sip import wire
from simulator.sip.transport import Endpoint, Guard, is_address, is_loopback
from simulator.sip.wire import URI, Address, Request, Response

DEFAULT_PORT = 5060


class Dialog:
    """One dialog, seen from our side. ``remote_target`` may change with every re-INVITE."""

    def __init__(
        self,
        *,
        call_id: str,
        local: str,
        remote: str,
        target: URI,
        route: list[str],
        sequence: int,
        peer: Endpoint,
        contact: str,
    ) -> None:
        self.call_id = call_id
        self.local = local  # our From/To header with our tag
        self.remote = remote  # the peer's, with its tag once known
        self.target = target
        self.route = route
        self.sequence = sequence
        self.remote_sequence = -1
        self.peer = peer  # where the peer's messages came from
        self.contact = contact

    @classmethod
    def from_response(cls, request: Request, response: Response, peer: Endpoint, contact: str) -> "Dialog":
        """Return the dialog that a 2xx to our INVITE makes."""
        dialog = cls(
            call_id=request.headers["Call-ID"],
            local=request.headers["From"],
            remote=response.headers["To"],
            target=request.uri,
            route=[str(address) for address in reversed(response.record_route)],
            sequence=int(request.headers["CSeq"].split()[0]),
            peer=peer,
            contact=contact,
        )
        dialog.retarget(response)
        return dialog

    @classmethod
    def from_request(cls, request: Request, tag: str, peer: Endpoint, contact: str) -> "Dialog":
        """Return the dialog that our 2xx to the peer's INVITE makes."""
        dialog = cls(
            call_id=request.headers["Call-ID"],
            local=f"{request.headers['To']};tag={tag}",
            remote=request.headers["From"],
            target=request.from_address.uri,
            route=[str(address) for address in request.record_route],
            sequence=0,
            peer=peer,
            contact=contact,
        )
        dialog.remote_sequence = request.cseq.sequence
        dialog.retarget(request)
        return dialog

    def retarget(self, message: Request | Response) -> None:
        """Take the peer's contact as the new remote target, when the message brings one that can be read."""
        try:
            contacts: list[Address] = message.contact
        except ValueError:
            return
        if contacts:
            self.target = contacts[0].uri

    def request(
        self,
        method: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        sequence: int | None = None,
    ) -> Request:
        """Return the next request in this dialog (``sequence`` given: an ACK for that INVITE)."""
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        message = wire.request(
            method,
            self.target,
            from_header=self.local,
            to_header=self.remote,
            call_id=self.call_id,
            sequence=sequence,
            contact=self.contact if method not in ("ACK", "BYE") else "",
            headers=headers,
            body=body,
        )
        if self.route:
            message.headers.setlist("Route", list(self.route))
        return message

    def in_order(self, request: Request) -> bool:
        """Tell whether the peer's request is newer than the last one, and remember it."""
        sequence = request.cseq.sequence
        if sequence <= self.remote_sequence:
            return False
        self.remote_sequence = sequence
        return True

    def next_hop(self, guard: Guard) -> Endpoint:
        """Return where requests go: the first route or the remote target, else back to where the peer sent from.

        A host that the guard refuses, or that is a name or of another family, is replaced by the peer's own address:
        a peer on this machine may write its outside address into its contact.
        """
        uri = Address.parse(self.route[0]).uri if self.route else self.target
        host = uri.host.strip("[]")
        if host == "localhost" and is_loopback(self.peer[0]):
            host = self.peer[0]
        if not is_address(host) or not guard.allows(host) or (":" in host) != (":" in self.peer[0]):
            return self.peer
        return host, uri.port or DEFAULT_PORT

"""SIP messages on the wire: ``sipmessage``, with its strictness softened where real peers need it."""

import re
import secrets
from collections.abc import Mapping

from sipmessage import URI, Address, CSeq, Message, Parameters, Request, Response, Via

MAX_FORWARDS = 70
ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, NOTIFY, REFER, MESSAGE"
BRANCH_COOKIE = "z9hG4bK"

PHRASES: Mapping[int, str] = {
    100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 183: "Session Progress", 200: "OK", 202: "Accepted",
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    407: "Proxy Authentication Required", 408: "Request Timeout", 480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist", 486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here",
    491: "Request Pending", 500: "Server Internal Error", 503: "Service Unavailable", 600: "Busy Everywhere",
    603: "Decline",
}  # fmt: skip

_FOLD = re.compile(rb"\r\n[ \t]+")
_SPACED_NAME = re.compile(rb"(?m)^([A-Za-z0-9-]+)[ \t]+:")

__all__ = [
    "ALLOW", "URI", "Address", "CSeq", "Message", "Parameters", "Request", "Response", "Via", "copy_to_response",
    "new_branch", "new_call_id", "new_tag", "parse", "request", "response", "tag_of", "with_tag",
]  # fmt: skip


def parse(data: bytes) -> Request | Response:
    """Parse one message; folded header lines and blanks before a colon are taken too.

    Raises ``ValueError`` on anything that is not a SIP message. Bytes after Content-Length are cut off.
    """
    head, separator, body = data.partition(b"\r\n\r\n")
    if b"\r\n " in head or b"\r\n\t" in head:
        head = _FOLD.sub(b" ", head)
    if b" :" in head or b"\t:" in head:
        head = _SPACED_NAME.sub(rb"\1:", head)
    message = Message.parse(head + separator + body)
    missing = [name for name in ("Via", "From", "To", "Call-ID", "CSeq") if not message.headers.get(name)]
    if missing:
        raise ValueError(f"SIP message without {', '.join(missing)}")
    length = message.headers.get("Content-Length")
    if length is not None and length.isdigit():
        message.body = message.body[: int(length)]
    return message


def new_branch() -> str:
    """Return a fresh branch, unique in space and time."""
    return BRANCH_COOKIE + secrets.token_hex(8)


def new_tag() -> str:
    """Return a fresh tag."""
    return secrets.token_hex(6)


def new_call_id(host: str) -> str:
    """Return a fresh Call-ID."""
    return f"{secrets.token_hex(10)}@{host}"


def tag_of(address: Address) -> str:
    """Return the address's tag, or ""."""
    return address.parameters.get("tag") or ""


def with_tag(address: Address, tag: str) -> Address:
    """Return the address with the given tag."""
    return Address(uri=address.uri, name=address.name, parameters=address.parameters.replace(tag=tag))


def request(
    method: str,
    uri: URI,
    *,
    from_header: str,
    to_header: str,
    call_id: str,
    sequence: int,
    contact: str = "",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    content_type: str = "application/sdp",
) -> Request:
    """Return a request without Via (the transaction puts it there). Header values are written as they are."""
    message = Request(method, uri, body)
    add = message.headers.add
    add("Max-Forwards", str(MAX_FORWARDS))
    add("From", from_header)
    add("To", to_header)
    add("Call-ID", call_id)
    add("CSeq", f"{sequence} {method}")
    if contact:
        add("Contact", contact)
    for key, value in (headers or {}).items():
        add(key, value)
    _finish(message, body, content_type)
    return message


def response(
    to: Request,
    code: int,
    *,
    phrase: str = "",
    tag: str = "",
    contact: str = "",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    content_type: str = "application/sdp",
) -> Response:
    """Return a response to a request, with its Via, From, To (tag added when it has none), Call-ID and CSeq."""
    message = Response(code, phrase or PHRASES.get(code, "Unknown"), body)
    copy_to_response(to, message, tag)
    if contact:
        message.headers.add("Contact", contact)
    for key, value in (headers or {}).items():
        message.headers.add(key, value)
    _finish(message, body, content_type)
    return message


def copy_to_response(to: Request, message: Response, tag: str) -> None:
    """Copy what RFC 3261, 8.2.6.2 and 12.1.1, tell to copy from a request into its response."""
    for key in ("Via", "Record-Route", "From"):
        for value in to.headers.getlist(key):
            message.headers.add(key, value)
    to_value = to.headers.get("To") or ""
    if tag and not re.search(r";\s*tag=", to_value, re.IGNORECASE):
        to_value = f"{to_value};tag={tag}"
    message.headers.add("To", to_value)
    message.headers.add("Call-ID", to.headers.get("Call-ID") or "")
    message.headers.add("CSeq", to.headers.get("CSeq") or "")


def _finish(message: Request | Response, body: bytes, content_type: str) -> None:
    if body:
        message.headers.add("Content-Type", content_type)
    message.headers.add("Content-Length", str(len(body)))

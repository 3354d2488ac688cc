"""Call data as SIP headers: ``X-Hotline-Subject`` and its like, percent-encoded UTF-8 (RFC 3986), so that no value can
end its header or say anything else than itself. What comes in is cleaned and bounded (``calls.passing``)."""

from collections.abc import Awaitable, Callable, Iterator
from urllib.parse import quote, unquote

from calls.passing import CallData

HEADERS = {
    "hotline": "X-Hotline-From",
    "caller": "X-Hotline-Caller",
    "ticket": "X-Hotline-Ticket",
    "subject": "X-Hotline-Subject",
}
"""Field of ``CallData`` -> SIP header. The template of extensions.conf has the same, see ``variables``."""

PRE_DIAL = "b(hotline-data^s^1)"
"""Dial's option that has the headers of ``variables`` added to the INVITE."""

_RAW_LIMIT = 600  # characters of a header's value that are looked at


def variables(data: CallData) -> Iterator[tuple[str, str]]:
    """Return the channel variables (inherited by the leg that is rung) out of which the headers are made."""
    for field in HEADERS:
        yield f"_HOTLINE_DATA_{field.upper()}", quote(getattr(data, field), safe="+")


def expression(header: str) -> str:
    """Return what Asterisk replaces by the value of a header of the INVITE that came in."""
    return f"${{PJSIP_HEADER(read,{header})}}"


async def read(get: Callable[[str], Awaitable[str]]) -> CallData:
    """Return what came in; ``get`` returns the value of an expression."""
    raw = {field: await get(expression(header)) for field, header in HEADERS.items()}
    return CallData.cleaned(**{field: unquote(value[:_RAW_LIMIT]) for field, value in raw.items()})

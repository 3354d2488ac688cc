"""``--target sip:HOST:PORT``, ``sip:HOST;transport=tcp``, ``sips:HOST``: whom a scenario calls, and by what."""

import re
from dataclasses import dataclass
from pathlib import Path

from simulator import CannotConnect, Trust, Way

_ADDRESS = re.compile(
    r"^(?P<scheme>sips?):(?:[^@]*@)?(?P<host>\[[^\]]+\]|[^:;\[\]@]+)(?::(?P<port>\d{1,5}))?(?P<more>(?:;.*)?)$", re.I
)
_PORTS = {Way.UDP: 5060, Way.TCP: 5060, Way.TLS: 5061}


@dataclass(frozen=True, slots=True)
class SipTarget:
    """A SIP server."""

    host: str
    port: int
    way: Way = Way.UDP


def sip_target(text: str) -> SipTarget:
    """Return the server that is meant. Raises ``ValueError`` with a remedy."""
    found = _ADDRESS.match(text)
    port = int(found["port"] or 0) if found is not None else 0
    if found is None or port > 65_535:
        raise ValueError(f"{text!r} is no SIP address: write sip:127.0.0.1:5060, sip:HOST;transport=tcp or sips:HOST")
    named = re.search(r";transport=([^;]*)", found["more"], re.I)
    word = named[1].lower() if named is not None else ""
    if word and word not in set(Way):
        raise ValueError(f"transport={word} is not spoken: {', '.join(Way)} are")
    secured = found["scheme"].lower() == "sips"
    if secured and word == Way.UDP:
        raise ValueError("sips: is never sent by UDP: leave transport=udp out, or write sip:")
    way = Way.TLS if secured else Way(word or Way.UDP)
    return SipTarget(found["host"].strip("[]"), port or _PORTS[way], way)


def trust_of(target: SipTarget, ca: Path | None, *, insecure: bool) -> Trust:
    """Return whose certificates are good. Raises ``ValueError`` for options that mean nothing here, or name no
    certificate."""
    if target.way is not Way.TLS and (ca is not None or insecure):
        raise ValueError(f"{'--ca' if ca is not None else '--insecure'} is for TLS: write --target sips:HOST")
    if ca is not None and insecure:
        raise ValueError("--ca and --insecure: one says whom to trust, the other that it does not matter: choose")
    trust = Trust(ca, insecure)
    if ca is not None:
        try:
            trust.context()
        except CannotConnect as error:
            raise ValueError(f"--ca: {error}") from error
    return trust

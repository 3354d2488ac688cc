"""Digest authentication (RFC 7616 and, for peers without qop, RFC 2617), both sides of it."""

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from simulator.sip.wire import Response

_PARAMETER = re.compile(r'([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_HASHES = {"MD5": "md5", "SHA-256": "sha256"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we say we are when challenged."""

    username: str
    secret: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """A digest challenge (WWW-Authenticate or Proxy-Authenticate)."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    qop: str = ""  # "auth" when the peer offers it
    opaque: str = ""
    stale: bool = False


def parameters_of(value: str) -> dict[str, str]:
    """Return the parameters of a digest header, names in lower case, quotes removed."""
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() != "digest":
        return {}
    found = _PARAMETER.findall(rest)
    return {name.lower(): re.sub(r"\\(.)", r"\1", quoted) if quoted else token for name, quoted, token in found}


def choose(challenges: Iterable[str]) -> Challenge | None:
    """Return the first challenge that can be answered, or None."""
    for value in challenges:
        found = parameters_of(value)
        algorithm = found.get("algorithm", "MD5").upper()
        qops = {part.strip().lower() for part in found.get("qop", "").split(",")} - {""}
        if "realm" not in found or "nonce" not in found or algorithm not in _HASHES or (qops and "auth" not in qops):
            continue
        return Challenge(
            realm=found["realm"],
            nonce=found["nonce"],
            algorithm=algorithm,
            qop="auth" if qops else "",
            opaque=found.get("opaque", ""),
            stale=found.get("stale", "").lower() == "true",
        )
    return None


def answer(challenge: Challenge, credentials: Credentials, method: str, uri: str, *, cnonce: str = "") -> str:
    """Return the Authorization header's value for a request."""
    cnonce = cnonce or secrets.token_hex(8)
    count = "00000001"
    digest = _response(challenge, credentials, method, uri, (count, cnonce))
    parts = [
        f'username="{_quote(credentials.username)}"',
        f'realm="{_quote(challenge.realm)}"',
        f'nonce="{_quote(challenge.nonce)}"',
        f'uri="{uri}"',
        f'response="{digest}"',
        f"algorithm={challenge.algorithm}",
    ]
    if challenge.opaque:
        parts.append(f'opaque="{_quote(challenge.opaque)}"')
    if challenge.qop:
        parts += [f"qop={challenge.qop}", f"nc={count}", f'cnonce="{cnonce}"']
    return "Digest " + ", ".join(parts)


def is_right(authorization: str, challenge: Challenge, secrets_by_user: Mapping[str, str], method: str) -> bool:
    """Tell whether an Authorization header answers the challenge with a known user's secret."""
    found = parameters_of(authorization)
    secret = secrets_by_user.get(found.get("username", ""))
    if secret is None or found.get("nonce") != challenge.nonce or found.get("realm") != challenge.realm:
        return False
    credentials = Credentials(found["username"], secret)
    expected = _response(
        challenge, credentials, method, found.get("uri", ""), (found.get("nc", ""), found.get("cnonce", ""))
    )
    return secrets.compare_digest(expected, found.get("response", ""))


def _response(challenge: Challenge, credentials: Credentials, method: str, uri: str, nonces: tuple[str, str]) -> str:
    def hashed(text: str) -> str:
        return hashlib.new(_HASHES[challenge.algorithm], text.encode(), usedforsecurity=False).hexdigest()

    secret = hashed(f"{credentials.username}:{challenge.realm}:{credentials.secret}")
    what = hashed(f"{method}:{uri}")
    if challenge.qop:
        return hashed(f"{secret}:{challenge.nonce}:{nonces[0]}:{nonces[1]}:{challenge.qop}:{what}")
    return hashed(f"{secret}:{challenge.nonce}:{what}")


def _quote(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def authorise(message: Response, credentials: Credentials | None, method: str, uri: str) -> dict[str, str]:
    """Return the header that answers a 401 or 407, or {} when it cannot be answered."""
    if credentials is None or message.code not in (401, 407):
        return {}
    asks, answers = (
        ("WWW-Authenticate", "Authorization") if message.code == 401 else ("Proxy-Authenticate", "Proxy-Authorization")
    )
    challenge = choose(message.headers.getlist(asks))
    return {} if challenge is None else {answers: answer(challenge, credentials, method, uri)}

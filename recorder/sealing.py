"""Encryption at rest: AES-256-GCM by ``cryptography``. Blocking; used from a thread.

Each file has a key of its own, which stands in the file's head, encrypted by a *house key* that lies elsewhere. So a
new house key means new heads and no new audio. The audio is cut into chunks, each sealed with its number and whether it
is the last one: a file that was cut short, lengthened or put together anew is refused.

    file = MAGIC, length of the key's name (1 byte), name, nonce (12), file key sealed by the house key (48), chunks
    chunk = up to 64 KiB of audio, and 16 bytes that prove it
"""

import base64
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SEALED = ".sealed"
MAGIC = b"HOTLREC1"
_CHUNK = 64 * 1024
_TAG = 16
_NONCE = 12
_KEY = 32
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")


class SealError(Exception):
    """A sealed file cannot be read, or a keys file cannot be used; says why."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The house keys by name. The first seals; all of them open."""

    by_name: dict[str, bytes]

    @property
    def current(self) -> str:
        """The name of the key that seals."""
        return next(iter(self.by_name))

    @classmethod
    def load(cls, file: Path) -> "Keys":
        """Read a keys file: lines of a name and 32 bytes in base64, the current one first. Raises ``SealError``."""
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise SealError(f"the keys file {file} cannot be read: {error}") from error
        keys: dict[str, bytes] = {}
        for number, line in enumerate(lines, 1):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            keys.update([_key_of(words, f"{file}, line {number}")])
        if not keys:
            raise SealError(f"the keys file {file} holds no key: `hotline recordings new-key` makes one")
        return cls(keys)


def add_key(file: Path) -> str:
    """Put a new key first in a keys file (made when missing, for its owner only); return its name. Raises ``SealError``
    when what is there cannot be read."""
    before = ""
    taken: set[str] = set()
    if file.exists():
        taken = set(Keys.load(file).by_name)
        before = file.read_text(encoding="utf-8")
    name = next(f"k{number}" for number in range(1, len(taken) + 2) if f"k{number}" not in taken)
    line = f"{name} {base64.b64encode(secrets.token_bytes(_KEY)).decode()}\n"
    part = file.with_name(file.name + ".part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            out.write(line + before)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
    except OSError as error:
        raise SealError(f"the keys file {file} cannot be written: {error}") from error
    return name


def seal(source: Path, target: Path, keys: Keys) -> None:
    """Write ``target``, sealed. Raises ``OSError``."""
    file_key = AESGCM.generate_key(256)
    cipher = AESGCM(file_key)
    with source.open("rb") as plain, target.open("wb") as out:
        out.write(_head(file_key, keys))
        number, chunk = 0, plain.read(_CHUNK)
        while True:
            following = plain.read(_CHUNK)
            out.write(cipher.encrypt(_nonce(number), chunk, b"more" if following else b"last"))
            if not following:
                return
            number, chunk = number + 1, following


def unseal(sealed: BinaryIO, keys: Keys) -> Iterator[bytes]:
    """Yield what was sealed, chunk by chunk. Raises ``SealError`` when it was altered or its key is not there."""
    _, file_key = _open_head(sealed, keys)
    cipher = AESGCM(file_key)
    number, chunk = 0, sealed.read(_CHUNK + _TAG)
    while True:
        following = sealed.read(_CHUNK + _TAG)
        try:
            yield cipher.decrypt(_nonce(number), chunk, b"more" if following else b"last")
        except InvalidTag as error:
            raise SealError("the file was cut short or altered") from error
        if not following:
            return
        number, chunk = number + 1, following


def key_name(sealed: BinaryIO) -> str:
    """Return the name of the house key that a file was sealed with; raises ``SealError``."""
    if sealed.read(len(MAGIC)) != MAGIC:
        raise SealError("this is no sealed recording")
    length = sealed.read(1)
    name = sealed.read(length[0]) if length else b""
    if not _NAME.fullmatch(name.decode("ascii", "replace")):
        raise SealError("the head of the file is damaged")
    return name.decode("ascii")


def renew(sealed: BinaryIO, target: Path, keys: Keys) -> None:
    """Write ``target``: the same with a head for the current key. Raises ``SealError`` and ``OSError``."""
    _, file_key = _open_head(sealed, keys)
    with target.open("wb") as out:
        out.write(_head(file_key, keys))
        while block := sealed.read(1 << 20):
            out.write(block)


def _head(file_key: bytes, keys: Keys) -> bytes:
    name = keys.current.encode("ascii")
    begin = MAGIC + bytes([len(name)]) + name
    nonce = secrets.token_bytes(_NONCE)
    return begin + nonce + AESGCM(keys.by_name[keys.current]).encrypt(nonce, file_key, begin)


def _open_head(sealed: BinaryIO, keys: Keys) -> tuple[str, bytes]:
    name = key_name(sealed)
    if name not in keys.by_name:
        raise SealError(f"it is sealed with the key {name}, which is not in the keys file")
    nonce, wrapped = sealed.read(_NONCE), sealed.read(_KEY + _TAG)
    begin = MAGIC + bytes([len(name)]) + name.encode("ascii")
    try:
        return name, AESGCM(keys.by_name[name]).decrypt(nonce, wrapped, begin)
    except (InvalidTag, ValueError) as error:
        raise SealError(f"the head of the file is damaged, or {name} is another key than it was") from error


def _nonce(number: int) -> bytes:
    return number.to_bytes(_NONCE, "big")


def _key_of(words: list[str], place: str) -> tuple[str, bytes]:
    if len(words) != 2 or not _NAME.fullmatch(words[0]):
        raise SealError(f"{place}: write a name and a key, like `hotline recordings new-key` does")
    try:
        key = base64.b64decode(words[1], validate=True)
    except ValueError:
        key = b""
    if len(key) != _KEY:
        raise SealError(f"{place}: the key is not 32 bytes in base64")
    return words[0], key

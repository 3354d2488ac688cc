"""PINs that flows ask for: kept as salted hashes in the state folder, and locked after too many wrong ones.

Wrong ones are counted for each caller's number, and for each PIN over all callers, so that neither one telephone nor
many can try them out. The counts are forgotten with time and at a restart.
"""

import asyncio
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

import structlog

from calls import Clock
from hotline.wrong_tries import WrongTries
from ivr.outside import PinAnswer

log = structlog.get_logger(__name__)

PIN = re.compile(r"[0-9]{4,12}")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
_N, _R, _P = 2**14, 8, 1  # scrypt: some 50 ms a try
_WITHIN_S = 900.0  # wrong ones are remembered so long
_MOST_OF_CALLER = 5
_MOST_OF_ALL = 50


class PinFile:
    """The hashes on disk. Raises ``OSError`` when it cannot be read or written, ``ValueError`` when it is spoilt."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        """Return the names that have a PIN."""
        return sorted(self._read())

    def set(self, name: str, pin: str) -> None:
        """Keep a PIN; raises ``ValueError`` for one that is no PIN."""
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name: use letters a-z, digits and _, beginning with a letter")
        if not PIN.fullmatch(pin):
            raise ValueError("a PIN has 4 to 12 digits")
        salt = secrets.token_bytes(16)
        self._write({**self._read(), name: f"{salt.hex()}${_hash(pin, salt).hex()}"})

    def remove(self, name: str) -> bool:
        """Forget a PIN; return whether there was one."""
        kept = dict(self._read())
        there = kept.pop(name, None) is not None
        if there:
            self._write(kept)
        return there

    def is_right(self, name: str, pin: str) -> bool:
        """Return whether this is the PIN of that name. Takes some 50 ms: not for the event loop."""
        salt, _, kept = self._read().get(name, "00$").partition("$")
        found = _hash(pin, bytes.fromhex(salt))
        return hmac.compare_digest(found.hex(), kept)

    def _read(self) -> Mapping[str, str]:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        if not isinstance(kept, dict):
            raise ValueError(f"{self._path} is spoilt: set the PINs anew")  # noqa: TRY004 - the file's fault, not ours
        return {str(name): str(value) for name, value in kept.items()}

    def _write(self, kept: Mapping[str, str]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(kept, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)


class FlowPins:
    """``ivr.outside.Pins``."""

    def __init__(self, file: PinFile, clock: Clock) -> None:
        self._file = file
        self._wrong = WrongTries(clock, _WITHIN_S)

    async def answer(self, name: str, digits: str, caller: str) -> PinAnswer:
        """Say whether this is the PIN of that name."""
        mine, all_ = (name, caller or "hidden"), (name, "")
        if self._wrong.lately(mine) >= _MOST_OF_CALLER or self._wrong.lately(all_) >= _MOST_OF_ALL:
            log.warning("pin.locked", pin=name)
            return PinAnswer.LOCKED
        self._wrong.count(mine, all_)
        if await asyncio.to_thread(self._file.is_right, name, digits):
            self._wrong.forgive(mine, all_)
            return PinAnswer.RIGHT
        log.warning("pin.wrong", pin=name)
        return PinAnswer.WRONG


def pins_set(path: Path) -> frozenset[str]:
    """Return the names that have a PIN, for the checker; none where the file cannot be read."""
    try:
        return frozenset(PinFile(path).names())
    except (OSError, ValueError):
        return frozenset()


def _hash(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=_N, r=_R, p=_P)

"""Who hung up while waiting and calls again within a minute keeps the original time of arrival. Pure.

Numbers are not kept, only a keyed hash of them, for as long as the time lasts.
"""

import hashlib
import secrets
from collections import OrderedDict

KEEP_S = 60.0  # from hanging up to calling again
_MOST = 10_000  # numbers remembered at most; the oldest are forgotten first


class RedialMemory:
    """Number -> time of arrival, of callers who hung up while waiting. All times are epoch seconds."""

    def __init__(self, key: bytes | None = None, keep_s: float = KEEP_S) -> None:
        """``key`` (1 to 64 bytes) makes the hashes worthless to others; None: one is drawn."""
        self._key = secrets.token_bytes(16) if key is None else key
        self._keep_s = keep_s
        self._left: OrderedDict[bytes, tuple[float, float]] = OrderedDict()  # hash -> (hung up at, arrival)

    def __len__(self) -> int:
        return len(self._left)

    def left(self, number: str, since: float, now: float) -> None:
        """A caller who came at ``since`` has hung up. A hidden number ("") is nobody's."""
        self._forget(now)
        if number:
            key = self._hash(number)
            self._left.pop(key, None)
            self._left[key] = now, since
            if len(self._left) > _MOST:
                self._left.popitem(last=False)

    def take(self, number: str, now: float) -> float | None:
        """Return the arrival that counts for a number which calls now, once; None: it is a new caller."""
        self._forget(now)
        found = self._left.pop(self._hash(number), None) if number else None
        return None if found is None else found[1]

    def _forget(self, now: float) -> None:
        while self._left:
            key, (at, _) = next(iter(self._left.items()))
            if now - at <= self._keep_s:
                return
            del self._left[key]

    def _hash(self, number: str) -> bytes:
        return hashlib.blake2b(number.encode(), key=self._key, digest_size=16).digest()

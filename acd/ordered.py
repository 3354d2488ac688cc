"""A sorted sequence kept in short chunks: adding, removing and counting ahead stay cheap however long the line is."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Any, Generic, Protocol, TypeVar

_CHUNK = 512  # one chunk is one small memory move; two of these trigger a split


class Comparable(Protocol):
    """Anything with an order."""

    def __lt__(self, other: Any, /) -> bool: ...


K = TypeVar("K", bound=Comparable)


class Ordered(Generic[K]):
    """Unique keys in ascending order. ``add`` and ``remove`` cost about the square root of the length at worst."""

    __slots__ = ("_chunks", "_length")

    def __init__(self) -> None:
        self._chunks: list[list[K]] = []
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[K]:
        for chunk in self._chunks:
            yield from chunk

    def first(self) -> K | None:
        """Return the least key, or None when empty."""
        return self._chunks[0][0] if self._chunks else None

    def add(self, key: K) -> None:
        """Put ``key`` (not yet in) at its place."""
        self._length += 1
        if not self._chunks:
            self._chunks.append([key])
            return
        at = min(self._chunk_of(key), len(self._chunks) - 1)
        chunk = self._chunks[at]
        insort(chunk, key)
        if len(chunk) > 2 * _CHUNK:
            self._chunks.insert(at + 1, chunk[_CHUNK:])
            del chunk[_CHUNK:]

    def remove(self, key: K) -> bool:
        """Take ``key`` out and return whether it was the first; raises ``KeyError`` when it is not in."""
        first = key == self.first()
        at, index = (0, 0) if first else self._find(key)  # by far the most are the first
        chunk = self._chunks[at]
        del chunk[index]
        self._length -= 1
        if not chunk:
            del self._chunks[at]
        return first

    def count_before(self, key: K) -> int:
        """Return how many keys are less than ``key``, which need not be in."""
        at = self._chunk_of(key)
        ahead = sum(map(len, self._chunks[:at]))
        return ahead if at == len(self._chunks) else ahead + bisect_left(self._chunks[at], key)

    def _find(self, key: K) -> tuple[int, int]:
        """Return chunk and index of ``key``; raises ``KeyError``."""
        at = self._chunk_of(key)
        if at < len(self._chunks):
            index = bisect_left(self._chunks[at], key)
            if self._chunks[at][index] == key:
                return at, index
        raise KeyError(key)

    def _chunk_of(self, key: K) -> int:
        """Return the index of the first chunk whose last key is not less than ``key``."""
        low, high = 0, len(self._chunks)
        while low < high:
            middle = (low + high) // 2
            if self._chunks[middle][-1] < key:
                low = middle + 1
            else:
                high = middle
        return low

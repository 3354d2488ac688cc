"""A sorted sequence kept in short chunks: adding, removing and counting ahead stay cheap however long the line is.

Each chunk keeps the first numbers of its keys once more, side by side in memory: a search among keys that lie scattered
over a large heap waits for memory at every step.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

_CHUNK = 512  # one chunk is one small memory move; two of these trigger a split

K = TypeVar("K", bound=tuple[Any, ...])


class Ordered(Generic[K]):
    """Unique keys in ascending order: tuples that begin with a number (float). ``add`` and ``remove`` cost about the
    square root of the length at worst."""

    __slots__ = ("_chunks", "_length", "_numbers")

    def __init__(self) -> None:
        self._chunks: list[list[K]] = []
        self._numbers: list[array[float]] = []  # of each chunk
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
        chunks = self._chunks
        if not chunks:
            chunks.append([key])
            self._numbers.append(array("d", key[:1]))
            return
        at = min(self._chunk_of(key), len(chunks) - 1) if len(chunks) > 1 else 0
        index = self._index(at, key)
        chunks[at].insert(index, key)
        self._numbers[at].insert(index, key[0])
        if len(chunks[at]) > 2 * _CHUNK:
            self._split(at)

    def remove(self, key: K) -> bool:
        """Take ``key`` out and return whether it was the first; raises ``KeyError`` when it is not in."""
        chunks = self._chunks
        first = bool(chunks) and key == chunks[0][0]
        at, index = (0, 0) if first else self._find(key)  # by far the most are the first
        chunk = chunks[at]
        del chunk[index], self._numbers[at][index]
        self._length -= 1
        if not chunk:
            del chunks[at], self._numbers[at]
        return first

    def count_before(self, key: K) -> int:
        """Return how many keys are less than ``key``, which need not be in."""
        at = self._chunk_of(key)
        ahead = sum(map(len, self._chunks[:at]))
        return ahead if at == len(self._chunks) else ahead + self._index(at, key)

    def _find(self, key: K) -> tuple[int, int]:
        """Return chunk and index of ``key``; raises ``KeyError``."""
        at = self._chunk_of(key)
        if at < len(self._chunks):
            index = self._index(at, key)
            if self._chunks[at][index] == key:
                return at, index
        raise KeyError(key)

    def _index(self, at: int, key: K) -> int:
        """Return the index in chunk ``at`` of the first key that is not less than ``key``."""
        numbers, number = self._numbers[at], key[0]
        index = bisect_left(numbers, number)
        if index == len(numbers) or numbers[index] != number:
            return index
        return bisect_left(self._chunks[at], key, index, bisect_right(numbers, number, index))

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

    def _split(self, at: int) -> None:
        keys, numbers = self._chunks[at], self._numbers[at]
        self._chunks.insert(at + 1, keys[_CHUNK:])
        self._numbers.insert(at + 1, numbers[_CHUNK:])
        del keys[_CHUNK:], numbers[_CHUNK:]

"""A sorted sequence kept in short chunks: adding, removing and counting ahead stay cheap however long the line is.

Each chunk keeps the first numbers of its keys once more, side by side in memory: a search among keys that lie scattered
over a large heap waits for memory at every step.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from operator import attrgetter
from typing import Any, Generic, Protocol, TypeVar, cast

_CHUNK = 512  # one chunk is one small memory move; two of these trigger a split
_LATE = 64  # most who come belong near the end: they are sought there first
_CLEARED = 32  # so many who left the head are cleared at once

_key = attrgetter("key")


class Keyed(Protocol):
    """What has a place: a tuple that begins with a number (float) and does not change."""

    @property
    def key(self) -> tuple[Any, ...]:
        """The place."""


T = TypeVar("T", bound=Keyed)


class Ordered(Generic[T]):
    """Things with unique keys, in ascending order. ``add`` and ``remove`` cost about the square root of the length at
    worst.

    Nearly all who leave are the first: the places they leave in the first chunk are cleared many at a time.

    ``first``: the first, or None when empty.
    """

    __slots__ = ("_chunks", "_gone", "_numbers", "first")

    def __init__(self) -> None:
        self._chunks: list[list[T]] = []
        self._numbers: list[array[float]] = []  # of each chunk
        self.first: T | None = None
        self._gone = 0  # how many at the head of the first chunk are in no longer

    def __len__(self) -> int:
        return sum(map(len, self._chunks)) - self._gone

    def __iter__(self) -> Iterator[T]:
        self._clear()
        for chunk in self._chunks:
            yield from chunk

    def add(self, thing: T) -> bool:
        """Put ``thing`` (not yet in) at its place, and return whether it is the first now."""
        key, chunks = thing.key, self._chunks
        if not chunks:
            chunks.append([thing])
            self._numbers.append(array("d", key[:1]))
            self.first = thing
            return True
        at = len(chunks) - 1
        if at:
            at = min(at, self._chunk_of(key))
        index, chunk = self._index(at, key), chunks[at]
        chunk.insert(index, thing)
        self._numbers[at].insert(index, key[0])
        if index == self._gone and not at:
            self.first = thing
        if len(chunk) > 2 * _CHUNK:
            self._split(at)
        return self.first is thing

    def remove(self, thing: T) -> bool:
        """Take ``thing`` out and return whether it was the first; raises ``KeyError`` when it is not in."""
        if thing is self.first:
            chunk, gone = self._chunks[0], self._gone
            chunk[gone] = cast("T", None)  # let go of
            gone += 1
            self._gone = gone
            if gone < _CLEARED and gone < len(chunk):
                self.first = chunk[gone]
            else:
                self._clear()
                self.first = self._chunks[0][0] if self._chunks else None
            return True
        at, index = self._find(thing)
        chunk = self._chunks[at]
        del chunk[index], self._numbers[at][index]
        if not chunk:
            del self._chunks[at], self._numbers[at]
        return False

    def count_before(self, key: tuple[Any, ...]) -> int:
        """Return how many are before the place ``key``, where nobody need be."""
        at = self._chunk_of(key)
        ahead = sum(map(len, self._chunks[:at])) - self._gone
        return ahead if at == len(self._chunks) else ahead + self._index(at, key)

    def _find(self, thing: T) -> tuple[int, int]:
        """Return chunk and index of ``thing``; raises ``KeyError``."""
        at = self._chunk_of(thing.key)
        if at < len(self._chunks):
            index = self._index(at, thing.key)
            if index < len(self._chunks[at]) and self._chunks[at][index] is thing:
                return at, index
        raise KeyError(thing.key)

    def _index(self, at: int, key: tuple[Any, ...]) -> int:
        """Return the index in chunk ``at`` of the first that is in and not before ``key``."""
        numbers, number, low = self._numbers[at], key[0], 0 if at else self._gone
        length = len(numbers)
        if length - low > _LATE and numbers[-_LATE] < number:
            low = length - _LATE
        index = bisect_left(numbers, number, low)
        if index == length or numbers[index] != number:
            return index
        return bisect_left(self._chunks[at], key, index, bisect_right(numbers, number, index), key=_key)

    def _chunk_of(self, key: tuple[Any, ...]) -> int:
        """Return the index of the first chunk whose last is not before ``key``."""
        return bisect_left(self._chunks, key, key=_last_key)

    def _clear(self) -> None:
        """Drop those who are gone."""
        if self._gone:
            del self._chunks[0][: self._gone], self._numbers[0][: self._gone]
            self._gone = 0
            if not self._chunks[0]:
                del self._chunks[0], self._numbers[0]

    def _split(self, at: int) -> None:
        self._clear()
        keys, numbers = self._chunks[at], self._numbers[at]
        self._chunks.insert(at + 1, keys[_CHUNK:])
        self._numbers.insert(at + 1, numbers[_CHUNK:])
        del keys[_CHUNK:], numbers[_CHUNK:]


def _last_key(chunk: list[T]) -> tuple[Any, ...]:
    return chunk[-1].key

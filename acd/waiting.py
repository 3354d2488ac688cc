"""The callers who wait: one order over all queues, grouped by need."""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from heapq import merge
from types import MappingProxyType
from typing import NamedTuple

from acd.matching import Need
from acd.staff import Key, NeedClass
from calls.identity import AgentId, CallId

NOBODY: Mapping[AgentId, float] = MappingProxyType({})
"""Most callers avoid nobody: a hundred thousand of them share this."""


class Stage(NamedTuple):
    """A need that takes the place of the one before after so many seconds of waiting."""

    after_s: float
    need: Need


@dataclass(frozen=True, slots=True)
class Waiting:
    """A caller who wants a person. ``since`` (epoch seconds) is the original arrival, kept through every return.

    ``stages`` are what is asked later on, by waiting time, in order; ``target_s`` is within how many seconds callers of
    this queue are to be answered.
    """

    call: CallId
    queue: str
    need: Need
    priority: int
    since: float
    stages: tuple[Stage, ...] = ()
    target_s: float = 0.0


@dataclass(slots=True)
class Entry:
    """A waiting caller with its place in the order, which is kept through every failed offer and relaxation."""

    caller: Waiting
    need_class: NeedClass
    key: Key
    entered: float  # when the wait began, whatever the place
    avoid: Mapping[AgentId, float]  # agents not to be offered, until when
    in_line: bool = False  # False while an offer is open
    stage: int = 0  # how many of the caller's stages have been reached
    offered_in: NeedClass | None = None  # the need that an open offer was made for


class WaitingLines:
    """All waiting callers.

    First is who is due first: arrival, plus the queue's target, minus what the priority is worth. So a higher class is
    a head start in seconds, and everybody's turn comes: who arrives later than a bounded time cannot go before.

    ``_heads`` is the sorted list of the first caller of each class that has one, and ``_first`` the same by class: the
    first caller whom an agent can serve is found by walking the one, or by looking the agent's classes up in the other.
    """

    def __init__(self, priority_worth_s: float) -> None:
        self._priority_worth_s = priority_worth_s
        self._entries: dict[CallId, Entry] = {}
        self._arrivals = 0
        self._heads: list[Key] = []
        self._first: dict[int, Key] = {}
        self._lengths: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, call: CallId) -> Entry | None:
        """Return the entry of a waiting caller (offered ones included)."""
        return self._entries.get(call)

    def all(self) -> list[Entry]:
        """Return all entries."""
        return list(self._entries.values())

    def length(self, queue: str) -> int:
        """Return how many wait in a queue, those included whose offer rings."""
        return self._lengths.get(queue, 0)

    def enter(self, caller: Waiting, need_class: NeedClass, now: float) -> Entry:
        """Take a caller in, at the place that arrival, target and priority give."""
        key = self.key_of(caller)
        self._arrivals += 1
        entry = self._entries[caller.call] = Entry(caller, need_class, key, now, NOBODY)
        self._lengths[caller.queue] = self._lengths.get(caller.queue, 0) + 1
        self.line_up(entry)
        return entry

    def key_of(self, caller: Waiting) -> Key:
        """Return the place that a caller who comes now gets."""
        due = caller.since + caller.target_s - caller.priority * self._priority_worth_s
        return due, caller.since, self._arrivals, caller.call

    def leave(self, entry: Entry) -> None:
        """Let a caller go."""
        self.step_out(entry)
        del self._entries[entry.caller.call]
        self._lengths[entry.caller.queue] -= 1

    def move(self, entry: Entry, need_class: NeedClass) -> None:
        """Let a caller ask for something else from now on, at the same place."""
        in_line = entry.in_line
        self.step_out(entry)
        entry.need_class = need_class
        if in_line:
            self.line_up(entry)

    def line_up(self, entry: Entry) -> None:
        """Put a caller (back) into the line, at the old place."""
        need_class, head = entry.need_class, entry.need_class.callers.first()
        need_class.callers.add(entry.key)
        entry.in_line = True
        if head is None or entry.key < head:
            self._new_head(need_class, head, entry.key)

    def step_out(self, entry: Entry) -> None:
        """Take a caller out of the line (offered, or gone)."""
        if not entry.in_line:
            return
        entry.in_line = False
        need_class = entry.need_class
        if need_class.callers.remove(entry.key):
            self._new_head(need_class, entry.key, need_class.callers.first())

    def first_for(self, indexes: Collection[int], agent: AgentId) -> Entry | None:
        """Return the first caller in any of these classes who does not avoid ``agent``."""
        head = self._first_head(indexes)
        if head is None:
            return None
        entry = self._entries[head[3]]
        return entry if agent not in entry.avoid else self._first_without(indexes, agent)

    def _first_head(self, indexes: Collection[int]) -> Key | None:
        """Return the first caller of these classes. Of many, it is met soon on a walk over all heads; few are looked
        up: either way it costs about the square root of the number of classes at worst."""
        if len(indexes) * len(indexes) > len(self._heads):
            entries = self._entries
            return next((key for key in self._heads if entries[key[3]].need_class.index in indexes), None)
        first = self._first.get
        return min([head for index in indexes if (head := first(index)) is not None], default=None)

    def _first_without(self, indexes: Collection[int], agent: AgentId) -> Entry | None:
        """Return the same by looking beyond the heads: rare, for an agent has to have missed the first caller."""
        best: Entry | None = None
        for head in self._heads:
            need_class = self._entries[head[3]].need_class
            if best is not None and best.key < head:
                break
            if need_class.index not in indexes:
                continue
            for key in need_class.callers:
                if best is not None and best.key < key:
                    break
                entry = self._entries[key[3]]
                if agent not in entry.avoid:
                    best = entry
                    break
        return best

    def ahead(self, key: Key, overlaps: Collection[int]) -> int:
        """Return how many callers of the classes ``overlaps`` are in line before this place."""
        return sum(each.callers.count_before(key) for each in self.waiting_classes() if each.index in overlaps)

    def waiting_classes(self) -> list[NeedClass]:
        """Return the classes that have somebody in line."""
        return [self._entries[head[3]].need_class for head in self._heads]

    def in_order(self) -> Iterator[Entry]:
        """Walk over all callers in line, first to last. The line must not change meanwhile."""
        for key in merge(*(need_class.callers for need_class in self.waiting_classes())):
            yield self._entries[key[3]]

    def _new_head(self, need_class: NeedClass, before: Key | None, head: Key | None) -> None:
        """Another caller is the first of a class now, or none."""
        heads = self._heads
        if before is not None:
            del heads[bisect_left(heads, before)]
        if head is None:
            del self._first[need_class.index]
        else:
            insort(heads, head)
            self._first[need_class.index] = head

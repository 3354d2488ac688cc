"""The callers who wait: one order over all queues, grouped by need."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from heapq import merge
from types import MappingProxyType
from typing import NamedTuple

from acd.matching import Need
from acd.staff import NeedClass, Served
from calls.identity import AgentId, CallId

Key = tuple[float, float, int, CallId]
"""A caller's place in the order of all lines: due, waiting since, order of arrival, call."""

NOBODY: Mapping[AgentId, float] = MappingProxyType({})
"""Most callers avoid nobody: a hundred thousand of them share this."""

_NEVER = float("inf")  # when a class is due in which nobody waits


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

    ``_first`` is the first caller of each class that has one, and ``_due`` when each of these is due, both by the
    class's index: the first caller whom an agent can serve is the least of a few numbers.
    """

    def __init__(self, priority_worth_s: float) -> None:
        self._priority_worth_s = priority_worth_s
        self._entries: dict[CallId, Entry] = {}
        self.get = self._entries.get
        """Returns the entry of a waiting caller (offered ones included), or None. The dictionary's own, for
        every decision asks."""
        self._arrivals = 0
        self._first: dict[int, Entry] = {}
        self._due = [_NEVER]
        self._lengths: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def all(self) -> list[Entry]:
        """Return all entries."""
        return list(self._entries.values())

    def length(self, queue: str) -> int:
        """Return how many wait in a queue, those included whose offer rings."""
        return self._lengths.get(queue, 0)

    def learn(self, need_class: NeedClass) -> None:
        """Take a new class in, in which nobody waits yet."""
        if need_class.index == len(self._due):
            self._due.append(_NEVER)

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
        entry.in_line = True
        if entry.need_class.callers.add(entry):
            self._set_head(entry.need_class.index, entry)

    def step_out(self, entry: Entry) -> None:
        """Take a caller out of the line (offered, or gone)."""
        if not entry.in_line:
            return
        entry.in_line = False
        need_class = entry.need_class
        if need_class.callers.remove(entry):
            self._set_head(need_class.index, need_class.callers.first)

    def first_for(self, served: Served, agent: AgentId) -> Entry | None:
        """Return the first caller in any of these classes who does not avoid ``agent``."""
        due = served.of(self._due)
        least = min(due)
        if least == _NEVER:
            return None
        if due.count(least) == 1:
            entry = self._first[served.indexes[due.index(least)]]
            if agent not in entry.avoid:
                return entry
        return self._first_without(served, agent)

    def _first_without(self, served: Served, agent: AgentId) -> Entry | None:
        """Return the same by looking at whole keys, and beyond the heads: rare, for an agent has to have missed the
        first caller, or two are due at the same moment."""
        best: Entry | None = None
        for index in served.indexes:
            head = self._first.get(index)
            for entry in () if head is None else head.need_class.callers:
                if best is not None and best.key < entry.key:
                    break
                if agent not in entry.avoid:
                    best = entry
                    break
        return best

    def ahead(self, key: Key, overlaps: Collection[int]) -> int:
        """Return how many callers of the classes ``overlaps`` are in line before this place."""
        return sum(each.callers.count_before(key) for each in self.waiting_classes() if each.index in overlaps)

    def waiting_classes(self) -> list[NeedClass]:
        """Return the classes that have somebody in line."""
        return [head.need_class for head in self._first.values()]

    def in_order(self) -> Iterator[Entry]:
        """Walk over all callers in line, first to last. The line must not change meanwhile."""
        return merge(*(need_class.callers for need_class in self.waiting_classes()), key=lambda entry: entry.key)

    def _set_head(self, index: int, head: Entry | None) -> None:
        """Somebody else is the first caller of a class now, or nobody."""
        if head is None:
            del self._first[index]
            self._due[index] = _NEVER
        else:
            self._first[index] = head
            self._due[index] = head.key[0]

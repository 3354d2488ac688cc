"""What the journal holds on its way to the database: one entry an event, ordered by a number that survives restarts."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from calls.clock import Clock
from calls.plain import plain_fields
from calls.timeline import Event, from_record, to_record
from tickets.store import to_json

Stream = Literal["call", "agent"]


# A service killed before these are written serves everybody as well: a caller hears a menu again, a file is measured
# again, and of talks and calls that are over the next service learns from Asterisk, and ends them in the books. All
# other events, and agents' changes, are written soon.
_LAZY = frozenset({"CallArrived", "StepEntered", "DigitsEntered", "LanguageChosen", "PlaceAnnounced", "TalkEnded",
                   "CallEnded", "WrapUpEnded", "RecordingStored", "TicketOpened"})  # fmt: skip
_LAZY_CAUSES = frozenset({"talk_ended", "wrap_up_over"})  # of agents' changes: a wrap-up begins and ends by time


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a call, or of an agent; ``key`` is the call's or the agent's id."""

    stream: Stream
    key: str
    seq: int
    at: float
    kind: str  # the event's kind, or the agent's new state
    data: dict[str, Any]
    origin: Event | None = field(default=None, compare=False, repr=False)  # the event itself, when it was made here

    @property
    def can_wait(self) -> bool:
        """Whether it may be written with what comes later, some tenths of a second."""
        if self.stream == "agent":
            return self.data.get("cause") in _LAZY_CAUSES
        return self.kind in _LAZY

    def line(self) -> bytes:
        """Return the entry as one line of the spool file."""
        head = [self.stream, self.key, self.seq, self.at, self.kind]
        try:
            return to_json([*head, self.data]).encode() + b"\n"
        except (TypeError, ValueError):  # data that is no JSON still has its place in the spool
            return to_json([*head, {"unreadable": repr(self.data)}]).encode() + b"\n"

    def event(self) -> Event:
        """Return the call event; raises ``ValueError`` when this program does not know its kind or keys."""
        if self.origin is not None:
            return self.origin
        return from_record({"kind": self.kind, "call": self.key, "at": self.at, **self.data})


def entry_of_line(line: bytes) -> Entry:
    """Return the entry that ``Entry.line`` wrote; raises ``ValueError`` on anything else."""
    match json.loads(line):
        case ["call" | "agent" as stream, str(key), int(seq), int() | float() as at, str(kind), dict(data)]:
            return Entry(cast(Stream, stream), key, seq, float(at), kind, data)
    raise ValueError("not an entry")


def entry_of_event(event: Event, seq: int) -> Entry:
    """Return a call event as an entry; later changes of the event's own dicts and lists do not reach it."""
    data = to_record(event)
    return Entry("call", data.pop("call"), seq, float(data.pop("at")), data.pop("kind"), data, event)


def entry_of_agent(change: Any, seq: int) -> Entry:
    """Return an agent's change as an entry.

    ``change`` is a mapping or a dataclass with at least ``agent`` and ``state``; ``seat``, ``at`` and ``cause`` have
    columns of their own, everything else must be JSON-able and is kept as it is.
    """
    data = dict(change) if isinstance(change, Mapping) else plain_fields(change)
    return Entry("agent", str(data.pop("agent")), seq, float(data.pop("at")), str(data.pop("state")), data)


class Numbers:
    """Numbers that only grow, also over a restart: microseconds of wall time, or one more than the last. Two threads
    may ask: who appends, and who writes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0
        self._one_at_a_time = threading.Lock()

    def __call__(self) -> int:
        """Return the next number."""
        with self._one_at_a_time:
            self._last = max(self._last + 1, int(self._clock.now() * 1e6))
            return self._last

    def beyond(self, seq: int) -> None:
        """Make sure that all numbers to come are greater than ``seq``."""
        with self._one_at_a_time:
            self._last = max(self._last, seq)

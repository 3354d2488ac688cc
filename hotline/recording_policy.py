"""Which talks are recorded: those of queues that say so, as long as there is room on the disk. Calls go on anyway."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from agents.queues import Queue
from calls import CallId, Clock
from calls.recording_events import RecordingRefused
from calls.timeline import CallEnded, Connected, Event, PassedOn
from hotline.call_timeline import Timelines
from recorder import RecordingFolder, RecordingPath
from recorder.disk import DiskGuard, DiskLevel

_MOST_REFUSED = 1_000


class Places(Protocol):
    """Where recordings and messages are made; ``RecordingPolicy`` is one."""

    def new_talk(self, call: CallId, at: float) -> RecordingPath | None:
        """Return the file for a talk that begins about ``at`` (epoch seconds); None: it is not recorded."""
        ...

    def to_be_told(self, call: CallId, queue: str) -> bool:
        """Whether a caller who comes into a queue ("": to a department) is to be told that the call is recorded."""
        ...

    def new_message(self, call: CallId, at: float) -> RecordingPath:
        """Return the file for a caller's message."""
        ...

    def takes_messages(self) -> bool:
        """Whether messages are taken now."""
        ...

    def relative(self, capture: Path) -> str:
        """Return how a file made here will be stored."""
        ...


class RecordingPolicy:
    """Gives talks their file, or none. A talk that is not recorded has ``RecordingRefused`` on its timeline."""

    def __init__(
        self,
        folder: RecordingFolder,
        disk: DiskGuard,
        timelines: Timelines,
        clock: Clock,
        queues: Callable[[], Mapping[str, Queue]],
        *,
        refuse_when_full: bool,
        refuse_messages: bool = False,
        announce: bool = False,
        refused: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Take the parts; ``refused`` is told why each talk that is not recorded is not."""
        self._folder, self._disk, self._timelines, self._clock = folder, disk, timelines, clock
        self._queues = queues
        self._refuse_when_full, self._announce = refuse_when_full, announce
        self._refuse_messages = refuse_messages
        self._refused = refused
        self._waiting: OrderedDict[CallId, str] = OrderedDict()  # not recorded, when they come to talk at all

    def new_talk(self, call: CallId, at: float) -> RecordingPath | None:
        """Return the file for a talk that begins about ``at`` (epoch seconds); None: it is not recorded."""
        why = self._why_not(call)
        if not why:
            self._waiting.pop(call, None)
            return self._folder.new_talk(call, at)
        self._waiting[call] = why
        if len(self._waiting) > _MOST_REFUSED:
            self._waiting.popitem(last=False)
        return None

    def new_consult(self, call: CallId, at: float) -> RecordingPath | None:
        """Return the file for what an agent and the third say without the caller, from about ``at`` on; None: that is
        not recorded. Only of recorded talks it is, and only where the queue says so."""
        queue = self._queues().get(self._timelines.standing(call).queue)
        if queue is None or not queue.record_consults:
            return None
        why = self._why_not(call)
        if not why:
            return self._folder.new_consult(call, at)
        if why == "disk":
            self._timelines.append(RecordingRefused(call=call, at=at, reason=why))
            self._refused(why)
        return None

    def new_message(self, call: CallId, at: float) -> RecordingPath:
        """Return the file for a caller's message, whatever ``takes_messages`` says."""
        return self._folder.new_message(call, at)

    def takes_messages(self) -> bool:
        """Whether messages are taken now: with a full disk, the settings say."""
        return not (self._refuse_messages and self._disk.level() is DiskLevel.FULL)

    def relative(self, capture: Path) -> str:
        """Return how a file made here will be stored; raises ``ValueError`` for any other file."""
        return self._folder.relative(capture)

    def to_be_told(self, call: CallId, queue: str) -> bool:
        """Whether a caller who comes into a queue ("": to a department) is to be told that the call is recorded."""
        known = self._queues().get(queue)
        share = 1.0 if known is None else known.record
        return self._announce and _lot(call) < share

    def observe(self, event: Event) -> None:
        """Take every event: a talk that begins without being recorded is told of."""
        if isinstance(event, Connected | PassedOn) and (why := self._waiting.pop(event.call, "")):
            self._timelines.append(RecordingRefused(call=event.call, at=event.at, reason=why))
            self._refused(why)
        elif isinstance(event, CallEnded):
            self._waiting.pop(event.call, None)

    def _why_not(self, call: CallId) -> str:
        """Return why a talk is not to be recorded, or ""."""
        queue = self._queues().get(self._timelines.standing(call).queue)
        share = 1.0 if queue is None else queue.record
        if share <= 0:
            return "policy"
        if _lot(call) >= share:
            return "share"
        if self._disk.level() is DiskLevel.FULL and self._refuse_when_full:
            return "disk"
        return ""


def _lot(call: CallId) -> float:
    """Return a call's lot, 0 to 1: the same at every talk of the call, and after a restart."""
    return int.from_bytes(hashlib.sha256(call.encode()).digest()[:4], "big") / 2**32

"""Brings each AMI event to the calls it concerns, in order, and to whoever asked for its kind.

``EventRouter.route`` is what ``Ami.subscribe`` is given. A call opens its own bounded queue under its Linkedid; when it
falls behind, its oldest events go and ``lost`` tells it to look for itself.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog

from telephony.ami_framing import AmiMessage

Subscriber = Callable[[AmiMessage], None]


class CallEventsClosed(Exception):
    """The queue was closed; nothing more will come."""


class CallEvents:
    """One call's events, in order. Leave it with ``close`` or as a context manager; one task reads it."""

    def __init__(self, router: "EventRouter", linkedid: str, limit: int) -> None:
        self._router = router
        self._queue: deque[AmiMessage] = deque()
        self._limit = limit
        self._waiter: asyncio.Future[None] | None = None
        self._closed = False
        self.keys = [linkedid]
        """The Linkedids whose events come here."""
        self.lost = 0
        """Events that were dropped because nobody read them in time."""

    def also(self, linkedid: str) -> None:
        """Take the events of another Linkedid too (of a leg that was originated on its own, say)."""
        if linkedid not in self.keys and not self._closed:
            self.keys.append(linkedid)
            self._router.add(linkedid, self)

    def put(self, message: AmiMessage) -> None:
        """Append an event; never blocks. For the router."""
        if len(self._queue) >= self._limit:
            self._queue.popleft()
            self.lost += 1
        self._queue.append(message)
        self._wake()

    async def get(self, timeout_s: float | None = None) -> AmiMessage:
        """Return the next event. ``TimeoutError`` when none came in time, ``CallEventsClosed`` after ``close``."""
        if self._queue:
            return self._queue.popleft()
        async with asyncio.timeout(timeout_s):
            while not self._queue:
                if self._closed:
                    raise CallEventsClosed
                self._waiter = asyncio.get_running_loop().create_future()
                await self._waiter
        return self._queue.popleft()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> AmiMessage:
        try:
            return await self.get()
        except CallEventsClosed:
            raise StopAsyncIteration from None

    def close(self) -> None:
        """Take no more events; what is queued can still be read. Idempotent."""
        if not self._closed:
            self._closed = True
            for key in self.keys:
                self._router.discard(key, self)
            self._wake()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class EventRouter:
    """Who gets which event. ``queue_limit`` bounds each call's queue."""

    def __init__(self, *, queue_limit: int = 1000) -> None:
        self._limit = queue_limit
        self._calls: dict[str, list[CallEvents]] = {}
        self._subscribers: dict[str, list[Subscriber]] = {}
        self._log = structlog.get_logger("telephony.ami")
        self.unclaimed = 0
        """Events of a channel that belongs to no open call and that nobody subscribed to."""

    @property
    def open_calls(self) -> int:
        """How many Linkedids are being listened to."""
        return len(self._calls)

    def open(self, linkedid: str) -> CallEvents:
        """Begin to keep the events of a Linkedid."""
        events = CallEvents(self, linkedid, self._limit)
        self.add(linkedid, events)
        return events

    def subscribe(self, event: str, subscriber: Subscriber) -> Callable[[], None]:
        """Have ``subscriber`` called with every event of this name; return what ends this."""
        subscribers = self._subscribers.setdefault(event, [])
        subscribers.append(subscriber)
        return lambda: subscribers.remove(subscriber) if subscriber in subscribers else None

    def route(self, message: AmiMessage) -> None:
        """Bring one event to all it concerns."""
        subscribers = tuple(self._subscribers.get(message.event, ()))
        for subscriber in subscribers:
            try:
                subscriber(message)
            except Exception:
                self._log.exception("ami_subscriber_failed", ami_event=message.event)
        calls = self._calls_of(message)
        for events in calls:
            events.put(message)
        self.unclaimed += not calls and not subscribers

    def broadcast(self, message: AmiMessage) -> None:
        """Put a message into every open call's queue (that events may have been missed, say)."""
        for events in {id(events): events for calls in self._calls.values() for events in calls}.values():
            events.put(message)

    def add(self, linkedid: str, events: CallEvents) -> None:
        """Listen to a Linkedid. For ``CallEvents``."""
        self._calls.setdefault(linkedid, []).append(events)

    def discard(self, linkedid: str, events: CallEvents) -> None:
        """Listen no more. For ``CallEvents``."""
        calls = [other for other in self._calls.get(linkedid, ()) if other is not events]
        if calls:
            self._calls[linkedid] = calls
        else:
            self._calls.pop(linkedid, None)

    def _calls_of(self, message: AmiMessage) -> list[CallEvents]:
        found = self._calls.get(message.linkedid or message.uniqueid, [])
        other = self._calls.get(message.get("DestLinkedid")) if "DestLinkedid" in message else None
        return [*found, *(events for events in other if events not in found)] if other else found

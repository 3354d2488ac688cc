"""One call's timeline: what is appended goes to the journal and the metrics, and is kept as long as the call lives."""

from collections.abc import Callable, Iterable

from calls.standing import Standing, standing_of
from calls.timeline import Event, Timeline


class CallTimeline:
    """A timeline that remembers its own call's events; a fresh one per call."""

    def __init__(self, journal: Timeline, observers: Iterable[Callable[[Event], None]], past: Iterable[Event]) -> None:
        self._journal = journal
        self._observers = tuple(observers)
        self._events = list(past)

    def append(self, event: Event) -> None:
        """Take an event."""
        self._events.append(event)
        self._journal.append(event)
        for observe in self._observers:
            observe(event)

    @property
    def standing(self) -> Standing:
        """Where the call stands now."""
        return standing_of(self._events)

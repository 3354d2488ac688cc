"""The timelines of the calls being served: what is appended goes to the journal and the metrics, and is kept as long
as the call lives, so that anybody can ask where it stands; and a while longer, for those who finish its recordings."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from agents import AgentEvent, AgentJournal
from calls import CallId
from calls.standing import Standing, standing_of
from calls.timeline import Event, Timeline

Observer = Callable[[Event], None]

_LATELY = 300  # calls that are over and still remembered


class FreezableAgentJournal:
    """The floor's journal, which can be frozen likewise."""

    def __init__(self, journal: AgentJournal) -> None:
        self._journal = journal
        self._frozen = False

    def freeze(self) -> None:
        """Take nothing more."""
        self._frozen = True

    def append(self, event: AgentEvent) -> None:
        """Take a change of an agent's standing."""
        if not self._frozen:
            self._journal.append(event)


class Timelines:
    """One Timeline for all calls; remembers the events of those that are open, or were closed lately."""

    def __init__(self, journal: Timeline, observers: Iterable[Observer] = ()) -> None:
        self._journal = journal
        self._observers = list(observers)
        self._open: dict[CallId, list[Event]] = {}
        self._closed: OrderedDict[CallId, list[Event]] = OrderedDict()
        self._frozen = False

    def observe(self, observer: Observer) -> None:
        """Show every event that comes to ``observer`` too."""
        self._observers.append(observer)

    def freeze(self) -> None:
        """Take nothing more: the service is stopping, but its calls go on, and what their coroutines say while they are
        torn down is not what happens to the callers. The next service reads the journal as it stands now."""
        self._frozen = True

    def open(self, call: CallId, past: Iterable[Event] = ()) -> None:
        """Begin to remember a call, with what it has lived already."""
        self._closed.pop(call, None)
        self._open[call] = list(past)

    def close(self, call: CallId) -> None:
        """A call is over: it is forgotten soon. Events that come later still reach the journal."""
        events = self._open.pop(call, None)
        if events is not None:
            self._closed[call] = events
            if len(self._closed) > _LATELY:
                self._closed.popitem(last=False)

    def append(self, event: Event) -> None:
        """Take an event."""
        if self._frozen:
            return
        events = self._open.get(event.call)
        if events is None:
            events = self._closed.get(event.call)
        if events is not None:
            events.append(event)
        self._journal.append(event)
        for observe in self._observers:
            observe(event)

    def standing(self, call: CallId) -> Standing:
        """Return where an open call stands."""
        return standing_of(self._open.get(call, ()))

    def remembered(self, call: CallId) -> Sequence[Event] | None:
        """Return what has happened in a call that is open, or was until lately, from its first event on; None when it
        is not remembered."""
        events = self._open.get(call)
        return self._closed.get(call) if events is None else events
